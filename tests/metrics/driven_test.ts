/**
 * Every metric of the table is driven: by a line of the program that names it, and by a test that reads it.
 *
 * Whether a line runs is for the test to see. Here nothing is run: the types have each name written out where a metric
 * is driven, so that texts tell what nobody drives.
 *
 * @module
 */
import assert from "#assert";
import { exportedName, type MetricName, METRICS } from "../../src/telemetry/metric_table.ts";
import { projectFolder } from "../support/project.ts";

/** The texts of all files below a folder, with their paths. */
function textsBelow(folder: string): [string, string][] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }): [string, string][] => {
    const path = `${folder}/${name}`;
    if (isDirectory) return textsBelow(path);
    return name.endsWith(".ts") ? [[path, Deno.readTextFileSync(path)]] : [];
  });
}

const ROOT = projectFolder.pathname;
const names = Object.keys(METRICS) as MetricName[];

/** The metrics that no text drives. */
function undriven(texts: readonly string[]): string[] {
  const driven = new Set(
    texts.flatMap((text) => [...text.matchAll(/\.(?:add|set|observe|collect)\(\s*"(\w+)"/g)].map(([, name]) => name)),
  );
  // One call decides between two names.
  for (const [, one, other] of texts.join("\n").matchAll(/\.add\([^;"]*\? "(\w+)" : "(\w+)"/g)) {
    driven.add(one).add(other);
  }
  return names.filter((name) => !driven.has(name));
}

Deno.test("each metric of the table is driven by the program", () => {
  const texts = textsBelow(`${ROOT}src`).filter(([path]) => !path.endsWith("_test.ts"));
  assert.deepEqual(undriven(texts.map(([, text]) => text)), []);
  const [first = assert.fail("the table is empty")] = names;
  assert.ok(undriven([`metrics.value("${first}")`]).includes(first));
  assert.ok(!undriven([`metrics.set(\n  "${first}",\n  1)`]).includes(first));
});

Deno.test("each metric of the table is read by a test", () => {
  const tests = [
    ...textsBelow(`${ROOT}src`).filter(([path]) => path.endsWith("_test.ts")),
    ...textsBelow(`${ROOT}tests`).filter(([path]) => !path.endsWith("driven_test.ts")),
  ].map(([, text]) => text).join("\n");
  const unread = names.filter((name) =>
    !RegExp(`["{ ](?:${name}|${exportedName(name)})(?:_count|_sum|_bucket)?\\b`).test(tests)
  );
  assert.deepEqual(unread, []);
});
