import assert from "#assert";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { createResourcePool, type Lent } from "./resource_pool.ts";
import { assignShare, type Share } from "./share.ts";

const { signal } = new AbortController();

/** Whether a promise is settled, once everything that can run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return await Promise.race([promise.catch(() => {}), turn]) !== pending;
}

Deno.test("take() lends each resource to one caller at a time", async () => {
  const pool = createResourcePool(["a", "b"]);
  const lent = [await pool.take({ signal }), await pool.take({ signal })];
  assert.deepEqual(lent.map(({ item }) => item).sort(), ["a", "b"]);
  const waiting = pool.take({ signal });
  assert.ok(!await isSettled(waiting));
  lent[0]?.[Symbol.dispose]();
  assert.equal((await waiting).item, lent[0]?.item);
});

Deno.test("take() serves callers in their order", async () => {
  const pool = createResourcePool(["only"]);
  let holder: Lent<string> = await pool.take({ signal });
  const served: number[] = [];
  const waiting = [0, 1, 2].map(async (index) => {
    const lent = await pool.take({ signal });
    served.push(index);
    return lent;
  });
  for (const next of waiting) {
    holder[Symbol.dispose]();
    holder = await next;
  }
  assert.deepEqual(served, [0, 1, 2]);
});

Deno.test("disposing twice gives back once", async () => {
  const pool = createResourcePool(["only"]);
  const first = await pool.take({ signal });
  first[Symbol.dispose]();
  const second = await pool.take({ signal });
  first[Symbol.dispose]();
  assert.ok(!await isSettled(pool.take({ signal })));
  second[Symbol.dispose]();
});

Deno.test("take() rejects with the signal's reason, at once or while it waits, and the others move up", async () => {
  const pool = createResourcePool(["only"]);
  const reason = new Error("gone");
  await assert.rejects(pool.take({ signal: AbortSignal.abort(reason) }), reason);
  const holder = await pool.take({ signal });
  const controller = new AbortController();
  const leaving = pool.take({ signal: controller.signal });
  const staying = pool.take({ signal });
  controller.abort(reason);
  await assert.rejects(leaving, reason);
  holder[Symbol.dispose]();
  assert.equal((await staying).item, "only");
});

Deno.test("take() that was served is not disturbed by its signal afterwards", async () => {
  const pool = createResourcePool(["only"]);
  const holder = await pool.take({ signal });
  const controller = new AbortController();
  const waiting = pool.take({ signal: controller.signal });
  const behind = pool.take({ signal });
  holder[Symbol.dispose]();
  controller.abort(new Error("late"));
  const lent = await waiting;
  assert.ok(!await isSettled(behind));
  lent[Symbol.dispose]();
  assert.equal((await behind).item, "only");
});

Deno.test("takeSpare() lends only when more are free than are to be kept", async () => {
  const pool = createResourcePool(["a", "b", "c"]);
  const spare = pool.takeSpare(2);
  assert.ok(spare !== undefined);
  assert.equal(pool.takeSpare(2), undefined);
  await pool.take({ signal });
  assert.equal(pool.takeSpare(1), undefined);
  assert.notEqual(pool.takeSpare(0), undefined);
  assert.equal(pool.takeSpare(0), undefined);
});

Deno.test("begin() resolves at once while something is free, and keeps nothing", async () => {
  const pool = createResourcePool(["only"]);
  await pool.begin({ signal });
  await pool.begin({ signal });
  assert.equal((await pool.take({ signal })).item, "only");
});

/**
 * Lends one resource to `callers` that ask again and again, and to a new one; resolves to how many are served before
 * that.
 */
async function servedBeforeNew(callers: number): Promise<number> {
  const pool = createResourcePool(["only"]);
  const holder = await pool.take({ signal });
  let served = 0;
  let begun = false;
  const running = Array.from({ length: callers }, async () => {
    for (let again = 0; again < 5; again++) {
      using lent = await pool.take({ signal });
      if (!begun && lent.item === "only") served++;
    }
  });
  const isNew = pool.begin({ signal }).then(() => begun = true);
  holder[Symbol.dispose]();
  await Promise.all([...running, isNew]);
  return served;
}

Deno.test("begin() goes before running callers while these are few, after some of them when they are many, and never last", async () => {
  // One more may be served before the new one has noticed.
  assert.ok([0, 1].includes(await servedBeforeNew(15)));
  assert.ok([15, 16].includes(await servedBeforeNew(100)));
});

Deno.test("begin() rejects with the signal's reason while it waits", async () => {
  const pool = createResourcePool(["only"]);
  using _holder = await pool.take({ signal });
  const controller = new AbortController();
  const waiting = pool.begin({ signal: controller.signal });
  controller.abort(new Error("gone"));
  await assert.rejects(waiting, new Error("gone"));
});

Deno.test("a wait that is over leaves no listener, however it ended", async () => {
  const pool = createResourcePool(["only"]);
  const kept = countedSignal();
  const cancelled = countedSignal();
  const holder = await pool.take(kept);
  const waits = [pool.take(cancelled), pool.begin(cancelled), pool.take(kept)];
  assert.deepEqual([cancelled.listeners(), kept.listeners()], [2, 1]);
  cancelled.abort(new Error("gone"));
  const ends = await Promise.allSettled(waits.slice(0, 2));
  assert.deepEqual(ends.map(({ status }) => status), ["rejected", "rejected"]);
  holder[Symbol.dispose]();
  await waits[2];
  assert.deepEqual([cancelled.listeners(), kept.listeners()], [0, 0]);
});

/** Calls of many others after which another caller comes. */
const BEFORE = 200;

/** How many lends to a thousand others come before a caller who comes later and takes twice. */
async function lendsBefore(late: Share, othersShare: Share): Promise<number> {
  const pool = createResourcePool(["only"]);
  const holder = await pool.take({ signal });
  const others = new AbortController();
  assignShare(others.signal, othersShare);
  const caller = new AbortController();
  assignShare(caller.signal, late);
  const { promise: served, resolve: serve } = Promise.withResolvers<number>();
  let lends = 0;

  async function come(): Promise<number> {
    await pool.begin(caller);
    for (let times = 0; times < 2; times++) {
      using lent = await pool.take(caller);
      if (lent.item !== "only") return NaN;
    }
    return lends - BEFORE;
  }

  const running = Array.from({ length: 1_000 }, async () => {
    await pool.begin(others);
    for (;;) {
      using lent = await pool.take(others);
      if (lent.item === "only" && ++lends === BEFORE) serve(come());
    }
  });
  holder[Symbol.dispose]();
  const before = await served;
  others.abort(new Error("over"));
  await Promise.allSettled(running);
  assert.equal(pool.queued(), 0);
  return before;
}

Deno.test("a caller does not wait for the thousand streams of another, nor for those of another connection", async () => {
  const [one, two] = [{}, {}];
  const others = { identity: "alice", connection: one };
  const behind = await lendsBefore(others, others);
  assert.ok(behind > 1_000, `${behind} lends come before the last of one connection`);
  for (const late of [{ identity: "bob", connection: one }, { identity: "alice", connection: two }]) {
    const lends = await lendsBefore(late, others);
    assert.ok(lends <= 10, `${lends} lends come before ${late.identity}`);
  }
});
