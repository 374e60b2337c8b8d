import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import type { Pod } from "../pod.ts";
import type { PodEvent } from "../pod_event.ts";
import type { RelayClient, RelayInfo, RelayStream } from "./relay_client.ts";
import { createRelaySink } from "./relay_sink.ts";
import type { Sink } from "../sink.ts";

const MESSAGE_BYTES = 1_000;

/** A stream of a relay by hand: it takes as many messages as it is told to. */
interface Stream extends RelayStream {
  readonly sent: readonly RelayInfo[];
  take(count: number): void;
}

function fakeRelay(): { readonly client: RelayClient; readonly streams: readonly Stream[] } {
  const streams: Stream[] = [];
  const open = ({ onTaken }: { readonly onTaken: () => void }): Stream => {
    const sent: RelayInfo[] = [];
    const ended = Promise.withResolvers<undefined>();
    let taken = 0;
    const stream: Stream = {
      sent,
      send: (info) => sent.push(info),
      get waitingBytes(): number {
        return (sent.length - taken) * MESSAGE_BYTES;
      },
      take: (count) => {
        for (let left = count; left > 0 && taken < sent.length; left--) {
          taken++;
          onTaken();
        }
      },
      end: () => ended.resolve(undefined),
      ended: ended.promise,
    };
    streams.push(stream);
    return stream;
  };
  return { client: { connect: () => Promise.resolve({ open, [Symbol.dispose]: () => {} }) }, streams };
}

function told(uid: string): readonly PodEvent[] {
  const container = { id: `containerd://${uid}`, name: "c", image: "a:1" };
  const owner = { kind: "Deployment", uid: "d1", name: "web" };
  const pod: Pod = {
    uid,
    ip: "10.1.2.3",
    name: `name-${uid}`,
    namespace: "ns",
    owner,
    hostNetwork: false,
    version: "'a:1'",
    containers: [container],
  };
  return [{ type: "PodNew", pod, owner }, { type: "PodContainer", uid, container }];
}

interface Running extends AsyncDisposable {
  readonly sink: Sink;
  readonly notices: readonly string[];
  readonly overflows: () => number;
}

function run(client: RelayClient, snapshot: () => readonly PodEvent[], maxWaitingBytes = 1 << 20): Running {
  const stop = new AbortController();
  const notices: string[] = [];
  let overflows = 0;
  let epoch = 0;
  const sink = createRelaySink({
    client,
    address: "relay",
    onRetry: (notice) => notices.push(notice),
    onOverflow: () => overflows++,
    reconnectMs: 1,
    maxWaitingBytes,
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
    overflows: () => overflows,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

function nth(streams: readonly Stream[], index: number): Stream {
  const stream = streams[index];
  if (stream === undefined) throw new RangeError(`no stream ${index}`);
  return stream;
}

const uidsOf = ({ sent }: Stream): readonly unknown[] => sent.map(({ pod_info: pod }) => pod?.uid);

Deno.test("createRelaySink hands the library little ahead of what the relay takes, and then all of it in order", async () => {
  const uids = Array.from({ length: 3_000 }, (_, number) => `p${number}`);
  const { client, streams } = fakeRelay();
  await using running = run(client, () => uids.flatMap(told));
  await eventually("a stream", () => streams.length === 1);
  const stream = nth(streams, 0);
  assert.equal(stream.sent.length, Math.ceil((256 << 10) / MESSAGE_BYTES));
  while (stream.sent.length < uids.length) {
    const before = stream.sent.length;
    stream.take(100);
    assert(stream.sent.length > before && stream.waitingBytes < (256 << 10) + MESSAGE_BYTES);
  }
  assert.deepEqual(uidsOf(stream), uids);
  assert.deepEqual([running.notices, running.overflows()], [[], 0]);
});

Deno.test("createRelaySink gives up a relay that takes nothing while too much changes, tells, and tells all anew", async () => {
  const present = Array.from({ length: 400 }, (_, number) => `p${number}`);
  const { client, streams } = fakeRelay();
  await using running = run(client, () => present.flatMap(told), 100_000);
  await eventually("a stream", () => streams.length === 1);
  for (let number = 400; number < 2_000 && running.overflows() === 0; number++) {
    for (const event of told(`p${number}`)) running.sink.write(event);
    running.sink.flush();
  }
  await eventually("a second stream", () => streams.length === 2);
  assert.equal(running.overflows(), 1);
  assert.equal(running.notices.length, 1);
  assert.match(
    running.notices[0] ?? "",
    /^Cannot reach relay at relay: it takes nothing, and \d+ bytes of changes wait/,
  );
  const [first, second] = [nth(streams, 0), nth(streams, 1)];
  // What was left is not told to the earlier stream any more.
  const { length } = first.sent;
  first.take(1_000);
  assert.equal(first.sent.length, length);
  second.take(1_000);
  assert.deepEqual(uidsOf(second), present);
});
