import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import fs from "node:fs";
import { inTime } from "../../../tests/support/in_time.ts";
import { type TestFile, testFile } from "../../../tests/support/random_log.ts";
import { replaced, systemError } from "../../../tests/support/replaced.ts";
import { fileId } from "../../logs/file_id.ts";
import { compileSearch } from "../../search/search.ts";
import { SCAN_WORKER_SOURCE } from "./_scan_worker_source.ts";
import type { ScanTask } from "./scan_worker.ts";
import { createWorkerPool, type LentWorkers, type WorkerPool } from "./worker_pool.ts";

/** A task for a whole file that looks for the text. */
function taskFor(file: TestFile, text: string): ScanTask {
  const plan = compileSearch(text)?.kernelPlans.cri.bytes;
  if (plan === undefined) throw new TypeError("Cannot look for nothing");
  const { size, ...stat } = fs.statSync(file.path);
  return { path: file.path, id: fileId(stat), plan, required: new Uint8Array(4), from: 0, to: size };
}

/**
 * The workers, once they are ready: how long threads take to start is not known, so the pool is asked until it lends
 * them.
 */
async function readyWorkers(pool: WorkerPool): Promise<LentWorkers> {
  let lent: LentWorkers | undefined;
  await eventually("the workers are there", () => (lent = pool.lend()) !== undefined, { pauseMs: 1 });
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

Deno.test("workers are threads that find what is asked for, each task answered by itself", async () => {
  await using file = await testFile("a needle\nhay\n".repeat(1000));
  using pool = createWorkerPool({ threads: 2, startTimer: handTimer().startTimer });
  assert.equal(pool.lend(), undefined, "they are not there at once");
  using lent = await readyWorkers(pool);
  const [needles, hay, nothing] = await Promise.all([
    lent.scan(taskFor(file, "needle")),
    lent.scan({ ...taskFor(file, "hay"), to: 13 * 10 }),
    lent.scan({ ...taskFor(file, "hay"), id: "0:0" }),
  ]);
  assert.deepEqual([needles?.offsets.length, needles?.offsets[999], needles?.isAll], [1000, 13 * 999, true]);
  assert.deepEqual([hay?.offsets.length, hay?.upTo], [10, 130]);
  assert.equal(nothing, undefined);
});

Deno.test("the lines that a worker has found are there until as many further tasks are given as there can be at a time", async () => {
  await using file = await testFile(Array.from({ length: 1000 }, (_, line) => `needle ${line}\n`).join(""));
  using pool = createWorkerPool({ threads: 2, startTimer: handTimer().startTimer });
  using lent = await readyWorkers(pool);
  const task = taskFor(file, "needle");
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: lent.size }, (_, index) => lent.scan({ ...task, from: index * 9 })),
    );
    const firstLines = answers.map((found) => new TextDecoder().decode(found?.lines.slice(0, 9)));
    assert.deepEqual(firstLines, ["needle 0\n", "needle 1\n", "needle 2\n", "needle 3\n"]);
  }
});

Deno.test("workers are lent to one scan at a time", async () => {
  await using file = await testFile("needle\n");
  using pool = createWorkerPool({ threads: 1, startTimer: handTimer().startTimer });
  const first = await readyWorkers(pool);
  assert.equal(pool.lend(), undefined);
  first[Symbol.dispose]();
  assert.equal(await first.scan(taskFor(file, "needle")), undefined, "who has given them back asks in vain");
  using second = pool.lend();
  assert(second !== undefined);
  // Once more, which does nothing to the one who has them now.
  first[Symbol.dispose]();
  assert.equal(pool.lend(), undefined);
  assert.equal((await second?.scan(taskFor(file, "needle")))?.offsets.length, 1);
});

Deno.test("workers that no scan uses end after a while, and are started again", async () => {
  await using file = await testFile("needle\n");
  const timer = handTimer();
  using pool = createWorkerPool({ threads: 2, startTimer: timer.startTimer });
  const lent = await readyWorkers(pool);
  assert.equal(timer.running, 0, "not while they are lent");
  lent[Symbol.dispose]();
  assert.equal(timer.running, 1);
  timer.end();
  assert.equal(pool.lend(), undefined);
  using again = await readyWorkers(pool);
  assert.equal((await again.scan(taskFor(file, "needle")))?.offsets.length, 1);
});

Deno.test("a thread that breaks is reported once, and there are no more", async () => {
  const problems: string[] = [];
  const told = Promise.withResolvers<void>();
  const source = "self.onmessage = () => { throw new Error('broken on purpose'); }; self.postMessage('ready');";
  const timer = handTimer();
  using pool = createWorkerPool({
    threads: 2,
    source,
    startTimer: timer.startTimer,
    onProblem: (message) => {
      problems.push(message);
      told.resolve();
    },
  });
  await using file = await testFile("needle\n");
  using lent = await readyWorkers(pool);
  const task = taskFor(file, "needle");
  assert.deepEqual(await Promise.all([lent.scan(task), lent.scan(task), lent.scan(task)]), Array(3).fill(undefined));
  await told.promise;
  assert.equal(await lent.scan(task), undefined);
  lent[Symbol.dispose]();
  assert.equal(pool.lend(), undefined);
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
  using pool = createWorkerPool({ threads: 1, source, startTimer: timer.startTimer });
  await using file = await testFile("needle\n");
  const first = await readyWorkers(pool);
  const scanning = first.scan(taskFor(file, "needle"));
  first[Symbol.dispose]();
  assert.equal(pool.lend(), undefined, "it has not answered");
  timer.end();
  assert.equal(await scanning, undefined);
  using second = await readyWorkers(pool);
  const answers = [second.scan(taskFor(file, "needle")), second.scan(taskFor(file, "needle"))];
  assert.deepEqual(await Promise.all(answers), [undefined, undefined]);
});

