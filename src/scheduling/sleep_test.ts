import assert from "#assert";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { sleep } from "./sleep.ts";

// A timer that is left fails these tests: Deno's sanitizers look for it.

Deno.test("sleep() resolves after its time, and leaves no listener", async () => {
  const { signal, listeners } = countedSignal();
  // The second alone would not keep the test alive.
  await Promise.all([sleep(10, { signal }), sleep(0, { signal, keepsAlive: false })]);
  assert.equal(listeners(), 0);
});

Deno.test("sleep() rejects with the signal's reason, at once or while it waits, and leaves neither timer nor listener", async () => {
  const reason = new Error("gone");
  const { signal, listeners, abort } = countedSignal();
  const asleep = sleep(3_600_000, { signal });
  assert.equal(listeners(), 1);
  abort(reason);
  await assert.rejects(asleep, reason);
  await assert.rejects(sleep(3_600_000, { signal }), reason);
  assert.equal(listeners(), 0);
});
