import assert from "#assert";
import { createManualTimer } from "../../../tests/support/manual_timer.ts";
import { createIdleGc, type IdleGc } from "./idle_gc.ts";

/** Crowds whose quiet comes when a test says so. */
function testCrowds(): IdleGc & { readonly quiet: () => void; readonly collected: () => number } {
  const timer = createManualTimer();
  let collected = 0;
  const crowds = createIdleGc({ collect: () => collected++, later: timer.later });
  return { ...crowds, collected: () => collected, quiet: timer.fire };
}

function times(count: number, act: () => void): void {
  for (let i = 0; i < count; i++) act();
}

Deno.test("garbage is collected once when a crowd has come, and once when it has gone", () => {
  const { begin, end, quiet, collected } = testCrowds();
  times(1000, begin);
  assert.equal(collected(), 0);
  quiet();
  quiet();
  assert.equal(collected(), 1);
  times(900, end);
  quiet();
  assert.equal(collected(), 2);
  times(100, end);
  quiet();
  assert.equal(collected(), 2);
});

Deno.test("garbage is collected after a crowd that has gone before there was quiet", () => {
  const { begin, end, quiet, collected } = testCrowds();
  times(128, begin);
  times(128, end);
  quiet();
  assert.equal(collected(), 1);
});

Deno.test("streams that come and go are no crowd", () => {
  const { begin, end, quiet, collected } = testCrowds();
  times(1000, () => {
    begin();
    end();
  });
  times(127, begin);
  quiet();
  assert.equal(collected(), 0);
});

Deno.test("nothing is collected after the last crowd of all", () => {
  const crowds = testCrowds();
  times(500, crowds.begin);
  crowds[Symbol.dispose]();
  times(500, crowds.end);
  crowds.quiet();
  assert.equal(crowds.collected(), 0);
});
