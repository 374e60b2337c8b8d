import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { createLogTree, runtimeTime } from "../../tests/fakes/log_tree.ts";
import { type SampleHistory, writeHistory } from "./sample_logs.ts";
import { startWriters } from "./writers.ts";

const end = 1_700_000_000_000_000_000n;

async function sample(): Promise<SampleHistory & AsyncDisposable> {
  const dir = await Deno.makeTempDir({ prefix: "sample-logs-" });
  const history = await writeHistory(await createLogTree(dir), { end });
  return { ...history, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

async function linesOf({ path }: { readonly path: string }): Promise<string[]> {
  return (await Deno.readTextFile(path)).split("\n").slice(0, -1);
}

Deno.test("writeHistory writes as many lines as it says, within the hour and in the order of their times", async () => {
  await using history = await sample();
  const { logs } = history;
  let lines = 0;
  for (const log of [logs.checkout, logs.proxy, logs.invoices, logs.dns]) {
    const times = (await linesOf(log)).map((line) => nanoseconds(line.split(" ")[0] ?? ""));
    lines += times.length;
    assert(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0n)), log.path);
    assert((times[0] ?? 0n) >= end - 3_600_000_000_000n && (times.at(-1) ?? end) < end, log.path);
  }
  lines += (await linesOf(logs.web)).length;
  assert.equal(history.lines, lines);
});

Deno.test("writeHistory says what a search and a range have to find", async () => {
  await using history = await sample();
  const { logs, invoicesRange: { from, to } } = history;
  const declined = (await linesOf(logs.checkout)).filter((line) => /declined/.test(line));
  assert.equal(history.declined, declined.length);
  assert(declined.some((line) => line.includes("Payment \x1b[31mdeclined\x1b[0m")), "some are coloured");
  const invoices = await linesOf(logs.invoices);
  const first = invoices.findIndex((line) => line.startsWith(`${runtimeTime(from)} `));
  const last = invoices.findIndex((line) => line.startsWith(`${runtimeTime(to + 1n)} `));
  const tags = invoices.slice(first, last).map((line) => line.split(" ")[2]);
  assert.deepEqual(tags, ["F", "P", "P", "F", "F", "F"]);
});

Deno.test("startWriters appends lines that no search of the history finds, and stops when it is disposed of", async () => {
  await using history = await sample();
  const { logs, writings } = history;
  const before = (await linesOf(logs.checkout)).length;
  const writers = startWriters(writings, { everyMs: 1 });
  await eventually("three more lines", async () => (await linesOf(logs.checkout)).length >= before + 3);
  await writers[Symbol.asyncDispose]();
  const written = (await linesOf(logs.checkout)).slice(before);
  assert(!written.some((line) => line.includes("declined")));
  assert.match((await linesOf(logs.web)).at(-1) ?? "", /^\{"log":"10\.42\..*\\n","stream":"stdout","time":".*"\}$/);
});

Deno.test("disposing of writers throws what went wrong", async () => {
  await using history = await sample();
  const writers = startWriters([{ log: history.logs.dns, textOf: () => assert.fail("no text") }]);
  await assert.rejects(async () => await writers[Symbol.asyncDispose](), /no text/);
});

function nanoseconds(time: string): bigint {
  const [, seconds = "", fraction = ""] = /^([^.]*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
