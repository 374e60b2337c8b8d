import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import { PermissionDeniedError, ReviewUnavailableError } from "../../auth/errors.ts";
import { type AskOptions, reauthorizePeriodically, type ReviewOptions } from "./reauthorization.ts";

type Answer = "yes" | "never" | Error;

interface Reviewed extends Disposable {
  readonly clock: ManualClock;
  /** What reviews were asked with. */
  readonly asked: readonly AskOptions[];
  readonly reported: readonly unknown[];
  /** What the call has ended with. */
  readonly failure: () => Error | undefined;
  /** Goes on by `ms`, and lets what is due be answered. */
  advance(ms: number): Promise<void>;
}

/** A call whose reviews are answered by these, one after the other, and then by a yes. */
function reviewed(answers: readonly Answer[], options: Partial<ReviewOptions> = {}): Reviewed {
  const clock = createManualClock();
  const call = new AbortController();
  const asked: AskOptions[] = [];
  const reported: unknown[] = [];
  let failure: Error | undefined;
  const kept = reauthorizePeriodically({
    signal: call.signal,
    fail: (reason) => {
      assert.equal(failure, undefined, "a call ends once");
      failure = reason;
      call.abort(reason);
    },
    report: (error) => void reported.push(error),
  }, {
    granted: { decidedAtMs: 0 },
    reviewMs: 300_000,
    staleAfterMs: 1_800_000,
    random: () => 0,
    clock,
    review: (options) => {
      const answer = answers[asked.length] ?? "yes";
      asked.push(options);
      if (answer === "never") return new Promise(() => {});
      return answer === "yes" ? Promise.resolve({ decidedAtMs: clock.now() }) : Promise.reject(answer);
    },
    ...options,
  });
  return {
    clock,
    asked,
    reported,
    failure: () => failure,
    advance: async (ms) => {
      clock.advance(ms);
      await setImmediate();
    },
    [Symbol.dispose]: () => kept[Symbol.dispose](),
  };
}

const refusal = new PermissionDeniedError("permission denied");
const unavailable = new ReviewUnavailableError("failed to authenticate: the API server cannot be reached");

Deno.test("reauthorizePeriodically() ends a call with the refusal at once, and asks no more", async () => {
  using call = reviewed(["yes", "yes", refusal]);
  for (let interval = 0; interval < 2; interval++) await call.advance(300_000);
  assert.equal(call.failure(), undefined);
  await call.advance(300_000);
  assert.equal(call.failure(), refusal);
  assert.equal(call.asked.length, 3);
  assert.deepEqual([call.clock.timers(), call.reported], [[], []]);
});

Deno.test("reauthorizePeriodically() spreads reviews over the last quarter of the interval", async () => {
  for (const [random, dueMs] of [[0, 300_000], [0.5, 262_500], [1, 225_000]] as const) {
    using call = reviewed([], { random: () => random });
    assert.deepEqual(call.clock.timers(), [dueMs]);
    await call.advance(dueMs);
    assert.deepEqual([call.asked.length, call.clock.timers()], [1, [dueMs]]);
    assert.equal(call.asked[0]?.maxAgeMs, 75_000);
  }
});

Deno.test("reauthorizePeriodically() counts from the decision, not from when the call took it", async () => {
  using call = reviewed([], { granted: { decidedAtMs: -20_000 } });
  assert.deepEqual(call.clock.timers(), [280_000]);
  using old = reviewed([], { granted: { decidedAtMs: -400_000 } });
  await old.advance(0);
  assert.deepEqual([old.asked.length, old.clock.timers()], [1, [300_000]]);
  // A decision that another stream of the caller has got is not counted as new.
  using shared = reviewed([], { review: () => Promise.resolve({ decidedAtMs: 290_000 }) });
  await shared.advance(300_000);
  assert.deepEqual(shared.clock.timers(), [290_000]);
});

