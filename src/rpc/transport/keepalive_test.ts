import assert from "#assert";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import { type Keepalive, startKeepalive } from "./keepalive.ts";

function watched(): { readonly keepalive: Keepalive; readonly clock: ManualClock; readonly events: string[] } {
  const clock = createManualClock();
  const events: string[] = [];
  const keepalive = startKeepalive({
    ping: () => events.push(`ping at ${clock.now()}`),
    onGone: () => events.push(`gone at ${clock.now()}`),
    clock,
  });
  return { keepalive, clock, events };
}

Deno.test("a client that says nothing is asked after a minute, and is gone 20 s later", () => {
  const { clock, events } = watched();
  clock.advance(59_999);
  assert.deepEqual(events, []);
  clock.advance(600_000);
  assert.deepEqual(events, ["ping at 60000", "gone at 80000"]);
  assert.deepEqual(clock.timers(), []);
});

Deno.test("a client that answers is asked again after the next minute of silence", () => {
  const { keepalive, clock, events } = watched();
  clock.advance(60_000);
  clock.advance(19_999);
  keepalive.heard();
  clock.advance(60_000);
  assert.deepEqual(events, ["ping at 60000", "ping at 139999"]);
});

Deno.test("a client is gone at most 80 s after the last that was heard of it", () => {
  const { keepalive, clock, events } = watched();
  clock.advance(59_000);
  keepalive.heard();
  clock.advance(59_000);
  keepalive.heard();
  clock.advance(600_000);
  assert.deepEqual(events, ["ping at 178000", "gone at 198000"]);
});

Deno.test("nothing happens to a connection that is over", () => {
  const { keepalive, clock, events } = watched();
  keepalive[Symbol.dispose]();
  clock.advance(600_000);
  assert.deepEqual(events, []);
});
