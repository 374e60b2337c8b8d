import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { gzipSync } from "node:zlib";
import { type FollowedWorld, followWorld } from "../../../tests/support/followed_world.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { openAt, openLog } from "../../logs/log_file.ts";
import { asCopy } from "./copies.ts";
import { LogLossError } from "./log_loss.ts";
import { Cursor } from "./cursor.ts";

/** A client that has taken one record, and takes no more: two lines are read, and one that is written later is not. */
async function stalled(world: LogWorld, following: FollowedWorld): Promise<() => void> {
  const resume = following.pause();
  world.write();
  const reading = following.idle();
  await eventually("a first record", () => following.got().length > 0);
  for (let n = 0; n < 3; n++) world.write();
  following.pass(0);
  return () => {
    resume();
    // Who waits for the end of it gets the error there.
    reading.catch(() => {});
  };
}

Deno.test("a log that is cut before it was read, without a copy: the follow ends with what was lost, after what is there", async () => {
  using world = createLogWorld();
  await using following = await followWorld(world);
  const resume = await stalled(world, following);
  world.truncate(following.got());
  world.write();
  resume();
  await assert.rejects(following.over, (error: Error) => {
    assert(error instanceof LogLossError);
    const lost = 3 * "2025-03-04T05:06:07.000000001Z stdout F line 1 .\n".length;
    assert.equal(
      error.message,
      `Cannot send all that was written to the log: 0.log: it was cut before up to ${lost} bytes of it were read`,
    );
    return true;
  });
  assert.deepEqual(following.got(), [world.written[0], world.written.at(-1)]);
  assert.deepEqual([following.cuts(), following.gaps.length], [1, 1]);
});

Deno.test("a log that is cut after all that is known of was read: the follow goes on, and what may be lost is reported", async () => {
  using world = createLogWorld();
  await using following = await followWorld(world);
  world.write();
  await following.idle();
  world.truncate(following.got());
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  assert.deepEqual(following.problems, ["it was cut: what was written to it and not read by then is lost"]);
  assert.deepEqual([following.cuts(), following.gaps.length], [1, 0]);
});

/** What becomes of the copy of a log that is cut before the follow has seen the cut. */
const COPIES: Readonly<Record<string, (world: LogWorld) => void>> = {
  "as it is": () => {},
  "compressed": (world) => {
    world.rotate();
    world.write();
    world.compress();
  },
  "taken for a file that came after the log": (world) => {
    world.rotate();
    world.write();
  },
};

for (const [what, then] of Object.entries(COPIES)) {
  Deno.test(`what was cut and not read is read from the copy, once and in order: ${what}`, async () => {
    using world = createLogWorld();
    await using following = await followWorld(world);
    const resume = await stalled(world, following);
    world.copyAndCut({ delivered: following.got() });
    world.write();
    then(world);
    resume();
    await following.idle();
    assert.deepEqual(following.got(), world.written);
    // The copy is known now, whatever becomes of it.
    world.rotate();
    world.write();
    world.compress();
    await following.idle();
    assert.deepEqual(following.got(), world.written);
    assert.deepEqual([following.cuts(), following.gaps, following.problems], [1, [], []]);
  });
}

Deno.test("records that were sent of a log before it was cut under the reader do not come again from the copy", async () => {
  for (const batch of [1, 2, 3]) {
    using world = createLogWorld();
    for (let n = 0; n < 8; n++) world.write({ padding: 1000 });
    let sent = 0;
    const got: string[] = [];
    await using following = await followWorld(world, {
      sink: {
        send: ({ count }) => {
          sent += Math.min(count, batch);
          return Math.min(count, batch);
        },
        ready: () => {
          if (sent >= 4 && got.length === 0) {
            got.push("cut");
            world.copyAndCut({ delivered: [] });
            world.write();
          }
          return Promise.resolve();
        },
      },
    });
    await following.idle();
    assert.equal(sent, 9, `in batches of ${batch}`);
    assert.deepEqual(following.gaps, []);
  }
});

Deno.test("a file that is cut right after it was checked is known by what was read then: its copy is not read again", async () => {
  using world = createLogWorld();
  await using following = await followWorld(world);
  world.write();
  await following.idle();
  world.truncate(following.got());
  await following.idle();
  for (let n = 0; n < 3; n++) world.write();
  // While the first of them is on its way.
  const resume = following.pause();
  const reading = following.idle();
  await eventually("two records", () => following.got().length >= 2);
  world.copyAndCut({ delivered: following.got() });
  world.write();
  world.rotate();
  world.write();
  resume();
  await reading;
  await following.idle();
  assert.deepEqual(following.got(), world.written);
});

/** Lines that hardly compress, as many as are asked for. */
function noisyLines(count: number, seed: number): string {
  const random = createRandom(seed);
  const noise = (): string => Array.from({ length: 100 }, () => random.int(36).toString(36)).join("");
  return Array.from({ length: count }, () => `2025-03-04T05:06:07.000000001Z stdout F ${noise()}\n`).join("");
}

Deno.test("a compressed file that begins like a log that was cut, and holds something else: what was cut is lost, not skipped in silence", async () => {
  using world = createLogWorld();
  const same = noisyLines(100, 1);
  await Deno.writeTextFile(world.path(), same + noisyLines(50, 2));
  await using following = await followWorld(world);
  assert.equal(following.got().length, 150);
  await Deno.writeFile(`${world.path()}-20250304.gz`, gzipSync(same + noisyLines(60, 3)));
  world.truncate(following.got());
  world.write();
  await assert.rejects(following.idle(), (error: Error) => {
    assert(error instanceof LogLossError);
    assert.match(
      error.message,
      /0\.log-20250304\.gz: it is no copy of the log that was cut: what was not read of that is lost$/,
    );
    return true;
  });
  assert.deepEqual(following.got().slice(150), world.written);
  assert.equal(following.gaps.length, 1);
});

Deno.test("a file is no copy of one of which less than a time is known", () => {
  using world = createLogWorld();
  world.write();
  world.rotate();
  const [older = ""] = world.rotated();
  for (const [text, isCopy] of [["2025-03", false], [Deno.readTextFileSync(older), true]] as const) {
    Deno.writeTextFileSync(world.path(), text);
    using log = openLog(world.fileName, world.folders);
    using other = openAt(older, world.folders);
    const cursor = new Cursor(log);
    // Remembers the first bytes.
    cursor.moveTo(0);
    assert.equal(asCopy(cursor, other, { isGzipped: false }) !== undefined, isCopy, text);
    Deno.writeFileSync(`${older}.gz`, gzipSync(Deno.readFileSync(older)));
    using gzipped = openAt(`${older}.gz`, world.folders);
    assert.equal(asCopy(cursor, gzipped, { isGzipped: true }) !== undefined, isCopy, text);
  }
});

Deno.test("a log that was cut and rotated before it was checked: history that was compressed meanwhile is not read as new", async () => {
  using world = createLogWorld({ kind: "logrotate" });
  for (let n = 0; n < 3; n++) {
    world.write();
    world.rotate();
  }
  world.write();
  await using following = await followWorld(world);
  assert.deepEqual(following.got(), world.written.slice(3));
  world.compress();
  world.copyAndCut({ delivered: following.got() });
  world.rotate({ delivered: following.got() });
  world.write();
  await following.idle();
  assert.deepEqual(following.got(), world.written.slice(3));
  assert.deepEqual(following.gaps, []);
});