Deno.test("reauthorizePeriodically() tries again at growing intervals where there is no answer, and reports each", async () => {
  using call = reviewed(Array(7).fill(unavailable), { staleAfterMs: 3_600_000, random: () => 1 });
  await call.advance(225_000);
  for (const pauseMs of [10_000, 20_000, 40_000, 80_000, 160_000, 160_000]) {
    assert.equal(call.clock.timers()[0], pauseMs);
    await call.advance(pauseMs);
  }
  assert.deepEqual([call.asked.length, call.reported.length, call.failure()], [7, 7, undefined]);
  await call.advance(160_000);
  assert.equal(call.asked.length, 8);
  // Answered: the next one is due after the interval, and the limit of stale decisions is off.
  assert.deepEqual(call.clock.timers(), [225_000]);
});

Deno.test("reauthorizePeriodically() begins with the first pause again after an answer", async () => {
  using call = reviewed([unavailable, unavailable, "yes", unavailable], { random: () => 1 });
  for (const ms of [225_000, 10_000, 20_000, 225_000]) await call.advance(ms);
  assert.deepEqual([call.asked.length, call.clock.timers()[0]], [4, 10_000]);
});

Deno.test("reauthorizePeriodically() pauses at least for as long as the API server wants, at most for the interval else", async () => {
  const busy = new ReviewUnavailableError("failed to authenticate: the API server answered 429", {
    retryAfterMs: 45_000,
  });
  using call = reviewed([busy]);
  await call.advance(300_000);
  assert.equal(call.clock.timers()[0], 45_000);
  using often = reviewed([unavailable, unavailable, unavailable], { reviewMs: 15_000, random: () => 1 });
  for (const ms of [11_250, 10_000, 15_000]) await often.advance(ms);
  assert.deepEqual([often.asked.length, often.clock.timers()[0]], [3, 15_000]);
});

Deno.test("reauthorizePeriodically() ends a call UNAVAILABLE when its last decision is stale, and not before", async () => {
  using call = reviewed(["yes", ...Array(100).fill(unavailable)]);
  await call.advance(300_000);
  // From the last review that was answered.
  const staleAtMs = 300_000 + 1_800_000;
  while (call.clock.now() < staleAtMs - 1) {
    await call.advance(Math.min(1_000, staleAtMs - 1 - call.clock.now()));
    assert.equal(call.failure(), undefined);
  }
  await call.advance(1);
  const failure = call.failure();
  assert.equal(failure?.name, "ReviewUnavailableError");
  assert.equal(
    failure?.message,
    "failed to authenticate: the API server cannot be reached; access was last reviewed 1800 s ago",
  );
  assert.deepEqual(call.clock.timers(), []);
});

Deno.test("reauthorizePeriodically() ends a call whose decision turns stale while a review waits for its answer", async () => {
  using call = reviewed(["never"], { staleAfterMs: 300_000 });
  await call.advance(300_000);
  assert.match(call.failure()?.message ?? "", /did not answer in time; access was last reviewed 300 s ago$/);
  assert.deepEqual([call.asked.length, call.clock.timers()], [1, []]);
});

Deno.test("reauthorizePeriodically() ends with a refusal that comes after reviews without an answer", async () => {
  using call = reviewed([unavailable, refusal]);
  await call.advance(300_000);
  await call.advance(10_000);
  assert.equal(call.failure(), refusal);
});

Deno.test("reauthorizePeriodically() stops when it is disposed of, also while a review is due or has failed", async () => {
  const idle = reviewed([]);
  idle[Symbol.dispose]();
  assert.deepEqual(idle.clock.timers(), []);
  for (const answer of ["yes", "never", unavailable, refusal] as const) {
    const call = reviewed([answer]);
    call.clock.advance(300_000);
    call[Symbol.dispose]();
    await setImmediate();
    assert.deepEqual([call.clock.timers(), call.failure(), call.reported], [[], undefined, []]);
  }
});
