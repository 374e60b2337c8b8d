import assert from "#assert";
import { createLending, type Lent } from "./lending.ts";

const { signal } = new AbortController();

/** Whether a promise is settled, once everything that can run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return await Promise.race([promise.catch(() => {}), turn]) !== pending;
}

Deno.test("take() lends each thing to one at a time", async () => {
  const lending = createLending(["a", "b"]);
  const lent = [await lending.take({ signal }), await lending.take({ signal })];
  assert.deepEqual(lent.map(({ item }) => item).sort(), ["a", "b"]);
  const waiting = lending.take({ signal });
  assert.ok(!await isSettled(waiting));
  lent[0]?.[Symbol.dispose]();
  assert.equal((await waiting).item, lent[0]?.item);
});

Deno.test("take() serves those who wait in their order", async () => {
  const lending = createLending(["only"]);
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
  const lending = createLending(["only"]);
  const first = await lending.take({ signal });
  first[Symbol.dispose]();
  const second = await lending.take({ signal });
  first[Symbol.dispose]();
  assert.ok(!await isSettled(lending.take({ signal })));
  second[Symbol.dispose]();
});

Deno.test("take() rejects with the signal's reason, at once or while it waits, and the others move up", async () => {
  const lending = createLending(["only"]);
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
  const lending = createLending(["only"]);
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
  const lending = createLending(["a", "b", "c"]);
  const spare = lending.takeSpare(2);
  assert.ok(spare !== undefined);
  assert.equal(lending.takeSpare(2), undefined);
  await lending.take({ signal });
  assert.equal(lending.takeSpare(1), undefined);
  assert.notEqual(lending.takeSpare(0), undefined);
  assert.equal(lending.takeSpare(0), undefined);
});
