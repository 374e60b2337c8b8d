/**
 * The memory that the bundled agent takes under each load, as the image runs it, and what is left a minute after.
 *
 *     deno task bench-memory [--only NAME]… [--runs N] [--limit MIB] [--bundle FILE] [--v8-flags FLAGS] [--out FILE]
 *
 * Each load has an agent of its own. Its peak is what the kernel tells (`VmHWM`); the parts beside it are what was seen
 * when a look, four times a second, saw the most. With `--limit` the agent runs in a control group that may take so
 * much, and is killed beyond it; that takes root. Then four figures more are printed: the most of the working set, of
 * what the group keeps, and of the kernel's part of it, and the working set a minute after.
 *
 * Ends with exit code 1 where a peak is over its bar, where a group keeps more than 128 MiB, where more than 20 MiB of
 * the agent's own is left a minute after, or where an agent has ended. Takes about ten minutes; `--share 0.1` does a
 * tenth of each load.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bundleAgent, MALLOC, V8_FLAGS } from "../support/agent_bundle.ts";
import { loads } from "./_memory_loads.ts";
import { type Measured, measureLoad } from "./_measure_memory.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    runs: { type: "string", default: "1" },
    limit: { type: "string" },
    share: { type: "string", default: "1" },
    bundle: { type: "string" },
    "v8-flags": { type: "string", default: V8_FLAGS },
    out: { type: "string" },
  },
});

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => i === 0 ? cell.padEnd(16) : cell.padStart(6)).join(" ");
}

function rowOf(result: Measured): string {
  const { name, idle, peak, most, at, group, after, seconds, outcomes, problems } = result;
  const figures = [
    ...[idle.rss, idle.anonymous, peak, most, at.anonymous, at.file, after?.rss ?? NaN, after?.anonymous ?? NaN],
    ...group === undefined ? [] : [group.workingSet, group.kept, group.kernel, after?.group?.workingSet ?? NaN],
    seconds,
  ];
  const how = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  return [row([name, ...figures.map((figure) => figure.toFixed(0))]), how, ...problems.map((text) => `✗ ${text}`)].join(
    "  ",
  );
}

await using bundled = await bundleAgent();
const names = values.only ?? Object.keys(loads);
const options = {
  bundle: values.bundle ?? bundled.file,
  v8Flags: values["v8-flags"],
  share: Number(values.share),
  limit: values.limit === undefined ? undefined : Number(values.limit),
  held: async (ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    });
  },
};
say(row([
  ...["MiB", "idle", "anon", "peak", "most", "anon", "file", "after", "anon"],
  ...options.limit === undefined ? [] : ["w.set", "kept", "kernel", "after"],
  "s",
]));
const results: Measured[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  // What is left a minute after one load is seen while the next ones run.
  const waiting: Promise<void>[] = [];
  for (const name of names) {
    const load = loads[name];
    if (load === undefined) throw new TypeError(`Cannot find a load: "${name}" is none of ${Object.keys(loads)}`);
    const { after } = await measureLoad(name, load, options);
    waiting.push(after.then((result) => {
      results.push(result);
      say(rowOf(result));
    }));
  }
  await Promise.all(waiting);
}
if (values.out !== undefined) {
  const { "v8-flags": v8Flags } = values;
  const text = JSON.stringify({ v8Flags, environment: MALLOC, limit: options.limit, results }, null, 2);
  await Deno.writeTextFile(values.out, `${text}\n`);
}
Deno.exit(results.every(({ problems }) => problems.length === 0) ? 0 : 1);
