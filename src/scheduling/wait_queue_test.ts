import assert from "#assert";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { checkRandom } from "../../tests/support/property.ts";
import { assignShare, type Share } from "./share.ts";
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

/** A signal of a caller on a connection. */
function signalOf(share: Share): AbortSignal {
  const { signal } = new AbortController();
  assignShare(signal, share);
  return signal;
}

Deno.test("a caller with a thousand waits delays another by one of them, and one connection another of the same caller", async () => {
  const queue = new WaitQueue();
  const [one, two] = [{}, {}];
  const served: string[] = [];
  const waitAs = (name: string, share: Share): Promise<void> =>
    queue.wait({ signal: signalOf(share) }).then(() => void served.push(name));
  const waits = Array.from({ length: 1_000 }, () => waitAs("alice 1", { identity: "alice", connection: one }));
  waits.push(waitAs("alice 2", { identity: "alice", connection: two }));
  for (let i = 0; i < 3; i++) waits.push(waitAs("bob", { identity: "bob", connection: one }));
  assert.deepEqual([queue.size, queue.lanes, queue.sizeOf({ identity: "bob", connection: one })], [1_004, 3, 3]);
  while (queue.admitNext());
  await Promise.all(waits);
  assert.deepEqual(served.slice(0, 7), ["alice 1", "bob", "alice 2", "bob", "alice 1", "bob", "alice 1"]);
  assert.deepEqual([queue.size, queue.lanes, queue.sizeOf({ identity: "bob", connection: one })], [0, 0, 0]);
});

Deno.test("admitNext() passes over callers that are not accepted, and they keep their turn", async () => {
  const queue = new WaitQueue<string>();
  const waits = ["alice", "bob", "carol"].map(async (identity) => {
    return `${identity} ${await queue.wait({ signal: signalOf({ identity }) })}`;
  });
  assert.ok(!queue.admitNext("nobody", () => false));
  assert.ok(queue.admitNext("1", ({ identity }) => identity === "carol"));
  assert.ok(queue.admitNext("2") && queue.admitNext("3") && !queue.admitNext("4"));
  assert.deepEqual(await Promise.all(waits), ["alice 2", "bob 3", "carol 1"]);
});

Deno.test("whoever comes and goes, each caller is served in its order, and nothing is left of those who left", async () => {
  await checkRandom(async (random) => {
    const queue = new WaitQueue<number>();
    const open = new Map<AbortController, string>();
    const served = new Map<string, number[]>();
    const waits: Promise<unknown>[] = [];
    for (let step = 0; step < 200; step++) {
      const act = random.int(3);
      if (act === 0) {
        const controller = new AbortController();
        const identity = `caller ${random.int(4)}`;
        const connection = [undefined, queue, served][random.int(3)];
        assignShare(controller.signal, { identity, connection });
        const lane = `${identity} ${[undefined, queue, served].indexOf(connection as undefined)}`;
        open.set(controller, lane);
        waits.push(
          queue.wait(controller).then(() => {
            open.delete(controller);
            served.set(lane, [...served.get(lane) ?? [], step]);
          }).catch((error) => assert.equal(error, reason)),
        );
      } else if (act === 1) {
        assert.equal(queue.admitNext(step), open.size > 0);
      } else {
        const [controller] = [...open.keys()].slice(random.int(Math.max(1, open.size)));
        controller?.abort(reason);
        if (controller !== undefined) open.delete(controller);
      }
      await Promise.resolve();
      await Promise.resolve();
      assert.equal(queue.size, open.size);
      assert.equal(queue.lanes, new Set(open.values()).size);
    }
    while (queue.admitNext(0));
    await Promise.all(waits);
    for (const steps of served.values()) assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
    assert.deepEqual([queue.size, queue.lanes], [0, 0]);
  }, { runs: 50 });
});
