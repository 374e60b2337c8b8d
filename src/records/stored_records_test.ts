import assert from "#assert";
import { gzipSync } from "node:zlib";
import { createLogWorld, type LogWorld } from "../../tests/support/log_world.ts";
import { keepingSink } from "../../tests/support/memory_log.ts";
import { openLog } from "../logs/log_file.ts";
import { compileSearch } from "../search/search.ts";
import { createBlockPool } from "./scan/block_pool.ts";
import { storedBackward, storedForward } from "./stored_records.ts";
import type { RecordQuery } from "./query.ts";
import { createResultBuffer } from "./parallel/result_buffer.ts";
import { createScanWorker } from "./parallel/scan_worker.ts";
import type { WorkerPool } from "./parallel/worker_pool.ts";

const pool = createBlockPool({ blockBytes: 64 * 1024 });
const { signal } = new AbortController();
const DIRECTIONS = { forward: storedForward, backward: storedBackward };
type Direction = keyof typeof DIRECTIONS;

/** A log of half a megabyte that was rotated once. */
function createWorld(): LogWorld {
  const world = createLogWorld();
  for (let line = 0; line < 50; line++) world.write();
  world.rotate();
  for (let line = 0; line < 1500; line++) world.write({ padding: 300 });
  return world;
}

interface Read {
  readonly messages: readonly string[];
  readonly gaps: readonly { readonly reason: string; readonly lostBytes: number }[];
}

/** Reads a log; when the n-th batch of its records is sent, `meanwhile` is called. */
async function read(
  world: LogWorld,
  direction: Direction,
  options: {
    readonly meanwhile: () => void;
    readonly batch?: number;
    readonly query?: RecordQuery;
    readonly workers?: WorkerPool;
  },
): Promise<Read> {
  const { meanwhile, batch = 4, query = {}, workers } = options;
  const gaps: { reason: string; lostBytes: number }[] = [];
  let batches = 0;
  const sink = keepingSink({
    batchRows: 50,
    onBatch: () => {
      if (++batches === batch) meanwhile();
    },
  });
  const onGap = (_path: string, reason: string, { lostBytes } = { lostBytes: 0 }): void =>
    void gaps.push({ reason, lostBytes });
  using file = openLog(world.fileName, world.folders);
  await DIRECTIONS[direction](file, query, { pool, signal, folders: world.folders, sink, onGap, workers });
  assert(batches >= batch, `${batches} batches`);
  const messages = sink.records.map(({ message }) => message);
  return { messages: direction === "forward" ? messages : messages.reverse(), gaps };
}

/**
 * Asserts that a stream of a log that was cut under it gives all of the history, and of the log only what was there
 * before.
 */
function assertNothingNewer({ messages }: Read, direction: Direction, before: readonly string[]): void {
  const history = before.slice(0, 50);
  const own = messages.slice(50);
  assert.deepEqual(messages.slice(0, 50), history);
  assert.deepEqual(
    own,
    direction === "forward" ? before.slice(50, 50 + own.length) : before.slice(before.length - own.length),
  );
  assert(own.length > 0 && own.length < before.length - 50, `${own.length} records`);
}

/** What is done to a log: `grow` writes it to its old size. */
const CUTS: Record<string, (world: LogWorld, size: number) => void> = {
  "to nothing": (world) => world.truncate([]),
  "to nothing, and has grown again": (world, size) => {
    world.truncate([]);
    while (Deno.statSync(world.path()).size < size + 100_000) world.write({ padding: 290 });
  },
  "to less": (world) => Deno.truncateSync(world.path(), 1000),
  "and filled with as much": (world, size) => {
    world.truncate([]);
    while (Deno.statSync(world.path()).size < size) world.write({ padding: 290 });
    Deno.truncateSync(world.path(), size);
  },
};

