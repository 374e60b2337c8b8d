import assert from "#assert";
import { createBlockPool } from "../scan/block_pool.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { basename } from "node:path";
import { type FollowedWorld, followWorld, type FollowWorldOptions } from "../../../tests/support/followed_world.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { replaced, systemError } from "../../../tests/support/replaced.ts";
import { LogLossError } from "./log_loss.ts";
import type { RecordQuery } from "../query.ts";
import { ticks } from "../../../tests/support/ticks.ts";

const pool = createBlockPool({ blockBytes: 4096 });

function follow(
  world: LogWorld,
  query: RecordQuery = {},
  options: Omit<FollowWorldOptions, "query"> = {},
): Promise<FollowedWorld> {
  return followWorld(world, { ...options, query });
}

const MAY_BE_LOST = "files that came after it may have been removed before they were read";

/** Whether an error tells this loss. */
function lossOf(what: string): (error: Error) => boolean {
  return (error) => {
    assert(error instanceof LogLossError);
    assert.equal(error.message, `Cannot send all that was written to the log: ${what}`);
    return true;
  };
}

Deno.test("a follow ends when the link of its log has been away for three seconds, with all that was written", async () => {
  using world = createLogWorld();
  await using following = await follow(world);
  world.write();
  world.writeHalf();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  world.removeLink();
  following.pass(0);
  following.pass(2999);
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written, "not gone yet");
  following.pass(1);
  await following.over;
  assert.deepEqual(following.got(), world.written);
});

Deno.test("a follow checks by itself whether a link that is away has come back, and ends when it has not", async () => {
  using world = createLogWorld();
  await using following = await follow(world, {}, { clock: () => performance.now(), goneMs: 2 });
  world.write();
  world.removeLink();
  following.changes.notify("event");
  await following.over;
  assert.deepEqual(following.got(), world.written);
});

Deno.test("a follow waits while the link's target is missing, and ends when the file was deleted and none has come", async () => {
  using world = createLogWorld();
  world.write();
  await using following = await follow(world);
  world.rotateBack(() => {
    following.pass(50_000);
    following.pass(9_999);
  });
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  await Deno.remove(world.path());
  following.pass(0);
  following.pass(3000);
  await following.over;
});

Deno.test("the unfinished last line of a container that is gone is sent", async () => {
  using world = createLogWorld();
  await using following = await follow(world);
  await Deno.writeTextFile(world.path(), "2025-03-04T05:06:07Z stdout P begun", { append: true });
  await following.idle();
  assert.deepEqual(following.got(), []);
  world.removeLink();
  following.pass(0);
  following.pass(3000);
  await following.over;
  assert.deepEqual(following.got(), ["begun"]);
});

Deno.test("a half-written line is sent once, when its line feed is there", async () => {
  using world = createLogWorld();
  await using following = await follow(world);
  world.writeHalf();
  await following.idle();
  await following.idle();
  assert.deepEqual(following.got(), []);
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  assert.equal(world.written.length, 2);
});

Deno.test("a follow from the end begins with the next whole line, whether or not the rest of the one at the end comes with it", async () => {
  for (const isTogether of [true, false]) {
    using world = createLogWorld();
    world.write();
    world.writeHalf();
    await using following = await follow(world, {}, { from: "end" });
    world.write();
    if (!isTogether) await following.idle();
    world.write();
    await following.idle();
    assert.deepEqual(following.got(), world.written.slice(2));
  }
});

Deno.test("what is written to a file after the next one has begun is sent, too", async () => {
  using world = createLogWorld();
  world.write();
  await using following = await follow(world);
  world.rotate();
  world.write();
  await following.idle();
  const [old = ""] = world.rotated();
  await Deno.writeTextFile(old, "2025-03-04T05:06:07Z stdout F late\n", { append: true });
  await following.idle();
  assert.deepEqual(following.got(), [...world.written, "late"]);
});

/** Rotates a log so many times, with lines in each file, unseen by anybody. */
function rotateUnseen(world: LogWorld, rotations: number): void {
  for (let n = 0; n < rotations; n++) {
    for (let line = 0; line < 3; line++) world.write({ padding: 30 * n });
    world.rotate();
  }
  world.write();
}

