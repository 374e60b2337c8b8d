import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { startFakeReducer } from "../../tests/fakes/fake_reducer.ts";
import type { Pod } from "./pod.ts";
import type { PodEvent } from "./pod_event.ts";
import { createReducerSink, type ReducerSinkOptions } from "./reducer_sink.ts";
import type { Sink } from "./sink.ts";

interface Running extends AsyncDisposable {
  readonly sink: Sink;
  readonly notices: readonly string[];
  readonly cuts: () => number;
}

/** A sink that tells `snapshot()` to each new listener, in a new epoch. */
function run(port: number, snapshot: () => Iterable<PodEvent>, options: Partial<ReducerSinkOptions> = {}): Running {
  const stop = new AbortController();
  const notices: string[] = [];
  let epoch = 0;
  let cuts = 0;
  const sink = createReducerSink({
    host: "localhost",
    port,
    hostname: "host",
    version: { major: 0, minor: 11, patch: 0 },
    onRetry: (notice) => notices.push(notice),
    onCut: () => cuts++,
    flushMs: 1,
    reconnectMs: 1,
    ...options,
  });
  const ended = sink.run({
    signal: stop.signal,
    onListener: () => {
      sink.write({ type: "PodResync", epoch: ++epoch });
      for (const event of snapshot()) sink.write(event);
    },
  });
  return {
    sink,
    notices,
    cuts: () => cuts,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

function told(uid: string, more: Partial<Pod> = {}): readonly PodEvent[] {
  const pod: Pod = {
    uid,
    ip: "10.1.2.3",
    name: `name-${uid}`,
    namespace: "ns",
    owner: undefined,
    hostNetwork: true,
    version: "'a:1'",
    containers: [],
    ...more,
  };
  return [
    { type: "PodNew", pod, owner: { kind: "Deployment", uid: "d1", name: "web" } },
    { type: "PodContainer", uid, container: { id: `containerd://${uid}`, name: "c", image: "a:1" } },
  ];
}

Deno.test("createReducerSink says who it is, then tells pods as the reducer knows them", async () => {
  const names: string[] = [];
  await using reducer = await startFakeReducer({ onMessage: ({ name }) => names.push(name) });
  await using running = run(reducer.port, () => told("p1"));
  await reducer.until(({ pods }) => pods.get("p1")?.containers.size === 1);
  assert.deepEqual(names, ["version_info", "connect", "heartbeat", "pod_resync", "pod_new_with_name", "pod_container"]);
  assert.deepEqual(reducer.pods.get("p1"), {
    uid: "p1",
    name: "name-p1",
    namespace: "ns",
    version: "'a:1'",
    ownerUid: "d1",
    ownerName: "web",
    ownerKind: 1,
    ip: "10.1.2.3",
    containers: new Map([["p1", { id: "p1", name: "c", image: "a:1" }]]),
  });
  running.sink.write({ type: "PodDelete", uid: "p1" });
  await reducer.until(({ pods }) => pods.size === 0);
  assert.deepEqual([reducer.faults, reducer.strays, running.notices], [[], [], []]);
});

Deno.test("createReducerSink gathers what comes within its time, and sends full packets at once", async () => {
  await using reducer = await startFakeReducer();
  await using running = run(reducer.port, () => [], { flushMs: 60_000 });
  await reducer.until(({ counts }) => counts.get("heartbeat") === 1);
  running.sink.write({ type: "PodDelete", uid: "x" });
  for (let index = 0; index < 1_000; index++) for (const event of told(`p${index}`)) running.sink.write(event);
  await reducer.until(({ pods }) => pods.size > 800);
  assert(reducer.pods.size < 1_000);
  assert(reducer.bytes < 40_000, `compressed: ${reducer.bytes}`);
});

Deno.test("createReducerSink beats so that the connection is not taken for dead", async () => {
  await using reducer = await startFakeReducer({ silentLooks: 40, checkMs: 5 });
  await using running = run(reducer.port, () => [], { heartbeatMs: 2 });
  await reducer.until(({ counts }) => (counts.get("heartbeat") ?? 0) > 20);
  assert.deepEqual([reducer.faults, running.notices], [[], []]);
});

Deno.test("createReducerSink connects again and tells everything in a new epoch", async () => {
  const present = [...told("p1")];
  const reducer = await startFakeReducer();
  await using running = run(reducer.port, () => present);
  await reducer.until(({ pods }) => pods.has("p1"));
  reducer.disconnect();
  await reducer.until(({ counts, connections }) => counts.get("connect") === 2 && connections === 1);
  await reducer.until(({ pods }) => pods.has("p1"));
  await reducer[Symbol.asyncDispose]();
  for (const event of told("lost")) running.sink.write(event);
  present.push(...told("p2"));
  await using again = await startFakeReducer({ port: reducer.port });
  await again.until(({ pods }) => pods.has("p2"));
  assert.deepEqual([...again.pods.keys()], ["p1", "p2"]);
  assert.match(running.notices[0] ?? "", /^Cannot reach reducer at localhost:\d+: /);
});

Deno.test("createReducerSink cuts and counts what is too long for the reducer", async () => {
  const lengths: number[] = [];
  await using reducer = await startFakeReducer({
    onMessage: ({ values }) => lengths.push(String(values["version"] ?? "").length),
  });
  await using running = run(reducer.port, () => told("p1", { version: "v".repeat(70_000) }));
  await reducer.until(({ pods }) => pods.has("p1"));
  assert.equal(running.cuts(), 1);
  assert(lengths.some((length) => length > 65_000 && length < 65_536));
});

Deno.test("createReducerSink gives up a reducer that takes nothing", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.pause()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let overflows = 0;
  let grown = 0;
  const noise = noiseText(40_000);
  function* snapshot(): Generator<PodEvent> {
    const before = Deno.memoryUsage().external;
    for (let index = 0; index < 2_000; index++) yield* told(`p${index}`, { version: noise });
    grown = Math.max(grown, Deno.memoryUsage().external - before);
  }
  {
    await using running = run(port, snapshot, { maxWaitingBytes: 100_000, onOverflow: () => overflows++ });
    await eventually("the reducer is given up", () => running.notices.length > 0);
    assert.match(running.notices[0] ?? "", /it takes nothing, and \d+ bytes wait for it$/);
    assert(overflows >= 1);
    // The rest of 106 MB is not gathered for a connection that has ended.
    assert(grown < 32e6, `${grown}`);
  }
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

function noiseText(length: number): string {
  return crypto.getRandomValues(new Uint8Array(length)).toBase64();
}
