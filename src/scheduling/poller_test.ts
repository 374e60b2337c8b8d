import assert from "#assert";
import { createManualTimer } from "../../tests/support/manual_timer.ts";
import { createPoller, type Poller } from "./poller.ts";

/** Rounds that come when a test says so. */
interface TestRounds {
  readonly rounds: Poller;
  /** The pauses before the rounds, in milliseconds. */
  readonly pausesMs: readonly number[];
  /** Ends the pause; resolves when the round is over. */
  pass(): Promise<void>;
  /** Whether one is to come. */
  isScheduled(): boolean;
}

function testRounds(): TestRounds {
  const timer = createManualTimer();
  return {
    rounds: createPoller({ everyMs: 1000, later: timer.later }),
    pausesMs: timer.setMs,
    isScheduled: timer.isSet,
    pass: async () => {
      timer.fire();
      // All that is under way is settled promises.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

Deno.test("rounds look one after the other, and the more seldom the longer it takes", async () => {
  const { rounds, pausesMs, pass } = testRounds();
  const looked: string[] = [];
  for (const [name, spentMs] of [["a", 2], ["b", 8]] as const) {
    rounds.add(async () => {
      looked.push(`${name} begins`);
      await Promise.resolve();
      looked.push(`${name} ends`);
      return spentMs;
    });
  }
  await pass();
  await pass();
  assert.deepEqual(looked.slice(0, 4), ["a begins", "a ends", "b begins", "b ends"]);
  assert.equal(looked.length, 8);
  assert.deepEqual(pausesMs, [1000, 3000, 3000]);
});

Deno.test("nobody waits for a round for more than fifteen seconds", async () => {
  const { rounds, pausesMs, pass } = testRounds();
  rounds.add(() => Promise.resolve(1e6));
  await pass();
  assert.deepEqual(pausesMs, [1000, 15_000]);
});

Deno.test("without looks there are no rounds", async () => {
  const { rounds, pausesMs, pass, isScheduled } = testRounds();
  assert(!isScheduled());
  rounds.add(() => Promise.resolve(0))[Symbol.dispose]();
  assert(!isScheduled());
  // Within a round one ends, and another begins.
  const first = rounds.add(() => {
    first[Symbol.dispose]();
    return Promise.resolve(0);
  });
  await pass();
  assert(!isScheduled());
  let isEarly = true;
  const second = rounds.add(() => {
    second[Symbol.dispose]();
    rounds.add(() => Promise.resolve(0));
    isEarly = isScheduled();
    return Promise.resolve(0);
  });
  await pass();
  assert(isScheduled() && !isEarly);
  assert.deepEqual(pausesMs, [1000, 1000, 1000, 1000]);
});

Deno.test("rounds go on after a look that fails", async () => {
  const { rounds, pass, isScheduled } = testRounds();
  const unhandled: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  const reason = new Error("broken");
  rounds.add(() => Promise.reject(reason));
  await pass();
  globalThis.removeEventListener("unhandledrejection", onRejection);
  assert.deepEqual(unhandled, [reason]);
  assert(isScheduled());
});