Deno.test("files that were rotated and compressed before they were seen are read", async () => {
  using world = createLogWorld();
  const gaps: string[] = [];
  world.write();
  await using following = await follow(world, {}, { onGap: (_path, reason) => gaps.push(reason) });
  rotateUnseen(world, 4);
  world.compress();
  assert.equal(world.rotated().filter((path) => path.endsWith(".gz")).length, 3);
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  rotateUnseen(world, 2);
  world.compress();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  assert.deepEqual(gaps, []);
});

Deno.test("a compressed file that was damaged before it was seen costs what cannot be read of it, and is reported", async () => {
  using world = createLogWorld();
  const gaps: string[] = [];
  await using following = await follow(world, {}, {
    onGap: (path, reason) => gaps.push(`${basename(path)}: ${reason}`),
  });
  rotateUnseen(world, 3);
  world.compress();
  const [, second = ""] = world.rotated();
  await Deno.truncate(second, (await Deno.stat(second)).size - 30);
  const loss = `${basename(second)}: it is damaged, or too long: 48 bytes of its content could be read`;
  await assert.rejects(following.idle(), lossOf(loss));
  assert.deepEqual(gaps, [loss]);
  assert.deepEqual(following.got().slice(0, 3), world.written.slice(0, 3));
  assert.deepEqual(following.got().slice(-4), world.written.slice(-4));
});

Deno.test("files that were rotated and removed before they were seen are reported, and what was open is read", async () => {
  using world = createLogWorld();
  const gaps: string[] = [];
  world.write();
  await using following = await follow(world, {}, { onGap: (_path, reason) => gaps.push(reason) });
  rotateUnseen(world, 4);
  world.compress();
  const [first = "", second = ""] = world.rotated();
  for (const path of [first, second]) await Deno.remove(path);
  await assert.rejects(following.idle(), lossOf(`0.log: ${MAY_BE_LOST}`));
  assert.deepEqual(following.got(), world.written.filter((_, at) => at < 4 || at >= 7));
  assert.deepEqual(gaps, [MAY_BE_LOST]);
});

Deno.test("a compressed file without content is not taken for an empty one that was followed: what is missing is reported", async () => {
  using world = createLogWorld();
  const gaps: string[] = [];
  await using following = await follow(world, {}, { onGap: (_path, reason) => gaps.push(reason) });
  world.replace();
  world.write();
  world.rotate();
  world.rotate();
  world.rotate();
  world.removeOldest([]);
  world.compress();
  world.write();
  await assert.rejects(following.idle(), lossOf(`0.log: ${MAY_BE_LOST}`));
  assert.deepEqual(following.got(), world.written.slice(1));
  assert.deepEqual(gaps, [MAY_BE_LOST]);
});

Deno.test("a file that has its name again goes on from where it was retired", async () => {
  using world = createLogWorld();
  const first = world.path();
  const link = `${world.folders.containerLogsDir}/${world.fileName}`;
  world.write();
  await using following = await follow(world);
  world.swapLink();
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  for (const polls of [0, 1, 4]) {
    // Right after it was retired, and after it was closed.
    for (let n = 0; n < polls; n++) {
      following.pass(0);
      await following.idle();
    }
    const before = following.got();
    const target = await Deno.readLink(link);
    await Deno.remove(link);
    await Deno.symlink(first, link);
    await Deno.writeTextFile(first, `2025-03-04T05:06:07Z stdout F back ${polls}\n`, { append: true });
    await following.idle();
    assert.deepEqual(following.got(), [...before, `back ${polls}`]);
    await Deno.remove(link);
    await Deno.symlink(target, link);
    await following.idle();
    assert.deepEqual(following.got(), [...before, `back ${polls}`]);
  }
});

