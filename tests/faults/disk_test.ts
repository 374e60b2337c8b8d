import assert from "#assert";
import fs from "node:fs";
import { LogReadError, openLog } from "../../src/logs/log_file.ts";
import { streamBackward } from "../../src/records/scan/backward.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { followLog } from "../../src/records/follow/follow.ts";
import { streamForward } from "../../src/records/scan/forward.ts";
import { historyBackward, historyForward } from "../../src/records/history/history.ts";
import { statusOf } from "../../src/rpc/status.ts";
import { createManualChanges } from "../fakes/manual_changes.ts";
import { createLogWorld, type LogWorld } from "../support/log_world.ts";
import { keepingSink } from "../support/memory_log.ts";
import { replaced, systemError } from "../support/replaced.ts";

const pool = createBlockPool({ blockBytes: 4096 });
const { signal } = new AbortController();

/** A log of 300 records in three files, the oldest compressed. */
function createWorld(): LogWorld {
  const world = createLogWorld();
  for (let file = 0; file < 3; file++) {
    if (file > 0) world.rotate();
    for (let line = 0; line < 100; line++) world.write({ padding: 150 });
  }
  world.compress();
  return world;
}

/** As `src/logs/log_file.ts` calls it. */
type Read = (
  descriptor: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: (error: Error | null, read: number) => void,
) => void;

/** Has the reads of files go through what is made of the real one. */
function reading(change: (real: Read) => Read): Disposable {
  return replaced(fs, "read", change(fs.read as Read) as typeof fs.read);
}

/** Fails all reads from the n-th on. */
function failingFrom(first: number): Disposable {
  let count = 0;
  return reading((real) => (descriptor, buffer, offset, length, position, done) => {
    if (++count < first) real(descriptor, buffer, offset, length, position, done);
    else queueMicrotask(() => done(systemError("EIO"), 0));
  });
}

Deno.test("fault 63: a read that fails ends a stream with DATA_LOSS, after the records that were read before it", async () => {
  using world = createWorld();
  const wanted = { forward: world.present().slice(-100), backward: world.present().slice(-100).reverse() };
  for (const [direction, stream] of [["forward", streamForward], ["backward", streamBackward]] as const) {
    const lengths = new Set<number>();
    for (let first = 1; first < 8; first++) {
      using _ = failingFrom(first);
      using file = openLog(world.fileName, world.folders);
      const sink = keepingSink();
      const error = await stream(file, {}, { pool, signal, sink }).then(() => undefined, (error: unknown) => error);
      const got = sink.records.map(({ message }) => message);
      lengths.add(got.length);
      assert.deepEqual(got, wanted[direction].slice(0, got.length));
      if (got.length === 100) continue;
      if (!(error instanceof LogReadError)) throw new Error("Not told", { cause: error });
      assert.match(error.message, /^Cannot read the log at byte \d+: Input\/output error \(os error 5\)$/);
      assert.equal(statusOf(error).code, 15);
    }
    assert(lengths.size > 3, `${direction}: ${[...lengths]}`);
  }
});

Deno.test("fault 63: a read that fails in a file that is followed ends the follow with DATA_LOSS", async () => {
  using world = createWorld();
  using bell = createManualChanges();
  const sink = keepingSink();
  const idle = Promise.withResolvers<void>();
  const following = followLog(openLog(world.fileName, world.folders), {}, {
    from: "start",
    fileName: world.fileName,
    folders: world.folders,
    changes: bell,
    pool,
    signal,
    sink,
    onIdle: () => idle.resolve(),
  });
  await idle.promise;
  using _ = failingFrom(1);
  world.write();
  bell.notify();
  await assert.rejects(following, LogReadError);
  assert.deepEqual(sink.records.map(({ message }) => message), world.present().slice(-101, -1));
  assert.equal(bell.waiting(), 0);
});

Deno.test("fault 63: a read that fails in a rotated file is a gap, and the stream goes on", async () => {
  using world = createWorld();
  for (const history of [historyForward, historyBackward]) {
    const gaps: string[] = [];
    const sink = keepingSink();
    using file = openLog(world.fileName, world.folders);
    using _ = failingFrom(1);
    const onGap = (_path: string, reason: string): void => void gaps.push(reason);
    await history(file, {}, { pool, signal, sink, folders: world.folders, onGap });
    // The first page of a plain file is read by another call.
    assert.equal(gaps.length, 2);
    for (const gap of gaps) assert.match(gap, /^Cannot read the log at byte \d+: Input\/output error \(os error 5\)$/);
    const got = sink.records.map(({ message }) => message);
    assert.ok(got.length < 50 && got.every((message) => world.present().includes(message)), `${got}`);
  }
});

Deno.test("fault 64: reads that give a byte at a time give the same records", async () => {
  using world = createWorld();
  let short = 0;
  using _ = reading((real) => (descriptor, buffer, offset, length, position, done) => {
    // Not all of them: that would take a minute.
    const part = short++ % 50 === 0 ? Math.min(length, 64) : 1;
    real(descriptor, buffer, offset, part, position, done);
  });
  using file = openLog(world.fileName, world.folders);
  const options = { pool, signal, folders: world.folders };
  const forward = keepingSink();
  await historyForward(file, {}, { ...options, sink: forward });
  await streamForward(file, {}, { ...options, sink: forward });
  const backward = keepingSink();
  await streamBackward(file, {}, { ...options, sink: backward });
  await historyBackward(file, {}, { ...options, sink: backward });
  assert.deepEqual(forward.records.map(({ message }) => message), world.present());
  assert.deepEqual(backward.records, forward.records.toReversed());
  assert(short > 10_000);
});
