import assert from "#assert";
import { createManualChanges, type ManualChanges } from "../../../tests/fakes/manual_changes.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { openLog } from "../../logs/log_file.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { followLog } from "./follow.ts";
import { LogLossError } from "./log_loss.ts";
import { historyForward } from "../history/history.ts";

const pool = createBlockPool({ blockBytes: 64 * 1024 });

/** As the kubelet is set up by default: a log and its four last rotated files. */
const ROTATED_FILES = 4;
const ROTATIONS = 100;
/** A thousand lines a second, ten rotations a second. */
const LINES = 100;
const ROTATION_MS = 100;

/** A follow whose client takes records, or does not. */
interface Client extends Disposable {
  readonly world: LogWorld;
  readonly changes: ManualChanges;
  readonly gaps: string[];
  readonly over: Promise<void>;
  got(): string[];
  finals(): boolean[];
  stall(): void;
  /** Takes records again, until all that is known of has been read. */
  takeAll(): Promise<void>;
}

function followed(clock: () => number): Client {
  const stack = new DisposableStack();
  const world = stack.use(createLogWorld());
  const changes = stack.use(createManualChanges());
  const sink = keepingSink({ batchRows: 50 });
  const cancel = new AbortController();
  const gaps: string[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  let idle = Promise.withResolvers<void>();
  const over = followLog(openLog(world.fileName, world.folders), {}, {
    from: "start",
    fileName: world.fileName,
    folders: world.folders,
    changes,
    clock,
    pool,
    signal: cancel.signal,
    sink: { send: (batch) => sink.send(batch), ready: () => gate?.promise ?? Promise.resolve() },
    onIdle: () => idle.resolve(),
    onGap: (_path, reason) => gaps.push(reason),
  });
  over.catch(() => {});
  return {
    world,
    changes,
    gaps,
    over,
    got: () => sink.records.map(({ message }) => message),
    finals: () => sink.records.map(({ final }) => final),
    stall: () => void (gate ??= Promise.withResolvers<void>()),
    takeAll: async () => {
      gate?.resolve();
      gate = undefined;
      idle = Promise.withResolvers<void>();
      changes.notify();
      await Promise.race([idle.promise, over]);
    },
    [Symbol.dispose]: () => {
      cancel.abort();
      stack.dispose();
    },
  };
}

/** What the kubelet does with a log that has grown too large. */
function rotate(world: LogWorld): void {
  for (let line = 0; line < LINES; line++) world.write({ padding: 50 });
  world.rotate();
  world.compress();
  while (world.rotated().length > ROTATED_FILES) world.removeOldest([]);
}

Deno.test("three logs that are rotated a hundred times, compressed and removed: a client that takes nothing for five seconds at a time gets each line once and in order", async () => {
  let clockMs = 0;
  using a = followed(() => clockMs);
  using b = followed(() => clockMs);
  using c = followed(() => clockMs);
  for (let rotation = 0; rotation < ROTATIONS; rotation++) {
    clockMs += ROTATION_MS;
    for (const [index, client] of [a, b, c].entries()) {
      rotate(client.world);
      // The first takes records all the time; the others stop at different times, for fifty rotations.
      const isStalled = index > 0 && (rotation + index) % 60 >= 10;
      if (isStalled) client.stall();
      client.changes.notify(rotation % 10 === 0 ? "poll" : "event");
      if (!isStalled) await client.takeAll();
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }
  for (const client of [a, b, c]) {
    client.world.write();
    await client.takeAll();
    const got = client.got();
    assert.equal(got.length, ROTATIONS * LINES + 1);
    assert.deepEqual(got, client.world.written);
    assert.deepEqual(client.gaps, []);
    client.world.removeLink();
    client.changes.notify("poll");
    clockMs += 3000;
    client.changes.notify("poll");
    await client.over;
  }
});

Deno.test("a client that takes nothing while more files are rotated than are held gets the size of what it has not got", async () => {
  using client = followed(() => 0);
  const { world, changes } = client;
  client.stall();
  let isOver = false;
  client.over.catch(() => void (isOver = true));
  for (let rotation = 0; rotation < 64; rotation++) {
    await new Promise((resolve) => setImmediate(resolve));
    assert(!isOver, "64 files may be held");
    rotate(world);
    // Some are compressed before they are seen: they count with what they hold.
    if (![1, 2].includes(rotation % 4)) changes.notify();
  }
  // Now it is 64 rotated files and the log.
  const line = "2025-03-04T05:06:07.000000001Z stdout F \n".length;
  const bytes = world.written.reduce((sum, message) => sum + line + message.length, 0);
  await assert.rejects(client.over, (error: Error) => {
    assert(error instanceof LogLossError);
    assert.equal(
      error.message,
      `Cannot hold rotated files any longer: ${bytes} bytes in 65 files were not read`,
    );
    return true;
  });
});

Deno.test("the same for as long as the client takes some now and then: files that it has read count no longer", async () => {
  using client = followed(() => 0);
  for (let burst = 0; burst < 3; burst++) {
    client.stall();
    for (let rotation = 0; rotation < 60; rotation++) {
      rotate(client.world);
      client.changes.notify();
    }
    await client.takeAll();
    assert.equal(client.got().length, (burst + 1) * 60 * LINES);
  }
  assert.deepEqual(client.got(), client.world.written);
});

Deno.test("a log that is rotated while a follow of it begins is read without a gap: 200 times", async () => {
  for (let run = 0; run < 200; run++) {
    using world = createLogWorld();
    using changes = createManualChanges();
    const moments = [run % 4, run % 7, run % 11];
    const happens = (moment: number): void => {
      for (const at of moments) {
        if (at !== moment) continue;
        world.write();
        world.rotate({ late: run % 3 });
        if (run % 5 === 0) world.compress();
        changes.notify(run % 2 === 0 ? "event" : "poll");
      }
    };
    world.write();
    happens(0);
    const file = openLog(world.fileName, world.folders);
    happens(1);
    const sink = keepingSink();
    const cancel = new AbortController();
    const { signal } = cancel;
    let idle = Promise.withResolvers<void>();
    const following = followLog(file, {}, {
      from: "start",
      fileName: world.fileName,
      folders: world.folders,
      changes,
      pool,
      signal,
      sink,
      before: (options) => historyForward(file, {}, { ...options, folders: world.folders }),
      onIdle: () => idle.resolve(),
    });
    following.catch(() => {});
    for (let moment = 2; moment < 11; moment++) {
      happens(moment);
      await new Promise((resolve) => setImmediate(resolve));
    }
    world.write();
    idle = Promise.withResolvers<void>();
    changes.notify();
    await idle.promise;
    assert.deepEqual(sink.records.map(({ message }) => message), world.written, `run ${run}`);
    cancel.abort();
    await following.catch(() => {});
  }
});

Deno.test("the parts of a message that a rotation has put into two files are records of their own, in order", async () => {
  using client = followed(() => 0);
  const { world } = client;
  world.write({ tag: "P" });
  world.rotate();
  world.write({ tag: "F" });
  await client.takeAll();
  assert.deepEqual(client.got(), world.written);
  assert.deepEqual(client.finals(), [false, true]);
});