Deno.test("a task that gets no answer is given up after seconds, and its thread is lent again when it has answered", async () => {
  await using file = await testFile("a needle\nhay\n".repeat(1000));
  const pipe = `${file.path}.pipe`;
  assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
  // The program of a thread as it is, where the path leads to a FIFO at the moment at which it is opened.
  const source = `
    const open = Deno.openSync;
    Deno.openSync = (path) => {
      Deno.openSync = open;
      return open(path + ".pipe");
    };
    ${SCAN_WORKER_SOURCE}`;
  const timer = handTimer();
  const problems: string[] = [];
  const onProblem = (problem: string): void => void problems.push(problem);
  using pool = createWorkerPool({ threads: 1, source, startTimer: timer.startTimer, onProblem });
  try {
    const first = await readyWorkers(pool);
    const tasks = [first.scan(taskFor(file, "needle")), first.scan(taskFor(file, "needle"))];
    assert.equal(timer.running, 2, "each task has a deadline");
    timer.end();
    const given = await inTime(() => "the tasks are given up", Promise.all(tasks));
    assert.deepEqual(given, [undefined, undefined]);
    first[Symbol.dispose]();
    assert.equal(pool.lend(), undefined, "the thread has not come back");
    // A FIFO that somebody writes to can be opened.
    using _writer = await Deno.open(pipe, { read: true, write: true });
    using second = await readyWorkers(pool);
    assert.equal(timer.running, 0, "those of answered tasks are stopped");
    assert.equal((await second.scan(taskFor(file, "needle")))?.offsets.length, 1000);
    assert.deepEqual(problems, []);
  } finally {
    await Deno.remove(pipe);
  }
});

Deno.test("when threads do not come back again and again, that is reported, and there are no more", async () => {
  const problems: string[] = [];
  const source = "self.postMessage('ready');";
  const timer = handTimer();
  const onProblem = (problem: string): void => void problems.push(problem);
  using pool = createWorkerPool({ threads: 2, source, startTimer: timer.startTimer, onProblem });
  await using file = await testFile("needle\n");
  for (const isLast of [false, true]) {
    const lent = await readyWorkers(pool);
    const tasks = [lent.scan(taskFor(file, "needle")), lent.scan(taskFor(file, "needle"))];
    lent[Symbol.dispose]();
    assert.equal(pool.lend(), undefined);
    assert.deepEqual(problems, []);
    timer.end();
    assert.deepEqual(await Promise.all(tasks), [undefined, undefined]);
    assert.equal(problems.length, isLast ? 1 : 0);
  }
  assert.deepEqual(problems, ["Cannot search with more than one thread: 4 threads have not come back from a file"]);
  assert.equal(pool.lend(), undefined);
  assert.equal(timer.running, 0, "none was started");
});

Deno.test("threads can be started before a scan asks for them", async () => {
  const problems: string[] = [];
  const source = "throw new Error('broken on purpose');";
  using workers = createWorkerPool({ threads: 1, source, onProblem: (problem) => void problems.push(problem) });
  workers.start();
  await eventually("the thread has broken", () => problems.length > 0, { pauseMs: 1 });
  workers.start();
  assert.equal(problems.length, 1, "they are not started again");
});

Deno.test("where no thread can be started, that is reported, and nothing is lent", () => {
  const problems: string[] = [];
  const refuse = function (): never {
    throw new Error("refused on purpose");
  };
  using _worker = replaced(globalThis, "Worker", refuse as unknown as typeof Worker);
  using pool = createWorkerPool({ threads: 2, onProblem: (message) => problems.push(message) });
  assert.equal(pool.lend(), undefined);
  assert.equal(pool.lend(), undefined);
  assert.deepEqual(problems, ["Cannot search with more than one thread: Error: refused on purpose"]);
});

Deno.test("no thread is started, and nothing is open, while too few descriptors are left for it", async () => {
  await using file = await testFile("needle\n");
  let left = 23;
  let opened = 0;
  using _open = replaced(Deno, "openSync", () => {
    if (opened >= left) throw systemError("EMFILE");
    opened++;
    return { close: () => void opened-- } as Deno.FsFile;
  });
  const problems: string[] = [];
  const onProblem = (problem: string): void => void problems.push(problem);
  const timer = handTimer();
  const folder = Deno.cwd();
  using pool = createWorkerPool({ threads: 2, folder, onProblem, startTimer: timer.startTimer });
  for (let asked = 0; asked < 3; asked++) assert.equal(pool.lend(), undefined);
  assert.equal(timer.running, 0, "none was started");
  left = 24;
  using lent = await readyWorkers(pool);
  assert.equal(opened, 0);
  assert.equal((await lent.scan(taskFor(file, "needle")))?.offsets.length, 1);
  assert.deepEqual(problems, []);
});

Deno.test("a pool has two threads where there are two processors", async () => {
  using pool = createWorkerPool({ startTimer: handTimer().startTimer });
  assert.equal(pool.lend(), undefined, "they are not there at once");
  using lent = await readyWorkers(pool);
  const tasksPerThread = 2;
  assert.equal(lent.size, tasksPerThread * Math.min(2, navigator.hardwareConcurrency));
});

Deno.test("without a second thread, nothing is lent", () => {
  using pool = createWorkerPool({ threads: 0 });
  assert.equal(pool.lend(), undefined);
});
