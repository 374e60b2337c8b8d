import assert from "#assert";
import { Backoff, type BackoffOptions } from "./backoff.ts";

const { signal } = new AbortController();

/** A backoff whose pauses are noted, not waited for. */
function notedBackoff(options: BackoffOptions): { readonly backoff: Backoff; readonly pausesMs: number[] } {
  const pausesMs: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    pausesMs.push(ms);
    return Promise.resolve();
  };
  return { backoff: new Backoff({ ...options, sleep }), pausesMs };
}

async function failOften(backoff: Backoff, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    backoff.fail();
    await backoff.pause({ signal });
  }
}

Deno.test("pauses follow the steps, the last one repeats, and a success begins anew", async () => {
  const { backoff, pausesMs } = notedBackoff({ stepsMs: [500, 1_000, 2_000] });
  await failOften(backoff, 5);
  assert.equal(backoff.failures, 5);
  backoff.reset();
  await failOften(backoff, 1);
  assert.deepEqual(pausesMs, [500, 1_000, 2_000, 2_000, 2_000, 500]);
});

Deno.test("a pause takes a random part of its step, within the limits", async () => {
  for (const [random, expected] of [[0, 400], [0.5, 700], [1, 1_000]] as const) {
    const { backoff, pausesMs } = notedBackoff({ stepsMs: [1_000], jitter: [0.4, 1], random: () => random });
    await failOften(backoff, 1);
    assert.deepEqual(pausesMs, [expected]);
  }
});

Deno.test("a pause is as long as the other side wants, where that is longer", async () => {
  const { backoff, pausesMs } = notedBackoff({ stepsMs: [500] });
  backoff.fail();
  await backoff.pause({ signal, leastMs: 3_000 });
  await backoff.pause({ signal, leastMs: 100 });
  assert.deepEqual(pausesMs, [3_000, 500]);
});

Deno.test("the next pause is told to those who wait by a timer of their own", () => {
  const backoff = new Backoff({ stepsMs: [500, 1_000] });
  assert.equal(backoff.nextPauseMs(), 500);
  for (const expected of [500, 1_000, 1_000]) {
    backoff.fail();
    assert.equal(backoff.nextPauseMs(), expected);
  }
  assert.equal(backoff.nextPauseMs({ leastMs: 3_000 }), 3_000);
});

Deno.test("a signal ends a pause", async () => {
  const stop = new AbortController();
  const backoff = new Backoff({ stepsMs: [1e8] });
  const pausing = backoff.pause({ signal: stop.signal });
  stop.abort();
  await assert.rejects(pausing, { name: "AbortError" });
});
