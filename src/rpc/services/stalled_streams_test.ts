import assert from "#assert";
import { StalledStreamError, StalledStreams } from "./stalled_streams.ts";

interface Rig {
  readonly streams: StalledStreams;
  readonly ended: () => number;
  readonly isTimed: () => boolean;
  /** Lets so many milliseconds pass, and has streams looked at. */
  pass(ms: number): void;
}

function rig(): Rig {
  let now = 0;
  let ended = 0;
  let check: (() => void) | undefined;
  const streams = new StalledStreams({
    stalledMs: 1_000,
    onEnd: () => ended++,
    clock: () => now,
    every: (callback) => {
      check = callback;
      return {
        [Symbol.dispose]: () => {
          check = undefined;
        },
      };
    },
  });
  return {
    streams,
    ended: () => ended,
    isTimed: () => check !== undefined,
    pass: (ms) => {
      now += ms;
      check?.();
    },
  };
}

Deno.test("a stream whose client takes nothing for as long as the limit says ends, once, and not a moment sooner", async () => {
  const { streams, ended, isTimed, pass } = rig();
  const failed: Error[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const watched = streams.watch<string>({ send: () => promise, fail: (reason) => failed.push(reason) });
  const sent = watched.send("a");
  pass(999);
  assert.deepEqual(failed, []);
  pass(1);
  pass(5_000);
  assert.equal(failed.length, 1);
  assert.ok(failed[0] instanceof StalledStreamError);
  assert.match(`${failed[0]?.message}`, /nothing for 1 s, the limit of limits\.stalled-stream$/);
  assert.equal(ended(), 1);
  resolve();
  await sent;
  watched[Symbol.dispose]();
  assert.deepEqual([streams.size, isTimed()], [0, false]);
});

Deno.test("a client that takes a little now and then is not stalled, nor is a search that finds nothing for long", async () => {
  const { streams, pass } = rig();
  let take = (): void => {};
  using watched = streams.watch<string>({
    send: () => new Promise((resolve) => take = resolve),
    fail: assert.fail,
  });
  for (let message = 0; message < 5; message++) {
    const sent = watched.send("a");
    pass(900);
    take();
    await sent;
  }
  pass(1_000_000);
});
