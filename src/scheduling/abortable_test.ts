import assert from "#assert";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { ticks } from "../../tests/support/ticks.ts";
import { abortable, untilAborted } from "./abortable.ts";

const reason = new Error("gone");

Deno.test("abortable() resolves or rejects as its promise does, and leaves no listener", async () => {
  const { signal, listeners } = countedSignal();
  assert.equal(await abortable(Promise.resolve(1), { signal }), 1);
  await assert.rejects(abortable(Promise.reject(reason), { signal }), reason);
  assert.equal(listeners(), 0);
});

Deno.test("abortable() rejects with the signal's reason while it waits, and leaves no listener", async () => {
  const { signal, listeners, abort } = countedSignal();
  const waiting = abortable(Promise.withResolvers<never>().promise, { signal });
  assert.equal(listeners(), 1);
  abort(reason);
  await assert.rejects(waiting, reason);
  assert.equal(listeners(), 0);
});

Deno.test("abortable() rejects at once when the signal is aborted already, whatever its promise does", async () => {
  const signal = AbortSignal.abort(reason);
  await assert.rejects(abortable(Promise.resolve(1), { signal }), reason);
  await assert.rejects(abortable(Promise.withResolvers<never>().promise, { signal }), reason);
});

Deno.test("a promise that fails after its wait was aborted is no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  try {
    for (const early of [true, false]) {
      const { promise, reject } = Promise.withResolvers<never>();
      const controller = new AbortController();
      if (early) controller.abort(reason);
      const waiting = abortable(promise, controller);
      controller.abort(reason);
      await assert.rejects(waiting, reason);
      reject(new Error("late"));
      await ticks();
    }
  } finally {
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
  assert.deepEqual(unhandled, []);
});

Deno.test("untilAborted() rejects with the signal's reason, also when it is aborted already", async () => {
  const { signal, listeners, abort } = countedSignal();
  const waiting = untilAborted({ signal });
  abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(untilAborted({ signal }), reason);
  assert.equal(listeners(), 0);
});
