import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { type NaiveRecord, naiveRecords } from "../../../tests/support/naive_records.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { randomLog, testFile } from "../../../tests/support/random_log.ts";
import { openAt, type OpenLogFile } from "../../logs/log_file.ts";
import { compileSearch } from "../../search/search.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { streamForward } from "../scan/forward.ts";
import type { RecordSink } from "../record_sink.ts";
import { createScanFigures } from "../scan/scan_figures.ts";
import { createResultBuffer, createScanWorker, type Found, type ScanTask } from "./scan_worker.ts";
import { createWorkerPool, type LentWorkers, type WorkerPool } from "./worker_pool.ts";

const SIZES = { minBytes: 1, segmentBytes: 700 };

/** Scan workers in this thread, for files of a few kilobytes; `change` may alter what they find. */
function nearWorkers(
  change: (found: Found | undefined, again: (task: Partial<ScanTask>) => Found | undefined) =>
    | Found
    | undefined
    | Promise<Found | undefined> = (found) => found,
): WorkerPool & { readonly scans: number; readonly isLent: boolean } {
  const worker = createScanWorker({ readBytes: 512 });
  const buffers = Array.from({ length: 4 }, () => createResultBuffer(4096));
  let scans = 0;
  let isLent = false;
  return {
    sizes: SIZES,
    get scans() {
      return scans;
    },
    get isLent() {
      return isLent;
    },
    lend: (): LentWorkers | undefined => {
      if (isLent) return undefined;
      isLent = true;
      return {
        size: buffers.length,
        scan: async (task) => {
          const buffer = buffers[scans++ % buffers.length] ?? createResultBuffer();
          const found = isLent ? worker.scan(task, buffer) : undefined;
          return await change(found, (other) => worker.scan({ ...task, ...other }, buffer));
        },
        [Symbol.dispose]: () => {
          isLent = false;
        },
      };
    },
    [Symbol.dispose]: () => worker[Symbol.dispose](),
  };
}

function open(path: string): OpenLogFile {
  return openAt(path, { containerLogsDir: "/", roots: ["/"] });
}

function wantedOf(log: string, kind: "cri" | "docker", pattern: string): NaiveRecord[] {
  const search = compileSearch(pattern);
  return naiveRecords(new TextEncoder().encode(log), kind, {
    matches: (raw) => search?.matcher.matches(raw, 0, raw.length) ?? true,
  });
}

const PATTERNS = [
  "(?i)alpha beta",
  "(?i)id=123",
  '"quoted"',
  "☃ ☃",
  "(?i)alpha|beta|tail",
  "nowhere",
  "id=\\d+ a",
  "x{40}",
];

for (const kind of ["cri", "docker"] as const) {
  Deno.test(`a scan of ${kind} lines with workers gives what one without them gives`, async () => {
    let scans = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const random = createRandom(seed);
      const log = randomLog(random, kind, 20 + random.int(150));
      const pattern = random.pick(PATTERNS);
      await using written = await testFile(log);
      using file = open(written.path);
      using workers = nearWorkers();
      const sink = keepingSink({ batchRows: random.pick([1, 3, 1000]) });
      const pool = createBlockPool({ blocks: 2, blockBytes: random.pick([700, 4096]) });
      const { signal } = new AbortController();
      const figures = createScanFigures();
      await streamForward(file, { search: compileSearch(pattern) }, { sink, pool, workers, signal, figures });
      assert.deepEqual(sink.records, wantedOf(log, kind, pattern), `seed ${seed}, ${pattern}`);
      assert.equal(figures.scannedBytes, file.size(), `seed ${seed}, ${pattern}: each byte was searched once`);
      assert(!workers.isLent);
      scans += workers.scans;
    }
    assert(scans > 150, `${scans} scans`);
  });
}

