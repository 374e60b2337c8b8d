import assert from "#assert";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import { type ConnectionSlot, createConnectionSlots, type EndConnection } from "./connection_slots.ts";

interface Rig {
  readonly clock: ManualClock;
  /** The names of the connections that were ended, and at once, not for being idle for long. */
  readonly ended: string[];
  /** Tries for a place: undefined where there is one, which is held in the handshake. */
  refusal(address: string, name?: string): string | undefined;
  /** Takes a place, and has HTTP/2 begin; it fails where there is none. */
  connect(name: string, address: string): ConnectionSlot;
}

function rig({ maxConnections = 5, maxConnectionsPerPeer = 3, connectionIdleMs = 60_000 } = {}): Rig {
  const clock = createManualClock();
  const slots = createConnectionSlots({ limits: { maxConnections, maxConnectionsPerPeer, connectionIdleMs }, clock });
  const ended: string[] = [];
  const end = (name: string): EndConnection => (reason) =>
    void ended.push(reason === "long idle" ? name : `${name} at once`);
  const refusal = (address: string, name = "handshake"): string | undefined => {
    const slot = slots.take(address, end(name));
    return typeof slot === "string" ? slot : undefined;
  };
  const connect = (name: string, address: string): ConnectionSlot => {
    const slot = slots.take(address, end(`${name} in its handshake`));
    if (typeof slot === "string") throw new Error(`${name}: ${slot}`);
    slot.ready(end(name));
    return slot;
  };
  return { clock, ended, connect, refusal };
}

Deno.test("an address has as many places as it may have, then others still have theirs, up to all", () => {
  const { refusal, connect } = rig();
  for (const name of ["a", "b", "c"]) connect(name, "1").beginStream();
  assert.equal(refusal("1"), "connections_per_peer");
  for (const name of ["d", "e"]) connect(name, "2").beginStream();
  assert.equal(refusal("2"), "connections");
  assert.equal(refusal("3"), "connections");
  assert.equal(refusal("1"), "connections_per_peer");
});

Deno.test("a place is free again when its connection is gone, and once only", () => {
  const { refusal, connect } = rig({ maxConnectionsPerPeer: 2 });
  const first = connect("a", "1");
  connect("b", "1");
  first.release();
  first.release();
  connect("c", "1");
  assert.equal(refusal("1"), "connections_per_peer");
});

Deno.test("of a full address the connection that is without a call for longest makes place, after ten seconds", () => {
  const { refusal, clock, ended, connect } = rig();
  const [busy, called, idle] = ["busy", "called", "idle"].map((name) => connect(name, "1"));
  busy?.beginStream();
  clock.advance(5_000);
  called?.beginStream();
  called?.endStream();
  clock.advance(4_999);
  assert.equal(refusal("1"), "connections_per_peer");
  clock.advance(1);
  connect("new", "1");
  assert.deepEqual(ended, ["idle"]);
  // What its socket says later changes nothing.
  idle?.release();
  assert.equal(refusal("1"), "connections_per_peer");
  clock.advance(5_000);
  connect("newer", "1");
  assert.deepEqual(ended, ["idle", "called"]);
});

Deno.test("where all places are taken, a new address has one of the idlest of the largest address, at once", () => {
  const { clock, ended, connect, refusal } = rig({ maxConnections: 8, maxConnectionsPerPeer: 5 });
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => connect(name, "1"));
  clock.advance(1);
  for (const name of ["f", "g", "h"]) connect(name, "2");
  for (const each of [a, b, c, d, e]) each?.beginStream();
  c?.endStream();
  b?.endStream();
  connect("first", "3").beginStream();
  connect("second", "3").beginStream();
  assert.deepEqual(ended, ["c at once", "b at once"]);
  // Those that are left of the largest address have streams: the next largest has to do.
  assert.equal(refusal("3"), "connections");
  connect("third", "4").beginStream();
  assert.deepEqual(ended.splice(0), ["c at once", "b at once", "f at once"]);
  // Now 1, 2, 3, 4 have 3, 2, 2, 1, and the idle ones are of 2.
  assert.equal(refusal("2"), "connections");
  assert.equal(refusal("1"), "connections");
  a?.endStream();
  // Then they would have changed places.
  assert.equal(refusal("2"), "connections");
  connect("fourth", "4");
  assert.deepEqual(ended, ["a at once"]);
});

