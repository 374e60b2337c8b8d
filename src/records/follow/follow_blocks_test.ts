import assert from "#assert";
import { createManualChanges } from "../../../tests/fakes/manual_changes.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { followWorld } from "../../../tests/support/followed_world.ts";
import { createLogWorld } from "../../../tests/support/log_world.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { openLog } from "../../logs/log_file.ts";
import { type BlockPool, createBlockPool } from "../scan/block_pool.ts";
import { followLog } from "./follow.ts";

const BLOCKS = 4;

/** How many blocks nobody holds. */
function freeBlocks(pool: BlockPool): number {
  using taken = new DisposableStack();
  let count = 0;
  for (let lent = pool.takeSpare(0); lent !== undefined; lent = pool.takeSpare(0)) {
    taken.use(lent);
    count++;
  }
  return count;
}

for (const when of ["before it follows", "while it follows", "in a rotated file"] as const) {
  Deno.test(`a follow whose client takes nothing holds no block: ${when}`, async () => {
    using world = createLogWorld();
    const pool = createBlockPool({ blocks: BLOCKS, blockBytes: 4096 });
    const writeMany = (): void => {
      for (let n = 0; n < 200; n++) world.write({ padding: 200 });
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    let sent = 0;
    const keeper = keepingSink();
    const sink = {
      send: (batch: Parameters<typeof keeper.send>[0]): number => {
        sent++;
        return keeper.send(batch);
      },
      ready: () => promise,
    };
    const isBefore = when === "before it follows";
    if (isBefore) writeMany();
    const starting = followWorld(world, { pool, sink });
    if (!isBefore) await starting;
    if (!isBefore) writeMany();
    if (when === "in a rotated file") {
      world.rotate();
      world.write();
    }
    const reading = isBefore ? starting : starting.then((following) => following.idle());
    await eventually("the first records are sent", () => sent > 0);
    await eventually("all blocks are free", () => freeBlocks(pool) === BLOCKS);
    resolve();
    await reading;
    await using following = await starting;
    await following.idle();
    assert.equal(keeper.records.length, world.written.length);
    assert.equal(freeBlocks(pool), BLOCKS);
  });
}

Deno.test("a thousand idle follows hold no block, also after a line to each", async () => {
  using world = createLogWorld();
  world.write();
  const pool = createBlockPool({ blocks: BLOCKS, blockBytes: 4096 });
  using changes = createManualChanges();
  const over = new AbortController();
  let idle = 0;
  let sent = 0;
  const sink = {
    send: ({ count }: { readonly count: number }): number => {
      sent += count;
      return count;
    },
    ready: () => Promise.resolve(),
  };
  const follows = Array.from({ length: 1000 }, () =>
    followLog(openLog(world.fileName, world.folders), {}, {
      from: "start",
      fileName: world.fileName,
      folders: world.folders,
      changes,
      pool,
      signal: over.signal,
      sink,
      onIdle: () => idle++,
    }));
  const ends = Promise.allSettled(follows);
  await eventually("a thousand follows are idle", () => idle === 1000);
  assert.equal(freeBlocks(pool), BLOCKS);
  world.write();
  changes.notify();
  await eventually("all have read the line", () => idle === 2000);
  assert.deepEqual([sent, freeBlocks(pool)], [2000, BLOCKS]);
  over.abort(new Error("over"));
  await ends;
  assert.deepEqual([changes.waiting(), freeBlocks(pool)], [0, BLOCKS]);
});
