/**
 * A log that was renamed while its writer goes on in the renamed file, before it opens the new one: nothing is lost.
 */
import assert from "#assert";
import { createManualChanges } from "../../tests/fakes/manual_changes.ts";
import { createLogWorld, type LogWorld } from "../../tests/support/log_world.ts";
import { keepingSink } from "../../tests/support/memory_log.ts";
import { openLog } from "../logs/log_file.ts";
import { mayGrow } from "../logs/recent_rotation.ts";
import { openingOf } from "../logs/log_opening.ts";
import { rotatedFiles } from "../logs/rotated_files.ts";
import type { Handoff } from "./handoff.ts";
import type { LogPosition } from "./log_position.ts";
import { createBlockPool } from "./scan/block_pool.ts";
import { streamLog, type StreamQuery } from "./stream.ts";

const DEADLINE_MS = 60_000;
const pool = createBlockPool({ blockBytes: 4096 });

function createRenamed(): { world: LogWorld; reopen: () => void } {
  const world = createLogWorld();
  for (let line = 0; line < 60; line++) world.write({ padding: 200 });
  return { world, reopen: world.rename() };
}

function handoffOf(ends: LogPosition[] = []): Handoff {
  return {
    beginFollow: () => ({ [Symbol.dispose]: () => {} }),
    openFollows: () => [],
    noteEnd: (position) => void ends.push(position),
    recentEnd: () => ends[0],
  };
}

/** A stream of the log; `onBatch` is called after each batch with the number of records. */
function start(
  world: LogWorld,
  query: StreamQuery,
  { handoff, onBatch }: { readonly handoff?: Handoff; readonly onBatch?: (records: number) => void } = {},
): {
  readonly over: Promise<void>;
  readonly messages: () => string[];
  readonly gaps: string[];
  readonly changes: ReturnType<typeof createManualChanges>;
  readonly stop: () => void;
  readonly sent: (count: number) => Promise<void>;
} {
  const cancel = new AbortController();
  const changes = createManualChanges();
  const gaps: string[] = [];
  let wake = Promise.withResolvers<void>();
  const sink = keepingSink({
    batchRows: 5,
    onBatch: () => {
      onBatch?.(sink.records.length);
      wake.resolve();
    },
  });
  const { fileName, folders } = world;
  const onGap = (_path: string, reason: string): void => void gaps.push(reason);
  const { signal } = cancel;
  const options = { sink, pool, changes, fileName, folders, signal, onGap, handoff };
  const over = streamLog(openLog(fileName, folders), query, options);
  over.catch(() => {});
  return {
    over,
    gaps,
    changes,
    messages: () => sink.records.map(({ message }) => message),
    stop: () => cancel.abort(new Error("stopped")),
    sent: async (count) => {
      const deadline = AbortSignal.timeout(DEADLINE_MS);
      const failed = Promise.withResolvers<never>();
      failed.promise.catch(() => {});
      deadline.addEventListener(
        "abort",
        () => failed.reject(new Error(`${sink.records.length} of ${count} records after ${DEADLINE_MS} ms`)),
      );
      const early = over.then(() => Promise.reject(new Error(`over after ${sink.records.length} records`)));
      early.catch(() => {});
      while (sink.records.length < count) {
        wake = Promise.withResolvers();
        await Promise.race([wake.promise, failed.promise, early]);
      }
    },
  };
}

for (const [how, handoff] of Object.entries({ alone: undefined, "that catches up with follows": handoffOf() })) {
  for (const isReopened of [true, false]) {
    const then = isReopened ? "and then to the new one" : "only";
    Deno.test(`a forward stream ${how}, while the old writer writes to the renamed file ${then}, has no hole`, async () => {
      const { world, reopen } = createRenamed();
      using _ = world;
      let isDone = false;
      const stream = start(world, { direction: "forward" }, {
        ...handoff && { handoff },
        onBatch: (records) => {
          if (isDone || records < 60) return;
          // The last of what the renamed file held when it was listed was sent just now.
          isDone = true;
          for (let line = 0; line < 10; line++) world.write();
          if (isReopened) reopen();
          for (let line = 0; line < 10; line++) world.write();
        },
      });
      await stream.over;
      const got = stream.messages();
      assert.deepEqual(got, world.written.slice(0, got.length));
      assert.ok(got.length >= 70, `${got.length} records`);
      assert.deepEqual(stream.gaps, []);
    });
  }

  Deno.test(`a forward stream ${how} sends late what is written to the renamed file after the new one was begun`, async () => {
    const { world, reopen } = createRenamed();
    using _ = world;
    reopen();
    for (let line = 0; line < 10; line++) world.write();
    let isDone = false;
    const stream = start(world, { direction: "forward" }, {
      ...handoff && { handoff },
      onBatch: (records) => {
        if (isDone || records < 70) return;
        isDone = true;
        const [rotated = ""] = world.rotated();
        Deno.writeTextFileSync(rotated, "2025-03-04T05:06:08Z stdout F late\n", { append: true });
      },
    });
    await stream.over;
    assert.deepEqual(stream.messages(), [...world.written, "late"]);
    assert.deepEqual(stream.gaps, []);
  });
}

