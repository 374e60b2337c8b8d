import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { type NaiveRecord, naiveRecords } from "../../../tests/support/naive_records.ts";
import { createRandom, type Random } from "../../../tests/support/random.ts";
import { FIRST_MS, randomLog, testFile } from "../../../tests/support/random_log.ts";
import { openAt, type OpenLogFile } from "../../logs/log_file.ts";
import type { Time } from "../../logs/time.ts";
import { compileSearch } from "../../search/search.ts";
import type { RecordQuery } from "../query.ts";
import { streamBackward } from "../scan/backward.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { streamForward } from "../scan/forward.ts";
import type { RecordSink } from "../record_sink.ts";
import { createScanFigures } from "../scan/scan_figures.ts";
import { createResultBuffer } from "./result_buffer.ts";
import { createScanWorker, type Found, type ScanTask } from "./scan_worker.ts";
import { createWorkerPool, type LentWorkers, type WorkerPool } from "./worker_pool.ts";

const SIZES = { minBytes: 1, segmentBytes: 700 };

/** Scan workers in this thread, for files of a few kilobytes; `change` may alter what they find. */
function nearWorkers(
  change: (found: Found | undefined, again: (task: Partial<ScanTask>) => Found | undefined) =>
    | Found
    | undefined
    | Promise<Found | undefined> = (found) => found,
  { bufferBytes = 4096 }: { readonly bufferBytes?: number } = {},
): WorkerPool & { readonly scans: number; readonly scannedBytes: number; readonly isLent: boolean } {
  const worker = createScanWorker({ readBytes: 512 });
  const buffers = Array.from({ length: 4 }, () => createResultBuffer(bufferBytes));
  let scans = 0;
  let scannedBytes = 0;
  let isLent = false;
  return {
    sizes: SIZES,
    get scannedBytes() {
      return scannedBytes;
    },
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
          if (found !== undefined) scannedBytes += found.upTo - found.from;
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

function wantedOf(
  log: string,
  kind: "cri" | "docker",
  pattern: string,
  bounds: Pick<RecordQuery, "start" | "stop"> = {},
): NaiveRecord[] {
  const search = compileSearch(pattern);
  return naiveRecords(new TextEncoder().encode(log), kind, {
    ...bounds,
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

const STREAMS = { forward: streamForward, backward: streamBackward };
type Direction = keyof typeof STREAMS;
const DIRECTIONS = Object.keys(STREAMS) as Direction[];

/** What a stream of a direction gives, in the order of the file. */
function inOrder(records: readonly NaiveRecord[], direction: Direction): readonly NaiveRecord[] {
  return direction === "forward" ? records : records.toReversed();
}

/** A random log in which some lines are longer than a segment, or than a worker takes, and the last may be cut. */
function adversarialLog(random: Random, kind: "cri" | "docker"): string {
  const lines = randomLog(random, kind, 20 + random.int(150)).split("\n");
  for (let long = random.int(3); long > 0; long--) {
    const at = random.int(lines.length - 1);
    lines[at] = (lines[at] ?? "").replace(/(alpha|beta|id=)/, `${"y".repeat(random.oneIn(8) ? 70_000 : 2000)} $1`);
  }
  const log = lines.join("\n");
  return random.oneIn(4) ? log.slice(0, -1) : log;
}

for (const kind of ["cri", "docker"] as const) {
  for (const direction of DIRECTIONS) {
    for (const areBounded of [false, true]) {
      const what = `${areBounded ? "bounded " : ""}scan, ${direction}, of ${kind} lines`;
      Deno.test(`a ${what} with workers gives what one without them gives`, async () => {
        let scans = 0;
        for (let seed = 1; seed <= 150; seed++) {
          const random = createRandom(seed);
          const log = adversarialLog(random, kind);
          const pattern = random.pick(PATTERNS);
          const about = `seed ${seed}, ${pattern}`;
          const time = (): Time => ({ seconds: FIRST_MS / 1000 + random.int(170), nanos: random.int(1e9) });
          const bounds = areBounded ? { start: random.oneIn(2) ? undefined : time(), stop: time() } : {};
          await using written = await testFile(log);
          using file = open(written.path);
          using workers = nearWorkers();
          const sink = keepingSink({ batchRows: random.pick([1, 3, 1000]) });
          const figures = createScanFigures();
          await STREAMS[direction](file, { ...bounds, search: compileSearch(pattern) }, {
            sink,
            pool: createBlockPool({ blocks: 2, blockBytes: random.pick([700, 4096]) }),
            workers,
            signal: new AbortController().signal,
            figures,
            linearBytes: random.pick([0, 1024 * 1024]),
            minPartBytes: 1024,
          });
          assert.deepEqual(inOrder(sink.records, direction), wantedOf(log, kind, pattern, bounds), about);
          if (!areBounded) assert.equal(figures.scannedBytes, file.size(), `${about}: each byte was searched once`);
          assert(!workers.isLent);
          scans += workers.scans;
        }
        assert(scans > 150, `${scans} scans`);
      });
    }
  }
}

/** A log of one needle among many lines. */
function logOf(lines: number): string {
  const line = (index: number): string =>
    `2025-03-04T05:00:00.${String(index).padStart(9, "0")}Z stdout F ${index % 20 === 7 ? "needle" : "hay"} ${index}\n`;
  return Array.from({ length: lines }, (_, index) => line(index)).join("");
}

/** Scans the log for needles; resolves to what was found, in the order of the file. */
async function scan(
  log: string,
  options: {
    workers: WorkerPool;
    direction?: Direction;
    query?: RecordQuery;
    sink?: RecordSink;
    signal?: AbortSignal;
  },
): Promise<readonly NaiveRecord[]> {
  await using written = await testFile(log);
  using file = open(written.path);
  const keeping = keepingSink();
  const { sink = keeping, signal = new AbortController().signal, workers, direction = "forward", query = {} } = options;
  const pool = createBlockPool({ blocks: 2, blockBytes: 700 });
  await STREAMS[direction](file, { search: compileSearch("needle"), ...query }, { sink, pool, workers, signal });
  return inOrder(keeping.records, direction);
}

for (const direction of DIRECTIONS) {
  Deno.test(`a scan, ${direction}, goes on by itself where workers cannot do a task, or scan another range than the one they were given`, async () => {
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
        [
          "another range",
          (found, again) =>
            found && again(direction === "forward" ? { from: found.from + 500 } : { to: found.upTo - 500 }),
        ],
        ["too much", (found) => found && { ...found, isAll: false }],
      ] satisfies [string, Parameters<typeof nearWorkers>[0]][]
    ) {
      using workers = nearWorkers(change);
      assert.deepEqual(await scan(log, { workers, direction }), wanted, what);
      assert(workers.scans > 0, what);
    }
  });

  Deno.test(`a scan, ${direction}, whose workers have found too much does not ask them again at once`, async () => {
    using workers = nearWorkers((found) => found && { ...found, isAll: false });
    await scan(logOf(2000), { workers, direction });
    assert(workers.scans <= 4, `${workers.scans} scans`);
  });

  Deno.test(`a scan, ${direction}, goes on by itself where one line in a few is found`, async () => {
    const log = logOf(2000).replaceAll("hay", "needle");
    using workers = nearWorkers();
    assert.deepEqual(await scan(log, { workers, direction }), wantedOf(log, "cri", "needle"));
    assert.equal(workers.scans, 4, "what was asked for before the first answer");
  });

  Deno.test(`a client that does not read does not keep the workers, ${direction}`, async () => {
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
    await scan(log, { workers, sink, direction });
    assert(given !== undefined);
    assert.deepEqual(inOrder(keeping.records, direction), wantedOf(log, "cri", "needle"));
  });
}

Deno.test("a line that workers find, and that no block has room for, is sent like any other", async () => {
  const log = logOf(200) + `2025-03-04T05:00:01Z stdout F ${"x".repeat(2000)} needle\n` + logOf(200);
  for (const direction of DIRECTIONS) {
    using workers = nearWorkers();
    const records = await scan(log, { workers, direction });
    assert.deepEqual(records, wantedOf(log, "cri", "needle"));
    assert.equal(records.length, 21);
  }
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
  for (const direction of DIRECTIONS) {
    const ending = new AbortController();
    const never = new Promise<undefined>(() => {});
    using workers = nearWorkers(() => {
      ending.abort(new Error("ended by the test"));
      return never;
    });
    await assert.rejects(scan(logOf(500), { workers, direction, signal: ending.signal }), /ended by the test/);
    assert(!workers.isLent);
  }
});

Deno.test("a client that wants few records, backward, has few segments searched in vain", async () => {
  const log = logOf(20_000);
  using workers = nearWorkers();
  let sent = 0;
  const sink: RecordSink = {
    send: (batch) => {
      sent += batch.count;
      return batch.count;
    },
    ready: () => sent < 20 ? Promise.resolve() : Promise.reject(new Error("enough")),
  };
  await assert.rejects(scan(log, { workers, sink, direction: "backward" }), /enough/);
  assert(workers.scans > 0);
  // One line of twenty is wanted; there can be four segments in progress.
  const wanted = 20 * 20 * (log.length / 20_000);
  assert(workers.scannedBytes < 2 * wanted + 4 * 2 * SIZES.segmentBytes, `${workers.scannedBytes} bytes`);
  assert(!workers.isLent);
});

Deno.test("a log that is cut while workers scan it, backward, gives nothing newer", async () => {
  const log = logOf(2000);
  await using written = await testFile(log);
  using file = open(written.path);
  let scans = 0;
  using workers = nearWorkers((found) => {
    if (++scans === 3) Deno.truncateSync(written.path, 40_000);
    return found;
  });
  const sink = keepingSink();
  const pool = createBlockPool({ blocks: 2, blockBytes: 700 });
  const options = { sink, pool, workers, signal: new AbortController().signal };
  await streamBackward(file, { search: compileSearch("needle") }, options);
  const wanted = wantedOf(log, "cri", "needle");
  assert(scans >= 3 && sink.records.length > 0);
  assert.deepEqual(inOrder(sink.records, "backward"), wanted.slice(wanted.length - sink.records.length));
});

/** Scans a log for needles up to a stop, with segments of 100 KB; resolves to what was read of it beside them. */
async function scanToStop(
  log: string,
  { direction, stop }: { direction: Direction; stop: Time },
): Promise<{ reads: number; bytes: number; records: readonly NaiveRecord[] }> {
  await using written = await testFile(log);
  using opened = open(written.path);
  let reads = 0;
  let bytes = 0;
  const file: OpenLogFile = {
    ...opened,
    read: async (into, position, options) => {
      reads++;
      const read = await opened.read(into, position, options);
      bytes += read;
      return read;
    },
  };
  using near = nearWorkers((found) => found, { bufferBytes: 256 * 1024 });
  const workers: WorkerPool = { ...near, sizes: { ...SIZES, segmentBytes: 100_000 } };
  const sink = keepingSink();
  const pool = createBlockPool({ blocks: 2, blockBytes: 16_384 });
  const query = { search: compileSearch("needle"), stop };
  await STREAMS[direction](file, query, { sink, pool, workers, signal: new AbortController().signal });
  assert(near.scans > 0);
  return { reads, bytes, records: inOrder(sink.records, direction) };
}

for (const direction of DIRECTIONS) {
  Deno.test(`parts of messages that a stop may cut are looked up each by itself, unless they are many, ${direction}`, async () => {
    const few = logOf(4000).replaceAll(/ stdout F (needle \d*27\n)/g, " stdout P $1");
    const many = logOf(20_000).replaceAll(" stdout F needle", " stdout P needle");
    for (const [log, nanos] of [[few, 3027], [few, 3030], [few, 2998], [many, 18_007], [many, 4000]] as const) {
      const stop = { seconds: Date.parse("2025-03-04T05:00:00Z") / 1000, nanos };
      const { reads, records } = await scanToStop(log, { direction, stop });
      assert.deepEqual(records, wantedOf(log, "cri", "needle", { stop }));
      assert(reads < 300, `${reads} reads, of ${records.length} parts`);
    }
  });

  Deno.test(`what follows a part of a message is read once, where it never ends, ${direction}`, async () => {
    const log = logOf(20_000).replaceAll(" stdout F ", " stdout P ");
    const stop = { seconds: Date.parse("2025-03-04T05:00:00Z") / 1000, nanos: 19_000 };
    const { bytes, records } = await scanToStop(log, { direction, stop });
    assert.equal(records.length, 950);
    assert(bytes < 6 * log.length, `${bytes} bytes of ${log.length}`);
  });
}

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
  for (const query of [{}, { search: compileSearch(".*") }]) {
    for (const direction of DIRECTIONS) {
      using file = open(written.path);
      using workers = nearWorkers();
      const sink = keepingSink();
      const pool = createBlockPool({ blocks: 2, blockBytes: 700 });
      await STREAMS[direction](file, query, { sink, pool, workers, signal: new AbortController().signal });
      assert.equal(workers.scans, 0);
      assert.equal(sink.records.length, 300);
    }
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
  const wanted = wantedOf(log, "cri", "needle");
  const middle = { seconds: Date.parse("2025-03-04T05:00:00Z") / 1000, nanos: 150_000 };
  for (const direction of DIRECTIONS) {
    for (const bounds of [{}, { start: middle }, { stop: middle }]) {
      tasks = 0;
      await eventually("the workers are idle", () => {
        using lent = workers.lend();
        return lent !== undefined;
      }, { pauseMs: 1 });
      const records = await scan(log, { workers: counted, direction, query: bounds });
      const { start = { nanos: 0 }, stop = { nanos: Infinity } } = bounds as RecordQuery;
      assert.deepEqual(records, wanted.filter(({ nanos }) => nanos >= start.nanos && nanos <= stop.nanos));
      assert(tasks > 10, `${tasks} tasks`);
    }
  }
});
