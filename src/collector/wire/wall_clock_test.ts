import assert from "#assert";
import { createWallClock } from "./wall_clock.ts";

/** Both clocks by hand, in milliseconds, and what ours says, in milliseconds. */
function clocks(): { wall: number; monotonic: number; now(): number } {
  const at = { wall: 1_700_000_000_000, monotonic: 5_000 };
  const clock = createWallClock({ wall: () => at.wall, monotonic: () => at.monotonic });
  return Object.assign(at, { now: () => Number(clock() / 1_000n) / 1_000 });
}

Deno.test("createWallClock() is as fine as the monotonic clock", () => {
  const at = clocks();
  at.monotonic += 0.25;
  assert.equal(at.now(), 1_700_000_000_000.25);
  at.monotonic += 0.5;
  assert.equal(at.now(), 1_700_000_000_000.75);
});

for (const step of [3_600_000, -3_600_000, 50]) {
  Deno.test(`createWallClock() follows a wall clock that is set by ${step} ms, within a second`, () => {
    const at = clocks();
    at.now();
    at.wall += 1_000 + step;
    at.monotonic += 999;
    assert.equal(at.now(), 1_700_000_000_999);
    at.monotonic += 1;
    assert.equal(at.now(), 1_700_000_001_000 + step);
  });
}

Deno.test("createWallClock() follows a wall clock that drifts, and never steps back for that", () => {
  const at = clocks();
  let last = at.now();
  for (let second = 1; second <= 1_000; second++) {
    // A monotonic clock that is too fast by 300 ppm, and a wall clock that has whole milliseconds.
    at.monotonic += 1_000.3;
    at.wall += 1_000;
    const now = at.now();
    assert(now >= last && Math.abs(now - at.wall) < 3, `${now} after ${last}, at ${at.wall}`);
    last = now;
  }
});

Deno.test("createWallClock() stands still for as long as it is ahead by less than a second", () => {
  const at = clocks();
  at.monotonic += 1_000;
  at.wall += 1_000;
  assert.equal(at.now(), 1_700_000_001_000);
  at.monotonic += 1_000;
  at.wall += 600;
  assert.equal(at.now(), 1_700_000_001_600);
  at.monotonic += 1_000;
  at.wall += 100;
  assert.equal(at.now(), 1_700_000_001_700);
  at.monotonic += 1_000;
  at.wall -= 500;
  assert.equal(at.now(), 1_700_000_001_700);
  at.monotonic += 700;
  assert.equal(at.now(), 1_700_000_001_900);
});

Deno.test("createWallClock() tells the time of day", () => {
  const before = BigInt(Date.now()) * 1_000_000n;
  const now = createWallClock()();
  assert(now >= before && now <= BigInt(Date.now() + 1) * 1_000_000n, `${now}`);
});