Deno.test("a forward stream under which the log is renamed goes on in the renamed file, and never past a hole", async () => {
  for (const isReopened of [false, true]) {
    using world = createLogWorld();
    for (let line = 0; line < 60; line++) world.write({ padding: 200 });
    const ends: LogPosition[] = [];
    let reopen: (() => void) | undefined;
    const stream = start(world, { direction: "forward" }, {
      handoff: handoffOf(ends),
      onBatch: (records) => {
        if (reopen !== undefined && isReopened && records >= 60 && world.written.length < 80) {
          for (let line = 0; line < 10; line++) world.write();
          reopen();
          for (let line = 0; line < 10; line++) world.write();
        }
        reopen ??= world.rename();
      },
    });
    await stream.over;
    const got = stream.messages();
    assert.deepEqual(got, world.written.slice(0, got.length));
    // What is written from then on is a follow's.
    const follow = start(world, { direction: "forward", follow: "end" }, { handoff: handoffOf(ends) });
    for (let line = 0; line < 5; line++) world.write();
    if (!isReopened) reopen?.();
    world.write();
    follow.changes.notify("event");
    await follow.sent(world.written.length - got.length);
    assert.deepEqual([...got, ...follow.messages()], world.written);
    follow.stop();
    await assert.rejects(follow.over, /stopped/);
  }
});

Deno.test("a forward stream that goes along with a rotation tells what is written to the file that it has left", async () => {
  using world = createLogWorld();
  for (let line = 0; line < 60; line++) world.write({ padding: 200 });
  let isDone = false;
  const stream = start(world, { direction: "forward" }, {
    handoff: handoffOf(),
    onBatch: (records) => {
      if (records === 5) {
        world.rotate({ late: 2 });
        for (let line = 0; line < 10; line++) world.write();
      }
      if (isDone || records < 67) return;
      isDone = true;
      const [rotated = ""] = world.rotated();
      Deno.writeTextFileSync(rotated, "2025-03-04T05:06:08Z stdout F late\n", { append: true });
    },
  });
  await stream.over;
  assert.deepEqual(stream.messages(), world.written);
  assert.deepEqual(stream.gaps, ["it was written to after it was read"]);
});

Deno.test("a follow from the end has what the old writer writes to the renamed file from then on", async () => {
  const { world, reopen } = createRenamed();
  using _ = world;
  const stream = start(world, { direction: "forward", follow: "end" });
  for (let line = 0; line < 10; line++) world.write();
  reopen();
  for (let line = 0; line < 10; line++) world.write();
  stream.changes.notify("event");
  await stream.sent(20);
  assert.deepEqual(stream.messages(), world.written.slice(60));
  stream.stop();
  await assert.rejects(stream.over, /stopped/);
});

Deno.test("a follow from the start has what the old writer writes to the renamed file after that was read", async () => {
  const { world, reopen } = createRenamed();
  using _ = world;
  let isDone = false;
  const stream = start(world, { direction: "forward", follow: "start" }, {
    onBatch: (records) => {
      if (isDone || records < 60) return;
      isDone = true;
      for (let line = 0; line < 10; line++) world.write();
      reopen();
      for (let line = 0; line < 10; line++) world.write();
    },
  });
  await stream.sent(80);
  assert.deepEqual(stream.messages(), world.written);
  stream.stop();
  await assert.rejects(stream.over, /stopped/);
});

Deno.test("a backward stream and the follow after it have each line of the old writer once", async () => {
  const { world, reopen } = createRenamed();
  using _ = world;
  const ends: LogPosition[] = [];
  const backward = start(world, { direction: "backward" }, {
    handoff: handoffOf(ends),
    onBatch: (records) => {
      if (records === 5) world.write();
    },
  });
  world.write();
  await backward.over;
  const got = backward.messages().reverse();
  assert.deepEqual(got, world.written.slice(0, got.length));
  world.write();
  const follow = start(world, { direction: "forward", follow: "end" }, { handoff: handoffOf(ends) });
  world.write();
  reopen();
  world.write();
  follow.changes.notify("event");
  await follow.sent(world.written.length - got.length);
  assert.deepEqual([...got, ...follow.messages()], world.written);
  follow.stop();
  await assert.rejects(follow.over, /stopped/);
});

Deno.test("a rotation that is old costs a stream nothing: the system is asked for nothing more", () => {
  const { world, reopen } = createRenamed();
  using _ = world;
  reopen();
  world.write();
  const [path = ""] = world.rotated();
  using live = openLog(world.fileName, world.folders);
  const opening = openingOf(live);
  const asked = (): never => {
    throw new Error("the system is asked");
  };
  const unasked = { ...live, state: asked, size: asked, peek: asked, read: asked };
  const growing = (): number => rotatedFiles(live.path).filter((one) => mayGrow(one, unasked, opening)).length;
  assert.equal(growing(), 1, "a moment ago");
  const old = new Date(Date.now() - 60_000);
  Deno.utimeSync(path, old, old);
  assert.equal(growing(), 0, "a minute ago");
});