for (const direction of ["forward", "backward"] as const) {
  for (const [how, cut] of Object.entries(CUTS)) {
    Deno.test(`${direction}, a log that is cut ${how} gives none of its newer content, and the loss is told`, async () => {
      using world = createWorld();
      const before = [...world.written];
      const { size } = await Deno.stat(world.path());
      const result = await read(world, direction, { meanwhile: () => cut(world, size) });
      assertNothingNewer(result, direction, before);
      const [gap, ...more] = result.gaps;
      assert.deepEqual(more, []);
      assert.equal(gap?.reason, `it was cut: ${gap?.lostBytes} of ${size} bytes were not read`);
      // Lines of about 345 bytes; a batch is counted when all of its block is done with.
      const lost = before.length - result.messages.length;
      assert((gap?.lostBytes ?? 0) >= 345 * lost, `${gap?.lostBytes} bytes, ${lost} records`);
      assert((gap?.lostBytes ?? 0) <= size);
    });
  }

  for (
    const [kind, make] of Object.entries({
      plain: (text: Uint8Array) => text,
      compressed: (text: Uint8Array) => gzipSync(text),
    })
  ) {
    Deno.test(`${direction}, a log that is copied and cut is read to its end in its ${kind} copy`, async () => {
      using world = createWorld();
      const before = [...world.written];
      const copyAndCut = (): void => {
        Deno.writeFileSync(
          `${world.path()}-20260221-1771632000${kind === "plain" ? "" : ".gz"}`,
          make(Deno.readFileSync(world.path())),
        );
        world.truncate([]);
        for (let line = 0; line < 2000; line++) world.write({ padding: 300 });
      };
      const { messages, gaps } = await read(world, direction, { meanwhile: copyAndCut });
      assert.deepEqual(messages, before);
      assert.deepEqual(gaps, []);
    });
  }

  Deno.test(`${direction}, of a log that is copied and cut, what its copy lacks is told`, async () => {
    using world = createWorld();
    const before = [...world.written];
    const { size } = await Deno.stat(world.path());
    const copyAndCut = (): void => {
      Deno.writeFileSync(`${world.path()}.1`, Deno.readFileSync(world.path()).subarray(0, size - 10 * 345));
      world.truncate([]);
    };
    const { messages, gaps } = await read(world, direction, { meanwhile: copyAndCut });
    // Backward, the end was read before.
    const wanted = direction === "forward" ? before.slice(0, -10) : before;
    assert.deepEqual(messages.slice(0, wanted.length - 1), wanted.slice(0, -1));
    assert.equal(gaps.length, direction === "forward" ? 1 : 0);
  });

  Deno.test(`${direction}, a log that grows while it is read is not cut`, async () => {
    using world = createWorld();
    const before = [...world.written];
    const grow = (): void => {
      for (let line = 0; line < 100; line++) world.write();
    };
    const { messages, gaps } = await read(world, direction, { meanwhile: grow });
    assert.deepEqual(messages, before);
    assert.deepEqual(gaps, []);
  });

  Deno.test(`${direction}, a log that is rotated while it is read is read to its end, and once`, async () => {
    using world = createWorld();
    const before = [...world.written];
    const rotate = (): void => {
      for (let rotation = 0; rotation < 2; rotation++) {
        world.rotate();
        world.write();
      }
      world.compress();
    };
    const { messages, gaps } = await read(world, direction, { meanwhile: rotate });
    assert.deepEqual(messages, before);
    assert.deepEqual(gaps, []);
  });
}

Deno.test("a rotated file that is cut while it is read gives nothing newer, and the loss is told", async () => {
  using world = createWorld();
  const before = [...world.written];
  world.rotate();
  world.write();
  const path = world.rotated().at(-1) ?? "";
  const { size } = await Deno.stat(path);
  const refill = (): void => {
    const text = Deno.readTextFileSync(path);
    Deno.truncateSync(path);
    Deno.writeTextFileSync(path, text.replaceAll("line", "more").replaceAll("2025-", "2026-"));
  };
  const { messages, gaps } = await read(world, "forward", { meanwhile: refill });
  const own = messages.slice(0, -1);
  assert.deepEqual(own, before.slice(0, own.length));
  assert.equal(messages.at(-1), world.written.at(-1));
  assert.equal(gaps.length, 1);
  assert.match(
    gaps[0]?.reason ?? "",
    new RegExp(`^Cannot read the rest of the log: it was cut, \\d+ of ${size} bytes were not read$`),
  );
});

for (const direction of ["forward", "backward"] as const) {
  Deno.test(`what other threads found in a log that was cut meanwhile is not sent, ${direction}`, async () => {
    using world = createLogWorld();
    for (let line = 0; line < 10_000; line++) world.write();
    const before = [...world.written];
    const worker = createScanWorker();
    const workers: WorkerPool = {
      sizes: { minBytes: 1, segmentBytes: 100_000 },
      lend: () => ({
        size: 1,
        scan: (task) => Promise.resolve(worker.scan(task, createResultBuffer())),
        [Symbol.dispose]: () => {},
      }),
      [Symbol.dispose]: () => worker[Symbol.dispose](),
    };
    using _ = workers;
    // Lines that are as long, so that they begin at the same places.
    const cut = (): void => {
      const text = Deno.readTextFileSync(world.path());
      Deno.truncateSync(world.path());
      Deno.writeTextFileSync(world.path(), text.replaceAll("2025-", "2026-").replaceAll("line", "more"), {
        append: true,
      });
    };
    // One line of a hundred: few enough for other threads.
    const query = { search: compileSearch("50 .") };
    const { messages, gaps } = await read(world, direction, { meanwhile: cut, batch: 3, query, workers });
    assert(messages.every((message) => before.includes(message)), messages.join("\n"));
    assert.equal(gaps.length, 1);
  });
}
