import assert from "#assert";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { WaitQueue } from "./wait_queue.ts";

const reason = new Error("gone");

Deno.test("waits end in their order, each with its value, and leave no listener", async () => {
  const queue = new WaitQueue<string>();
  const { signal, listeners } = countedSignal();
  const waits = [1, 2, 3].map(async (number) => `${number} ${await queue.wait({ signal })}`);
  assert.deepEqual(["a", "b", "c", "d"].map((value) => queue.admitNext(value)), [true, true, true, false]);
  assert.deepEqual(await Promise.all(waits), ["1 a", "2 b", "3 c"]);
  assert.equal(listeners(), 0);
});

Deno.test("a caller whose signal is aborted leaves the queue at once, and the others keep their order", async () => {
  const queue = new WaitQueue<number>();
  const kept = countedSignal();
  const ended = countedSignal();
  const left: number[] = [];
  const first = queue.wait(kept);
  const leaving = queue.wait({ signal: ended.signal, onAbort: () => left.push(queue.size) });
  const last = queue.wait(kept);
  ended.abort(reason);
  assert.deepEqual([queue.size, left], [2, [2]]);
  await assert.rejects(leaving, reason);
  assert.ok(queue.admitNext(1) && queue.admitNext(2) && !queue.admitNext(3));
  assert.deepEqual([await first, await last], [1, 2]);
  assert.deepEqual([kept.listeners(), ended.listeners()], [0, 0]);
});

Deno.test("a signal that is aborted already takes no place, and one that is aborted after its wait changes nothing", async () => {
  const queue = new WaitQueue();
  await assert.rejects(queue.wait({ signal: AbortSignal.abort(reason) }), reason);
  assert.equal(queue.size, 0);
  const { signal, abort } = countedSignal();
  const waiting = queue.wait({ signal, onAbort: () => assert.fail("it has left") });
  queue.admitNext();
  abort(reason);
  await waiting;
});
