import assert from "#assert";
import { createManualClock } from "../../../tests/support/manual_clock.ts";
import { controlLimit } from "./control_limit.ts";

Deno.test("100,000 frames may come at once, and 5,000 more a second", () => {
  const clock = createManualClock();
  let abuses = 0;
  const count = controlLimit({ onAbuse: () => abuses++, clock });
  for (let i = 0; i < 100_000; i++) count();
  clock.advance(1_000);
  for (let i = 0; i < 5_000; i++) count();
  assert.equal(abuses, 0);
  count();
  assert.equal(abuses, 1);
});
