import assert from "#assert";
import fs from "node:fs";
import { createRandom } from "../../../tests/support/random.ts";
import { type TestFile, testFile } from "../../../tests/support/random_log.ts";
import { fileId } from "../../logs/file_id.ts";
import { compileSearch } from "../../search/search.ts";
import { createResultBuffer } from "./result_buffer.ts";
import { createScanWorker, type Found, type ScanTask, type ScanWorker } from "./scan_worker.ts";

const decoder = new TextDecoder();
const LONG = 64 * 1024;
const BUFFER = createResultBuffer();

/** A task for a whole file that looks for the text. */
function taskFor(file: TestFile, text: string): ScanTask {
  const plan = compileSearch(`(?i)${text}`)?.kernelPlans.cri.bytes;
  if (plan === undefined) throw new TypeError("Cannot search for nothing");
  const { size, ...stat } = fs.statSync(file.path);
  return { path: file.path, id: fileId(stat), plan, required: new Uint8Array(4), from: 0, to: size };
}

/** What a worker finds that can do its task. */
function foundBy(worker: ScanWorker, task: ScanTask, buffer = BUFFER): Found {
  const found = worker.scan(task, buffer);
  if (found === undefined) throw new TypeError("Cannot find out anything");
  return found;
}

/** The lines that were found, as text with their offsets in the file. */
function linesOf({ lines, ends, offsets }: Found): [number, string][] {
  return [...offsets].map((offset, line) => [offset, decoder.decode(lines.subarray(ends[line - 1] ?? 0, ends[line]))]);
}

/** The same, by a naive search: whole lines that begin in [from, to) and hold the text. */
function naive(log: string, text: string, { from, to }: { from: number; to: number }): [number, string][] {
  const found: [number, string][] = [];
  for (let start = 0; start < log.length;) {
    const end = log.indexOf("\n", start) + 1;
    if (end === 0) break;
    const line = log.slice(start, end);
    if (start >= from && start < to && line.toLowerCase().includes(text)) found.push([start, line]);
    start = end;
  }
  return found;
}

Deno.test("scan() finds what a naive search finds, wherever a part begins and ends, and however much is read at a time", async () => {
  const random = createRandom(1);
  for (let round = 0; round < 60; round++) {
    const lines = Array.from({ length: random.int(60) }, () => {
      const length = random.oneIn(6) ? random.int(900) : random.int(40);
      return "x".repeat(length) + (random.oneIn(3) ? random.pick(["needle", "Needle", "needl"]) : "");
    });
    const log = lines.map((line) => `${line}\n`).join("") + (random.oneIn(2) ? "the needle's line goes on" : "");
    await using file = await testFile(log);
    using worker = createScanWorker({ readBytes: random.pick([100, 1024, 4096, 64 * 1024]) });
    const task = taskFor(file, "needle");
    const cuts = [0, ...Array.from({ length: 4 }, () => random.int(log.length + 1)), log.length].toSorted((a, b) =>
      a - b
    );
    let offset = 0;
    for (let part = 1; part < cuts.length; part++) {
      const range = { from: cuts[part - 1] ?? 0, to: cuts[part] ?? 0 };
      const found = worker.scan({ ...task, ...range }, BUFFER);
      // No line begins behind the last whole one.
      if (found === undefined) {
        assert(range.from > log.lastIndexOf("\n") + 1, `round ${round}, part ${part}`);
        break;
      }
      assert.deepEqual(linesOf(found), naive(log, "needle", range), `round ${round}, part ${part}`);
      assert.equal(found.from, offset, `round ${round}: part ${part} begins where the one before ended`);
      assert.equal(found.isAll, found.upTo >= range.to);
      offset = found.upTo;
    }
    assert.equal(offset, log.lastIndexOf("\n") + 1, `round ${round}`);
  }
});

Deno.test("scan() stops at a line that is too long, read in one piece or in several", async () => {
  const before = "a needle\n".repeat(3);
  for (const [length, isCarried] of [[LONG - 1, true], [LONG, false]] as const) {
    const long = `${"y".repeat(length - 6)}needle\n`;
    await using file = await testFile(`${before}${long}needle behind\n`);
    for (const readBytes of [4096, 512 * 1024]) {
      using worker = createScanWorker({ readBytes });
      const found = foundBy(worker, taskFor(file, "needle"));
      assert.equal(found.offsets.length, isCarried ? 5 : 3, `${length} bytes, ${readBytes} at a time`);
      assert.equal(found.isAll, isCarried);
      if (!isCarried) assert.equal(found.upTo, before.length);
    }
  }
});

Deno.test("scan() goes on behind a line that is too long and not asked for, when it is read in one piece", async () => {
  await using file = await testFile(`one\n${"y".repeat(2 * LONG)}\nneedle\n`);
  using worker = createScanWorker();
  const found = worker.scan(taskFor(file, "needle"), BUFFER);
  assert.deepEqual(found && linesOf(found), [[2 * LONG + 5, "needle\n"]]);
});

Deno.test("scan() stops where more is found than a buffer holds", async () => {
  const line = "a needle\n";
  await using file = await testFile(line.repeat(5000));
  using worker = createScanWorker();
  for (const [bytes, lines] of [[line.length * 10 + 5, 10], [256 * 1024, 4096]] as const) {
    const found = foundBy(worker, taskFor(file, "needle"), createResultBuffer(bytes));
    assert.deepEqual([found.offsets.length, found.upTo, found.isAll], [lines, lines * line.length, false]);
    assert.equal(found.lines.length, lines * line.length);
  }
});

Deno.test("scan() finds nothing where the path leads to another file, or to none", async () => {
  await using file = await testFile("needle\n");
  await using other = await testFile("needle, too\n");
  using worker = createScanWorker();
  const task = taskFor(file, "needle");
  assert.equal(worker.scan({ ...task, path: other.path }, BUFFER), undefined);
  assert.equal(worker.scan({ ...task, path: `${file.path}.gone` }, BUFFER), undefined);
  assert.equal(worker.scan({ ...task, path: "/" }, BUFFER), undefined);
  assert.equal(worker.scan(task, BUFFER)?.offsets.length, 1, "and is still of use");
  // It is open now; its name is of no more interest.
  await Deno.remove(file.path);
  assert.equal(worker.scan(task, BUFFER)?.offsets.length, 1);
  await Deno.writeTextFile(file.path, "");
});

Deno.test("scan() finds nothing, and does not wait, where the path leads to a pipe", async () => {
  await using file = await testFile("needle\n");
  const task = taskFor(file, "needle");
  const folder = await Deno.makeTempDir();
  try {
    const pipe = `${folder}/pipe`;
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    await Deno.symlink(file.path, `${folder}/link`);
    using worker = createScanWorker();
    assert.equal(worker.scan({ ...task, path: pipe }, BUFFER), undefined);
    assert.equal(worker.scan({ ...task, path: `${folder}/link` }, BUFFER)?.offsets.length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("scan() ends where the file does, cut off by now", async () => {
  const log = "a needle\n".repeat(100);
  await using file = await testFile(log);
  const task = taskFor(file, "needle");
  await Deno.truncate(file.path, 9 * 10 + 4);
  using worker = createScanWorker();
  const found = worker.scan(task, BUFFER);
  assert.deepEqual([found?.offsets.length, found?.upTo, found?.isAll], [10, 90, false]);
  assert.equal(worker.scan({ ...task, from: 500 }, BUFFER), undefined);
});
