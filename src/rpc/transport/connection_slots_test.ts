import assert from "#assert";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import { type ConnectionSlot, type ConnectionSlots, createConnectionSlots } from "./connection_slots.ts";

interface Rig {
  readonly slots: ConnectionSlots;
  readonly clock: ManualClock;
  /** The names of the connections that were ended. */
  readonly ended: string[];
  /** Takes a place, and has HTTP/2 begin; it fails where there is none. */
  connect(name: string, address: string): ConnectionSlot;
}

function rig({ maxConnections = 5, maxConnectionsPerPeer = 3, connectionIdleMs = 60_000 } = {}): Rig {
  const clock = createManualClock();
  const slots = createConnectionSlots({ limits: { maxConnections, maxConnectionsPerPeer, connectionIdleMs }, clock });
  const ended: string[] = [];
  const connect = (name: string, address: string): ConnectionSlot => {
    const slot = slots.take(address);
    if (typeof slot === "string") throw new Error(`${name}: ${slot}`);
    slot.ready(() => ended.push(name));
    return slot;
  };
  return { slots, clock, ended, connect };
}

Deno.test("an address has as many places as it may have, then others still have theirs, up to all", () => {
  const { slots, connect } = rig();
  for (const name of ["a", "b", "c"]) connect(name, "1");
  assert.equal(slots.take("1"), "connections_per_peer");
  for (const name of ["d", "e"]) connect(name, "2");
  assert.equal(slots.take("2"), "connections");
  assert.equal(slots.take("3"), "connections");
  assert.equal(slots.take("1"), "connections_per_peer");
});

Deno.test("a place is free again when its connection is gone, and once only", () => {
  const { slots, connect } = rig({ maxConnectionsPerPeer: 2 });
  const first = connect("a", "1");
  connect("b", "1");
  first.release();
  first.release();
  connect("c", "1");
  assert.equal(slots.take("1"), "connections_per_peer");
});

Deno.test("of a full address the connection that is without a call for longest makes place, after ten seconds", () => {
  const { slots, clock, ended, connect } = rig();
  const [busy, called, idle] = ["busy", "called", "idle"].map((name) => connect(name, "1"));
  busy?.beginStream();
  clock.advance(5_000);
  called?.beginStream();
  called?.endStream();
  clock.advance(4_999);
  assert.equal(slots.take("1"), "connections_per_peer");
  clock.advance(1);
  connect("new", "1");
  assert.deepEqual(ended, ["idle"]);
  // What its socket says later changes nothing.
  idle?.release();
  assert.equal(slots.take("1"), "connections_per_peer");
  clock.advance(5_000);
  connect("newer", "1");
  assert.deepEqual(ended, ["idle", "called"]);
});

Deno.test("where all places are taken, one of any address makes place", () => {
  const { slots, clock, ended, connect } = rig();
  for (const name of ["a", "b", "c"]) connect(name, "1").beginStream();
  connect("d", "2").beginStream();
  connect("e", "2");
  assert.equal(slots.take("3"), "connections");
  clock.advance(10_000);
  connect("f", "3");
  assert.deepEqual(ended, ["e"]);
});

Deno.test("a connection in its handshake makes no place", () => {
  const { slots, clock } = rig({ maxConnectionsPerPeer: 1 });
  assert.equal(typeof slots.take("1"), "object");
  clock.advance(20_000);
  assert.equal(slots.take("1"), "connections_per_peer");
});

Deno.test("a connection without a call is ended after its idle time, one with a call is not", () => {
  const { clock, ended, connect } = rig();
  connect("busy", "1").beginStream();
  connect("idle", "1");
  clock.advance(30_000);
  const called = connect("called", "1");
  called.beginStream();
  clock.advance(29_999);
  assert.deepEqual(ended, []);
  clock.advance(1);
  assert.deepEqual(ended, ["idle"]);
  called.endStream();
  clock.advance(60_000);
  assert.deepEqual(ended, ["idle", "called"]);
});

Deno.test("with no idle time a connection stays", () => {
  const { clock, ended, connect } = rig({ connectionIdleMs: 0 });
  connect("idle", "1");
  clock.advance(1e9);
  assert.deepEqual(ended, []);
});

Deno.test("without connections nothing is waited for", () => {
  const { clock, connect } = rig();
  connect("a", "1").release();
  assert.deepEqual(clock.timers(), []);
});
