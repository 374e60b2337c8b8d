import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import fs from "node:fs";
import { type TestFile, testFile } from "../../../tests/support/random_log.ts";
import { replaced } from "../../../tests/support/replaced.ts";
import { fileId } from "../../logs/log_file.ts";
import { compileSearch } from "../../search/search.ts";
import type { ScanTask } from "./scan_worker.ts";
import { createWorkerPool, type LentWorkers, type WorkerPool } from "./worker_pool.ts";

/** A task for a whole file that looks for the text. */
function taskFor(file: TestFile, text: string): ScanTask {
  const plan = compileSearch(text)?.kernelPlans.cri.bytes;
  if (plan === undefined) throw new TypeError("Cannot look for nothing");
  const { size, ...stat } = fs.statSync(file.path);
  return { path: file.path, id: fileId(stat), plan, from: 0, to: size };
}

/**
 * The team, once it is there: how long its threads take to start is not known here, so they are asked again and again.
 */
async function team(scouts: WorkerPool): Promise<LentWorkers> {
  let lent: LentWorkers | undefined;
  await eventually("the workers are there", () => (lent = scouts.lend()) !== undefined, { pauseMs: 1 });
  return lent ?? assert.fail("there are none");
}

/** A timer that ends when it is told to. */
function handTimer(): { startTimer: (ms: number, onEnd: () => void) => () => void; end: () => void; running: number } {
  const ends = new Set<() => void>();
  return {
    startTimer: (_ms, onEnd) => {
      ends.add(onEnd);
      return () => ends.delete(onEnd);
    },
    end: () => ends.forEach((onEnd) => onEnd()),
    get running() {
      return ends.size;
    },
  };
}

Deno.test("scouts are threads that find what is asked for, each task answered by itself", async () => {
  await using file = await testFile("a needle\nhay\n".repeat(1000));
  using scouts = createWorkerPool({ threads: 2, startTimer: handTimer().startTimer });
  assert.equal(scouts.lend(), undefined, "they are not there at once");
  using lent = await team(scouts);
  const [needles, hay, nothing] = await Promise.all([
    lent.scan(taskFor(file, "needle")),
    lent.scan({ ...taskFor(file, "hay"), to: 13 * 10 }),
    lent.scan({ ...taskFor(file, "hay"), id: "0:0" }),
  ]);
  assert.deepEqual([needles?.offsets.length, needles?.offsets[999], needles?.isAll], [1000, 13 * 999, true]);
  assert.deepEqual([hay?.offsets.length, hay?.upTo], [10, 130]);
  assert.equal(nothing, undefined);
});

Deno.test("what a scout has found is there until as many further tasks are given as there can be at a time", async () => {
  await using file = await testFile(Array.from({ length: 1000 }, (_, line) => `needle ${line}\n`).join(""));
  using scouts = createWorkerPool({ threads: 2, startTimer: handTimer().startTimer });
  using lent = await team(scouts);
  const task = taskFor(file, "needle");
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: lent.size }, (_, index) => lent.scan({ ...task, from: index * 9 })),
    );
    const firstLines = answers.map((found) => new TextDecoder().decode(found?.lines.slice(0, 9)));
    assert.deepEqual(firstLines, ["needle 0\n", "needle 1\n", "needle 2\n", "needle 3\n"]);
  }
});

Deno.test("scouts are lent to one scan at a time", async () => {
  await using file = await testFile("needle\n");
  using scouts = createWorkerPool({ threads: 1, startTimer: handTimer().startTimer });
  const first = await team(scouts);
  assert.equal(scouts.lend(), undefined);
  first[Symbol.dispose]();
  assert.equal(await first.scan(taskFor(file, "needle")), undefined, "who has given them back asks in vain");
  using second = scouts.lend();
  assert(second !== undefined);
  // Once more, which does nothing to the one who has them now.
  first[Symbol.dispose]();
  assert.equal(scouts.lend(), undefined);
  assert.equal((await second?.scan(taskFor(file, "needle")))?.offsets.length, 1);
});

Deno.test("scouts that nobody asks for end after a while, and come back", async () => {
  await using file = await testFile("needle\n");
  const timer = handTimer();
  using scouts = createWorkerPool({ threads: 2, startTimer: timer.startTimer });
  const lent = await team(scouts);
  assert.equal(timer.running, 0, "not while they are lent");
  lent[Symbol.dispose]();
  assert.equal(timer.running, 1);
  timer.end();
  assert.equal(scouts.lend(), undefined);
  using again = await team(scouts);
  assert.equal((await again.scan(taskFor(file, "needle")))?.offsets.length, 1);
});

Deno.test("a thread that breaks is told of once, and there are no more", async () => {
  const problems: string[] = [];
  const told = Promise.withResolvers<void>();
  const source = "self.onmessage = () => { throw new Error('broken on purpose'); }; self.postMessage('ready');";
  const timer = handTimer();
  using scouts = createWorkerPool({
    threads: 2,
    source,
    startTimer: timer.startTimer,
    onProblem: (message) => {
      problems.push(message);
      told.resolve();
    },
  });
  await using file = await testFile("needle\n");
  using lent = await team(scouts);
  const task = taskFor(file, "needle");
  assert.deepEqual(await Promise.all([lent.scan(task), lent.scan(task), lent.scan(task)]), Array(3).fill(undefined));
  await told.promise;
  assert.equal(await lent.scan(task), undefined);
  lent[Symbol.dispose]();
  assert.equal(scouts.lend(), undefined);
  assert.equal(timer.running, 0, "none was started");
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /^Cannot search with more than one thread: .*broken on purpose/);
});

Deno.test("a thread that does not come back is not lent again, and ends like others", async () => {
  // It answers what it is told next, and only then what it was told before.
  const source = `
    let held = 0;
    self.onmessage = ({ data }) => {
      if (data === "done") return;
      held++;
      if (held === 1) return;
      for (; held > 0; held--) self.postMessage(null);
    };
    self.postMessage("ready");`;
  const timer = handTimer();
  using scouts = createWorkerPool({ threads: 1, source, startTimer: timer.startTimer });
  await using file = await testFile("needle\n");
  const first = await team(scouts);
  const looked = first.scan(taskFor(file, "needle"));
  first[Symbol.dispose]();
  assert.equal(scouts.lend(), undefined, "it has not answered");
  timer.end();
  assert.equal(await looked, undefined);
  using second = await team(scouts);
  const answers = [second.scan(taskFor(file, "needle")), second.scan(taskFor(file, "needle"))];
  assert.deepEqual(await Promise.all(answers), [undefined, undefined]);
});

Deno.test("where no thread can be started, that is told, and nothing is lent", () => {
  const problems: string[] = [];
  const refuse = function (): never {
    throw new Error("refused on purpose");
  };
  using _worker = replaced(globalThis, "Worker", refuse as unknown as typeof Worker);
  using scouts = createWorkerPool({ threads: 2, onProblem: (message) => problems.push(message) });
  assert.equal(scouts.lend(), undefined);
  assert.equal(scouts.lend(), undefined);
  assert.deepEqual(problems, ["Cannot search with more than one thread: Error: refused on purpose"]);
});

Deno.test("without a second thread, nothing is lent", () => {
  using scouts = createWorkerPool({ threads: 0 });
  assert.equal(scouts.lend(), undefined);
});
