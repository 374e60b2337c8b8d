import assert from "#assert";
import { createResourcePool, type Lent } from "./resource_pool.ts";

const { signal } = new AbortController();

/** Whether a promise is settled, once everything that can run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return await Promise.race([promise.catch(() => {}), turn]) !== pending;
}

Deno.test("take() lends each thing to one at a time", async () => {
  const lending = createResourcePool(["a", "b"]);
  const lent = [await lending.take({ signal }), await lending.take({ signal })];
  assert.deepEqual(lent.map(({ item }) => item).sort(), ["a", "b"]);
  const waiting = lending.take({ signal });
  assert.ok(!await isSettled(waiting));
  lent[0]?.[Symbol.dispose]();
  assert.equal((await waiting).item, lent[0]?.item);
});

Deno.test("take() serves those who wait in their order", async () => {
  const lending = createResourcePool(["only"]);
  let holder: Lent<string> = await lending.take({ signal });
  const served: number[] = [];
  const waiting = [0, 1, 2].map(async (index) => {
    const lent = await lending.take({ signal });
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
  const lending = createResourcePool(["only"]);
  const first = await lending.take({ signal });
  first[Symbol.dispose]();
  const second = await lending.take({ signal });
  first[Symbol.dispose]();
  assert.ok(!await isSettled(lending.take({ signal })));
  second[Symbol.dispose]();
});

Deno.test("take() rejects with the signal's reason, at once or while it waits, and the others move up", async () => {
  const lending = createResourcePool(["only"]);
  const reason = new Error("gone");
  await assert.rejects(lending.take({ signal: AbortSignal.abort(reason) }), reason);
  const holder = await lending.take({ signal });
  const controller = new AbortController();
  const leaving = lending.take({ signal: controller.signal });
  const staying = lending.take({ signal });
  controller.abort(reason);
  await assert.rejects(leaving, reason);
  holder[Symbol.dispose]();
  assert.equal((await staying).item, "only");
});

Deno.test("take() that was served is not disturbed by its signal afterwards", async () => {
  const lending = createResourcePool(["only"]);
  const holder = await lending.take({ signal });
  const controller = new AbortController();
  const waiting = lending.take({ signal: controller.signal });
  const behind = lending.take({ signal });
  holder[Symbol.dispose]();
  controller.abort(new Error("late"));
  const lent = await waiting;
  assert.ok(!await isSettled(behind));
  lent[Symbol.dispose]();
  assert.equal((await behind).item, "only");
});

Deno.test("takeSpare() lends only when more are free than are to be kept", async () => {
  const lending = createResourcePool(["a", "b", "c"]);
  const spare = lending.takeSpare(2);
  assert.ok(spare !== undefined);
  assert.equal(lending.takeSpare(2), undefined);
  await lending.take({ signal });
  assert.equal(lending.takeSpare(1), undefined);
  assert.notEqual(lending.takeSpare(0), undefined);
  assert.equal(lending.takeSpare(0), undefined);
});

Deno.test("begin() resolves at once while something is free, and keeps nothing", async () => {
  const lending = createResourcePool(["only"]);
  await lending.begin({ signal });
  await lending.begin({ signal });
  assert.equal((await lending.take({ signal })).item, "only");
});

/** Lends one thing to `goingOn` who ask again and again, and to one who is new; resolves to how many are served before the new one. */
async function servedBeforeNew(goingOn: number): Promise<number> {
  const lending = createResourcePool(["only"]);
  const holder = await lending.take({ signal });
  let served = 0;
  let begun = false;
  const going = Array.from({ length: goingOn }, async () => {
    for (let again = 0; again < 5; again++) {
      using lent = await lending.take({ signal });
      if (!begun && lent.item === "only") served++;
    }
  });
  const isNew = lending.begin({ signal }).then(() => begun = true);
  holder[Symbol.dispose]();
  await Promise.all([...going, isNew]);
  return served;
}

Deno.test("begin() goes before those that go on while these are few, after some of them when they are many, and never last", async () => {
  // One more may be served before the new one has noticed.
  assert.ok([0, 1].includes(await servedBeforeNew(15)));
  assert.ok([15, 16].includes(await servedBeforeNew(100)));
});

Deno.test("begin() rejects with the signal's reason while it waits", async () => {
  const lending = createResourcePool(["only"]);
  using _holder = await lending.take({ signal });
  const controller = new AbortController();
  const waiting = lending.begin({ signal: controller.signal });
  controller.abort(new Error("gone"));
  await assert.rejects(waiting, new Error("gone"));
});
