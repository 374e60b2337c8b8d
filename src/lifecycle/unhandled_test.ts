import assert from "#assert";
import { onUnhandled } from "./unhandled.ts";

function errorEvent(error: unknown): ErrorEvent {
  return new ErrorEvent("error", { error, cancelable: true });
}

function rejectionEvent(reason: unknown): PromiseRejectionEvent {
  // Handled here, so that only the event made of it is unhandled.
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return new PromiseRejectionEvent("unhandledrejection", {
    promise,
    reason,
    cancelable: true,
  });
}

Deno.test("onUnhandled reports exceptions and rejections and keeps the platform from ending the process", () => {
  const target = new EventTarget();
  const seen: unknown[] = [];
  using _ = onUnhandled({
    target,
    report: (error, origin) => seen.push([origin, error]),
  });
  const events = [errorEvent("a"), rejectionEvent("b"), errorEvent(undefined)];
  for (const event of events) target.dispatchEvent(event);
  assert.deepEqual(seen, [["exception", "a"], ["rejection", "b"], [
    "exception",
    undefined,
  ]]);
  assert(events.every((event) => event.defaultPrevented));
});

Deno.test("onUnhandled survives a report that throws", () => {
  const target = new EventTarget();
  using _ = onUnhandled({
    target,
    report: () => {
      throw new Error("no way to report");
    },
  });
  for (const event of [errorEvent("a"), rejectionEvent("b")]) {
    target.dispatchEvent(event);
    assert(event.defaultPrevented);
  }
});

Deno.test("onUnhandled leaves errors to the platform after it is disposed", () => {
  const target = new EventTarget();
  const seen: unknown[] = [];
  onUnhandled({ target, report: (error) => seen.push(error) })
    [Symbol.dispose]();
  for (const event of [errorEvent("a"), rejectionEvent("b")]) {
    target.dispatchEvent(event);
    assert(!event.defaultPrevented);
  }
  assert.deepEqual(seen, []);
});

Deno.test("a process with onUnhandled outlives whatever is thrown", async () => {
  const code = `import { onUnhandled } from "${import.meta.resolve("./unhandled.ts")}";
    import { EventEmitter } from "node:events";
    import { nextTick } from "node:process";
    onUnhandled({ report: (error, origin) => {
      console.log(origin, error?.message ?? error);
      if (error?.message === "worst") throw new Error("report");
    } });
    const raise = (thrown) => { throw thrown; };
    const steps = [
      () => raise(new Error("timer")),
      () => void Promise.reject(new Error("promise")),
      () => queueMicrotask(() => raise(new Error("microtask"))),
      () => nextTick(() => raise(new Error("tick"))),
      () => new EventEmitter().emit("error", new Error("emitter")),
      () => void Promise.reject(undefined),
      () => raise(null),
      () => raise(new Error("worst")),
      () => console.log("alive"),
    ];
    const next = () => { const step = steps.shift(); if (step) { setTimeout(next); step(); } };
    setTimeout(next);`;
  const { code: exit, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
  }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).trimEnd().split("\n"), [
    "exception timer",
    "rejection promise",
    "exception microtask",
    "exception tick",
    "exception emitter",
    "rejection undefined",
    "exception null",
    "exception worst",
    "alive",
  ]);
  assert.equal(exit, 0);
});
