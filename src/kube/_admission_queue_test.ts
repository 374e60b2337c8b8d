import assert from "#assert";
import { AdmissionQueue } from "./_admission_queue.ts";
import { KubeRequestError, type QueueLimit } from "./errors.ts";
import { ticks } from "../../tests/support/ticks.ts";

const { signal } = new AbortController();

interface Visitor {
  readonly name: string;
  readonly place: Promise<Disposable>;
}

/** Requests named `key-number`, in this order; `admitted` tells which have a place. */
function visit(
  queue: AdmissionQueue,
  keys: readonly string[],
): { readonly admitted: readonly string[]; leave(): Promise<void> } {
  const admitted: string[] = [];
  const places: Disposable[] = [];
  const counts = new Map<string, number>();
  const visitors = keys.map((key): Visitor => {
    const number = (counts.get(key) ?? 0) + 1;
    counts.set(key, number);
    return { name: `${key}-${number}`, place: queue.enter(key, { signal }) };
  });
  for (const { name, place } of visitors) {
    void place.then((place) => {
      admitted.push(name);
      places.push(place);
    });
  }
  return {
    admitted,
    leave: async () => {
      places.shift()?.[Symbol.dispose]();
      await ticks();
    },
  };
}

function overloaded(limit: QueueLimit): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof KubeRequestError)) throw error;
    assert.deepEqual([error.failure, error.limit], ["overloaded", limit]);
    return true;
  };
}

Deno.test("enter() serves different keys in their order", async () => {
  const queue = new AdmissionQueue({ maxActive: 2 });
  const { admitted, leave } = visit(queue, ["a", "b", "c", "d", "e"]);
  await ticks();
  assert.deepEqual([admitted.length, queue.active, queue.waiting], [2, 2, 3]);
  for (let left = 0; left < 5; left++) await leave();
  assert.deepEqual(admitted, ["a-1", "b-1", "c-1", "d-1", "e-1"]);
  assert.deepEqual([queue.active, queue.waiting], [0, 0]);
});

Deno.test("enter() lets keys take turns, and keeps the order within a key", async () => {
  const queue = new AdmissionQueue({ maxActive: 1 });
  const { admitted, leave } = visit(queue, ["a", "a", "a", "a", "b", "c", "b"]);
  for (let left = 0; left < 7; left++) {
    await ticks();
    await leave();
  }
  assert.deepEqual(admitted, ["a-1", "a-2", "b-1", "c-1", "a-3", "b-2", "a-4"]);
});

Deno.test("enter() refuses whoever is too much, of all and of one key", async () => {
  const queue = new AdmissionQueue({ maxActive: 0, maxWaiting: 3, maxWaitingPerKey: 2 });
  const gone = new AbortController();
  const enter = (key: string): Promise<Disposable> => queue.enter(key, { signal: gone.signal });
  const waiting = [enter("a"), enter("a")];
  await assert.rejects(enter("a"), overloaded("waiting_per_caller"));
  waiting.push(enter("b"));
  await assert.rejects(enter("c"), overloaded("waiting"));
  assert.equal(queue.waiting, 3);
  gone.abort(new Error("gone"));
  for (const one of waiting) await assert.rejects(one, { message: "gone" });
});

Deno.test("enter() frees the place in the queue at once when one who waits is cancelled", async () => {
  const queue = new AdmissionQueue({ maxActive: 1, maxWaiting: 1 });
  const first = await queue.enter("a", { signal });
  const gone = new AbortController();
  const second = queue.enter("b", { signal: gone.signal });
  gone.abort(new Error("gone"));
  assert.equal(queue.waiting, 0);
  const third = queue.enter("c", { signal });
  // In the same turn of the event loop in which the second has gone, and before it could tell.
  first[Symbol.dispose]();
  await assert.rejects(second, { message: "gone" });
  using _place = await third;
  assert.deepEqual([queue.active, queue.waiting], [1, 0]);
  await assert.rejects(queue.enter("d", { signal: gone.signal }), { message: "gone" });
});

Deno.test("enter() gives up when no turn comes in time", async () => {
  const queue = new AdmissionQueue({ maxActive: 1, maxWaitMs: 5 });
  const place = await queue.enter("a", { signal });
  await assert.rejects(queue.enter("b", { signal }), overloaded("wait"));
  assert.deepEqual([queue.active, queue.waiting], [1, 0]);
  place[Symbol.dispose]();
  place[Symbol.dispose]();
  assert.equal(queue.active, 0);
});
