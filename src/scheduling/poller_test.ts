import assert from "#assert";
import { createManualTimer } from "../../tests/support/manual_timer.ts";
import { createPoller, type Poller } from "./poller.ts";
import { ticks } from "../../tests/support/ticks.ts";

/** A poller whose pauses end when a test says so. */
interface ManualPoller {
  readonly poller: Poller;
  /** The pauses before the polls, in milliseconds. */
  readonly pausesMs: readonly number[];
  /** Ends the pause; resolves when all have polled. */
  pass(): Promise<void>;
  /** Whether a poll is to come. */
  isScheduled(): boolean;
}

function manualPoller(): ManualPoller {
  const timer = createManualTimer();
  return {
    poller: createPoller({ everyMs: 1000, later: timer.later }),
    pausesMs: timer.setMs,
    isScheduled: timer.isSet,
    pass: async () => {
      timer.fire();
      // All that is under way is settled promises.
      await ticks();
    },
  };
}

Deno.test("polls run one after the other, and the more rarely the longer they take", async () => {
  const { poller, pausesMs, pass } = manualPoller();
  const polled: string[] = [];
  for (const [name, spentMs] of [["a", 2], ["b", 8]] as const) {
    poller.add(async () => {
      polled.push(`${name} begins`);
      await Promise.resolve();
      polled.push(`${name} ends`);
      return spentMs;
    });
  }
  await pass();
  await pass();
  assert.deepEqual(polled.slice(0, 4), ["a begins", "a ends", "b begins", "b ends"]);
  assert.equal(polled.length, 8);
  assert.deepEqual(pausesMs, [1000, 3000, 3000]);
});

Deno.test("at most fifteen seconds pass between two polls", async () => {
  const { poller, pausesMs, pass } = manualPoller();
  poller.add(() => Promise.resolve(1e6));
  await pass();
  assert.deepEqual(pausesMs, [1000, 15_000]);
});

Deno.test("a poller without polls sets no timer", async () => {
  const { poller, pausesMs, pass, isScheduled } = manualPoller();
  assert(!isScheduled());
  poller.add(() => Promise.resolve(0))[Symbol.dispose]();
  assert(!isScheduled());
  // While one runs it is taken out, and another is added.
  const first = poller.add(() => {
    first[Symbol.dispose]();
    return Promise.resolve(0);
  });
  await pass();
  assert(!isScheduled());
  let isEarly = true;
  const second = poller.add(() => {
    second[Symbol.dispose]();
    poller.add(() => Promise.resolve(0));
    isEarly = isScheduled();
    return Promise.resolve(0);
  });
  await pass();
  assert(isScheduled() && !isEarly);
  assert.deepEqual(pausesMs, [1000, 1000, 1000, 1000]);
});

Deno.test("polls go on after one that fails", async () => {
  const { poller, pass, isScheduled } = manualPoller();
  const unhandled: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  const reason = new Error("broken");
  poller.add(() => Promise.reject(reason));
  await pass();
  globalThis.removeEventListener("unhandledrejection", onRejection);
  assert.deepEqual(unhandled, [reason]);
  assert(isScheduled());
});