/** A log of one needle among many lines. */
function logOf(lines: number): string {
  const line = (index: number): string =>
    `2025-03-04T05:00:00.${String(index).padStart(9, "0")}Z stdout F ${index % 20 === 7 ? "needle" : "hay"} ${index}\n`;
  return Array.from({ length: lines }, (_, index) => line(index)).join("");
}

/** Scans the log for needles; what was found, and who is asked. */
async function scan(
  log: string,
  options: { workers: WorkerPool; sink?: RecordSink; path?: string; signal?: AbortSignal },
): Promise<NaiveRecord[]> {
  await using written = await testFile(log);
  using file = open(written.path);
  const keeping = keepingSink();
  const { sink = keeping, signal = new AbortController().signal, workers } = options;
  const pool = createBlockPool({ blocks: 2, blockBytes: 700 });
  await streamForward(file, { search: compileSearch("needle") }, { sink, pool, workers, signal });
  return keeping.records;
}

Deno.test("a scan goes on by itself where workers cannot do a task, or scan another range than the one they were given", async () => {
  const log = logOf(500);
  const wanted = wantedOf(log, "cri", "needle");
  for (
    const [what, change] of [
      ["nothing", () => undefined],
      [
        "nothing at times",
        (() => {
          let scans = 0;
          return (found) => ++scans % 3 === 0 ? undefined : found;
        })(),
      ],
      ["another range", (found, again) => found && again({ from: found.from + 500 })],
      ["too much", (found) => found && { ...found, isAll: false }],
    ] satisfies [string, Parameters<typeof nearWorkers>[0]][]
  ) {
    using workers = nearWorkers(change);
    assert.deepEqual(await scan(log, { workers }), wanted, what);
    assert(workers.scans > 0, what);
  }
});

Deno.test("a scan whose workers have found too much does not ask them again at once", async () => {
  using workers = nearWorkers((found) => found && { ...found, isAll: false });
  await scan(logOf(2000), { workers });
  assert(workers.scans <= 4, `${workers.scans} scans`);
});

Deno.test("a scan goes on by itself where one line in a few is found", async () => {
  const log = logOf(2000).replaceAll("hay", "needle");
  using workers = nearWorkers();
  assert.deepEqual(await scan(log, { workers }), wantedOf(log, "cri", "needle"));
  assert.equal(workers.scans, 4, "what was asked for before the first answer");
});

Deno.test("a client that does not read does not keep the workers", async () => {
  const log = logOf(3000);
  using workers = nearWorkers();
  const keeping = keepingSink();
  let sent = 0;
  let given: Promise<void> | undefined;
  let isTaken = false;
  const workersBack = async (): Promise<void> => {
    await eventually("the workers are back", () => !workers.isLent);
    isTaken = true;
  };
  const sink: RecordSink = {
    send: (batch) => {
      assert(given === undefined || isTaken, "nothing is sent to a client that has not taken the batch before");
      sent++;
      return keeping.send(batch);
    },
    // It does not take the third batch before the workers are back.
    ready: () => given ?? (sent < 3 || !workers.isLent ? Promise.resolve() : given = workersBack()),
  };
  await scan(log, { workers, sink });
  assert(given !== undefined);
  assert.deepEqual(keeping.records, wantedOf(log, "cri", "needle"));
});

Deno.test("a line that workers find, and that no block has room for, is sent like any other", async () => {
  const log = logOf(200) + `2025-03-04T05:00:01Z stdout F ${"x".repeat(2000)} needle\n` + logOf(200);
  using workers = nearWorkers();
  const records = await scan(log, { workers });
  assert.deepEqual(records, wantedOf(log, "cri", "needle"));
  assert.equal(records.length, 21);
});