Deno.test("a file that got the inode of one that was retired is read from its start", async () => {
  using world = createLogWorld();
  world.write({ padding: 100 });
  await using following = await follow(world);
  world.rotate();
  world.write();
  await following.idle();
  for (let polls = 0; polls < 4; polls++) {
    following.pass(0);
    await following.idle();
  }
  // As if the file system had given its number to another file, which has the same bytes before the offset that was
  // reached.
  const [old = ""] = world.rotated();
  const text = await Deno.readTextFile(old);
  await Deno.writeTextFile(old, text.replace("line 1", "line A"));
  await Deno.rename(old, world.path());
  await following.idle();
  assert.deepEqual(following.got(), [...world.written, `line A ${"x".repeat(100)}.`]);
});

Deno.test("a stat that fails does not end a follow, unless it fails for a minute", async () => {
  using world = createLogWorld();
  await using following = await follow(world);
  const fail = (): never => {
    throw systemError("ESTALE");
  };
  {
    using _ = replaced(Deno, "statSync", fail);
    world.write();
    await following.idle();
    assert.deepEqual(following.got(), world.written);
    following.pass(59_999);
  }
  world.rotate();
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  using _ = replaced(Deno, "statSync", fail);
  following.pass(0);
  following.pass(60_000);
  await assert.rejects(following.over, /ESTALE/);
});

Deno.test("a file that was cut begins with NUL when its writer goes on where it was: its lines are sent", async () => {
  using world = createLogWorld();
  let cuts = 0;
  for (let n = 0; n < 100; n++) world.write();
  await using following = await follow(world, {}, { onCut: () => cuts++ });
  const { size } = await Deno.stat(world.path());
  await Deno.truncate(world.path());
  const file = await Deno.open(world.path(), { write: true });
  await file.seek(size, Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode("2025-03-04T05:06:07Z stdout F after the hole\n"));
  file.close();
  await following.idle();
  assert.deepEqual(following.got(), [...world.written, "after the hole"]);
  assert.equal(cuts, 1);
});

/**
 * Cuts a log and writes the same number of lines to it, so that its size and its time of change are those from
 * before.
 */
function rewrite(world: LogWorld): void {
  const { mtime } = Deno.statSync(world.path());
  const lines = world.written.length;
  world.truncate(world.written);
  for (let n = 0; n < lines; n++) world.write();
  Deno.utimeSync(world.path(), mtime ?? 0, mtime ?? 0);
}

/** Does something right after one of the calls that a follow makes to read a line; returns whether it made so many. */
async function struckAt(call: number, strike: (world: LogWorld, got: readonly string[]) => void): Promise<boolean> {
  using world = createLogWorld();
  for (let n = 0; n < 3; n++) world.write();
  let calls = Infinity;
  await using following = await follow(world, {}, {
    afterCall: () => {
      if (calls-- === 0) strike(world, following.got());
    },
  });
  world.write();
  calls = call;
  const struck = following.idle();
  const loss = await struck.then(() => {}, (error: unknown) => error);
  const isStruck = calls < 0;
  calls = Infinity;
  const got = following.got();
  if (loss !== undefined) {
    assert(loss instanceof LogLossError && /: 0\.log: it was cut before up to \d+ bytes/.test(loss.message));
    assert.deepEqual(got, world.written.filter((message) => got.includes(message)), `after call ${call}`);
    assert(world.optional.keys().some((message) => !got.includes(message)), `nothing is lost after call ${call}`);
    return isStruck;
  }
  world.write();
  await following.idle();
  assert.deepEqual(
    following.got(),
    world.written.filter((message, at) => !world.optional.has(message) || following.got()[at] === message),
    `after call ${call}`,
  );
  return isStruck;
}

for (const lines of [0, 1]) {
  Deno.test(`a file may be cut at any moment: what is written to it from then on is sent, ${lines} lines at once`, async () => {
    let call = 0;
    for (let isStruck = true; isStruck;) {
      assert(call < 10_000, "a stream makes a finite number of calls");
      isStruck = await struckAt(call++, (world, got) => {
        world.truncate(got);
        for (let n = 0; n < lines; n++) world.write();
      });
    }
    assert(call > 5);
  });
}