Deno.test("a connection with a stream makes no place, however large its address", () => {
  const { clock, ended, connect, refusal } = rig();
  const [first] = ["a", "b", "c"].map((name) => {
    const slot = connect(name, "1");
    slot.beginStream();
    return slot;
  });
  for (const name of ["d", "e"]) connect(name, "2").beginStream();
  clock.advance(1e6);
  assert.equal(refusal("3"), "connections");
  // The last stream counts.
  first?.beginStream();
  first?.endStream();
  assert.equal(refusal("3"), "connections");
  first?.endStream();
  assert.equal(refusal("3"), undefined);
  assert.deepEqual(ended, ["a at once"]);
});

Deno.test("a thousand idle connections of two addresses keep out nobody, and nothing is ended but what makes place", () => {
  const { ended, connect, refusal } = rig({ maxConnections: 1_000, maxConnectionsPerPeer: 500 });
  for (let i = 0; i < 1_000; i++) connect(`${i}`, `${i % 2}`);
  for (let i = 0; i < 100; i++) connect(`new ${i}`, "3").beginStream();
  assert.deepEqual(ended, Array.from({ length: 100 }, (_, i) => `${i} at once`));
  // Each that comes again of the others has fewer than the largest, but never more than it has places.
  assert.equal(refusal("1"), "connections");
});

Deno.test("connections of a thousand addresses make place in the order of their idleness", () => {
  const { ended, connect } = rig({ maxConnections: 1_000, maxConnectionsPerPeer: 500 });
  const slots = Array.from({ length: 1_000 }, (_, i) => connect(`${i}`, `${i}`));
  slots[0]?.beginStream();
  slots[1]?.beginStream();
  slots[0]?.endStream();
  for (const address of ["a", "b", "c"]) connect(address, address);
  assert.deepEqual(ended, ["2 at once", "3 at once", "4 at once"]);
});

Deno.test("where nobody has more connections, one of any address makes place after ten seconds", () => {
  const { clock, ended, connect, refusal } = rig({ maxConnections: 4 });
  for (const name of ["a", "b"]) connect(name, "1").beginStream();
  connect("c", "2").beginStream();
  connect("d", "2");
  clock.advance(9_999);
  assert.equal(refusal("1"), "connections");
  clock.advance(1);
  connect("e", "1");
  assert.deepEqual(ended, ["d"]);
});

Deno.test("a connection in its handshake makes no place for another of its address", () => {
  const { clock, refusal } = rig({ maxConnectionsPerPeer: 1 });
  assert.equal(refusal("1"), undefined);
  clock.advance(20_000);
  assert.equal(refusal("1"), "connections_per_peer");
});

Deno.test("a connection in its handshake makes place for one of another address, in its turn", () => {
  const { clock, ended, connect, refusal } = rig({ maxConnections: 3 });
  assert.equal(refusal("1", "slow"), undefined);
  clock.advance(1);
  connect("a", "1");
  clock.advance(1);
  assert.equal(refusal("1", "slower"), undefined);
  connect("b", "2").beginStream();
  assert.deepEqual(ended, ["slow at once"]);
  connect("c", "3").beginStream();
  assert.deepEqual(ended, ["slow at once", "a at once"]);
  // Those that are left have one each; a new address has none.
  connect("d", "4").beginStream();
  assert.deepEqual(ended, ["slow at once", "a at once", "slower at once"]);
  assert.equal(refusal("5"), "connections");
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
