import assert from "#assert";
import { openLogTree } from "./log_files.ts";

Deno.test("a log is made once, in both formats, and found again by the name that a request gives", async () => {
  const parent = await Deno.makeTempDir();
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }) };
  const reports: string[] = [];
  const report = (text: string): void => void reports.push(text);
  const made = await (await openLogTree({ report, parent })).log(40_000);
  const tree = await openLogTree({ report, parent });
  const found = await tree.log(40_000);
  assert.equal(reports.length, 2);
  assert.deepEqual(found, made);
  for (const { name, path, format, lines, bytes } of [found.cri, found.docker]) {
    const { pod_name, namespace, container_name, container_id } = name;
    const link = `${tree.containers}/${pod_name}_${namespace}_${container_name}-${container_id}.log`;
    const text = await Deno.readTextFile(link);
    assert.equal(text.split("\n").length - 1, lines);
    assert.equal((await Deno.stat(path)).size, bytes);
    assert.equal(path.endsWith("-json.log"), format === "docker");
  }
});

Deno.test("logs of applications and of words stand beside each other", async () => {
  const parent = await Deno.makeTempDir();
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }) };
  const reports: string[] = [];
  const tree = await openLogTree({ report: (text) => void reports.push(text), parent });
  const words = await tree.log(40_000);
  const applications = await tree.log(40_000, "applications");
  assert.notEqual(applications.cri.path, words.cri.path);
  assert.notEqual(await Deno.readTextFile(applications.cri.path), await Deno.readTextFile(words.cri.path));
  assert(reports.length === 4 && reports.every((text) => text.includes("seed 1")), reports.join());
});