for (const kind of ["event", "poll"] as const) {
  Deno.test(`a file that was cut and has grown to the same size within one tick of its clock is read from its start: ${kind}`, async () => {
    using world = createLogWorld();
    let cuts = 0;
    for (let n = 0; n < 3; n++) world.write();
    await Deno.utime(world.path(), 1000, 1000);
    await using following = await follow(world, {}, { onCut: () => cuts++ });
    await following.idle(kind);
    rewrite(world);
    await following.idle(kind);
    assert.deepEqual(following.got(), world.written);
    assert.equal(cuts, 1);
  });
}

Deno.test("a line is read once, with what is before it, and its file checked once more to see that it was not cut", async () => {
  using world = createLogWorld();
  for (let n = 0; n < 3; n++) world.write();
  let calls = 0;
  await using following = await follow(world, {}, { afterCall: () => calls++ });
  // The first one tells the format of all.
  world.write();
  await following.idle();
  world.write();
  calls = 0;
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  assert.equal(calls, 2);
});

Deno.test("a start later than all records is waited for", async () => {
  using world = createLogWorld();
  world.write();
  const start = { seconds: Date.UTC(2025, 2, 4, 6) / 1000, nanos: 0 };
  await using following = await follow(world, { start });
  world.write();
  await Deno.writeTextFile(world.path(), "2025-03-04T06:00:00Z stdout F later\n", { append: true });
  await following.idle();
  assert.deepEqual(following.got(), ["later"]);
});

Deno.test("a stop ends a follow two seconds after the clock has passed it", async () => {
  using world = createLogWorld();
  await using following = await follow(world, { stop: { seconds: 10, nanos: 0 } });
  await Deno.writeTextFile(
    world.path(),
    "1970-01-01T00:00:10Z stdout F in\n1970-01-01T00:00:11Z stdout F beyond\n",
    { append: true },
  );
  following.pass(11_999);
  await following.idle();
  assert.deepEqual(following.got(), ["in"]);
  await Deno.writeTextFile(world.path(), "1970-01-01T00:00:09Z stdout F just in time\n", { append: true });
  following.pass(1);
  await following.over;
  assert.deepEqual(following.got(), ["in", "just in time"]);
});

Deno.test("rotated files are held for a client that takes nothing, for a minute; then the loss is reported", async () => {
  using world = createLogWorld();
  await using following = await follow(world);
  const resume = following.pause();
  world.write();
  following.changes.notify();
  for (let rotation = 0; rotation < 3; rotation++) {
    world.rotate();
    world.write();
  }
  // The files are opened while the client takes nothing.
  await eventually("a first record", () => following.got().length > 0);
  following.changes.notify();
  await ticks();
  following.pass(59_999);
  resume();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  following.pause();
  world.write();
  following.changes.notify();
  await eventually("all records", () => following.got().length >= world.written.length);
  world.rotate();
  world.write();
  await assert.rejects(
    async () => {
      // Opened at some time after the notification.
      while (true) {
        following.pass(60_000);
        await Promise.race([following.over, new Promise((resolve) => setImmediate(resolve))]);
      }
    },
    (error: Error) =>
      error instanceof LogLossError &&
      /Cannot hold rotated files .*: \d+ bytes in 2 files .* within \d+ s$/.test(error.message),
  );
});

Deno.test("a search that finds nothing for minutes is no client that takes nothing", async () => {
  using world = createLogWorld();
  let pass = (): void => {};
  const slow = {
    ...pool,
    take: (options: { readonly signal: AbortSignal }) => {
      pass();
      return pool.take(options);
    },
  };
  await using following = await follow(world, { start: { seconds: 4e9, nanos: 0 } }, { pool: slow });
  rotateUnseen(world, 3);
  pass = () => following.pass(40_000);
  await following.idle();
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), []);
});

Deno.test("a follow that is cancelled while its client takes nothing closes its files", async () => {
  using world = createLogWorld();
  const following = await follow(world);
  following.pause();
  world.write();
  following.changes.notify();
  await following[Symbol.asyncDispose]();
  await assert.rejects(following.over, /over/);
});