Deno.test("a scan holds no block while workers scan", async () => {
  const log = logOf(12_000);
  await using written = await testFile(log);
  using file = open(written.path);
  const pool = createBlockPool({ blocks: 4, blockBytes: 100 * 1024 });
  let frees = 0;
  using near = nearWorkers((found) => {
    using free = pool.takeSpare(3);
    assert(free !== undefined, "all four are free");
    frees++;
    return found;
  });
  // They come when the scan has begun to read ahead.
  let asked = 0;
  const workers: WorkerPool = { ...near, lend: () => ++asked === 1 ? undefined : near.lend() };
  const sink = keepingSink();
  const signal = new AbortController().signal;
  await streamForward(file, { search: compileSearch("needle") }, { sink, pool, workers, signal });
  assert.deepEqual(sink.records, wantedOf(log, "cri", "needle"));
  assert(frees > 0);
});

Deno.test("a scan that is ended while workers scan ends at once, and gives them back", async () => {
  const ending = new AbortController();
  const never = new Promise<undefined>(() => {});
  using workers = nearWorkers(() => {
    ending.abort(new Error("ended by the test"));
    return never;
  });
  await assert.rejects(scan(logOf(500), { workers, signal: ending.signal }), /ended by the test/);
  assert(!workers.isLent);
});

Deno.test("segments grow while answers come soon, and shrink when they come late", async () => {
  const log = logOf(6000);
  // The first four are asked for before any of them is answered.
  for (
    const [what, answerMs, sizes] of [
      ["soon", () => 1, [1000, 1000, 1000, 1000, 4000, 16000]],
      ["neither soon nor late", () => 30, [1000, 1000, 1000, 1000, 1000, 1000]],
      ["soon, and late from the fifth on", (index) => index < 4 ? 1 : 300, [1000, 1000, 1000, 1000, 4000, 2000, 1000]],
    ] satisfies [string, (index: number) => number, number[]][]
  ) {
    let now = 0;
    let answered = 0;
    const asked: number[] = [];
    using near = nearWorkers();
    const workers: WorkerPool = {
      ...near,
      sizes: { minBytes: 1, segmentBytes: 1000, clock: () => now },
      lend: () => {
        const lent = near.lend();
        return lent && {
          ...lent,
          scan: async (task) => {
            asked.push(task.to - task.from);
            const found = await lent.scan(task);
            now += answerMs(answered++);
            return found;
          },
        };
      },
    };
    assert.deepEqual(await scan(log, { workers }), wantedOf(log, "cri", "needle"));
    assert.deepEqual(asked.slice(0, sizes.length), sizes, what);
  }
});

Deno.test("queries that cannot be scanned in parallel use no workers", async () => {
  const log = logOf(300);
  await using written = await testFile(log);
  const stop = { seconds: Date.parse("2025-03-04T06:00:00Z") / 1000, nanos: 0 };
  for (const query of [{}, { search: compileSearch(".*") }, { search: compileSearch("needle"), stop }]) {
    using file = open(written.path);
    using workers = nearWorkers();
    const sink = keepingSink();
    const pool = createBlockPool({ blocks: 2, blockBytes: 700 });
    await streamForward(file, query, { sink, pool, workers, signal: new AbortController().signal });
    assert.equal(workers.scans, 0);
    assert.equal(sink.records.length, query.search === undefined || query.search.plan.kind === "every line" ? 300 : 15);
  }
});

Deno.test("a scan with workers in threads of their own gives what one without them gives", async () => {
  const log = logOf(200_000);
  using workers = createWorkerPool({ threads: 2 });
  // How long the threads take to start is not known here.
  await eventually("the workers are lent", () => {
    using lent = workers.lend();
    return lent !== undefined;
  }, { pauseMs: 1 });
  let tasks = 0;
  const counted: WorkerPool = {
    ...workers,
    sizes: { minBytes: 1, segmentBytes: 64 * 1024 },
    lend: () => {
      const lent = workers.lend();
      return lent && { ...lent, scan: (task) => (tasks++, lent.scan(task)) };
    },
  };
  assert.deepEqual(await scan(log, { workers: counted }), wantedOf(log, "cri", "needle"));
  assert(tasks > 10, `${tasks} tasks`);
});
