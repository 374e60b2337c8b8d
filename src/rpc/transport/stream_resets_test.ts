import assert from "#assert";
import { EventEmitter } from "node:events";
import { createStreamResets, type ResettableStream, type StreamResets } from "./stream_resets.ts";

interface FakeStream extends ResettableStream {
  readonly codes: number[];
}

function stream(id: number, { headersSent = false, readableEnded = true } = {}): FakeStream {
  const codes: number[] = [];
  return Object.assign(new EventEmitter(), {
    id,
    headersSent,
    readableEnded,
    codes,
    close: (code: number) => void codes.push(code),
  });
}

/** Resets of a connection whose clock stands still, and how often it was told of abuse. */
function connection(): { resets: StreamResets; abuses: () => number; clock: { ms: number } } {
  const clock = { ms: 0 };
  let abuses = 0;
  return { resets: createStreamResets({ onAbuse: () => abuses++, now: () => clock.ms }), abuses: () => abuses, clock };
}

Deno.test("a reset closes its stream once, with CANCEL", () => {
  const { resets } = connection();
  const each = stream(1);
  resets.open(each);
  resets.reset(1);
  resets.reset(1);
  assert.deepEqual(each.codes, [8]);
});

Deno.test("a reset that comes before its stream closes it when it is opened", () => {
  const { resets } = connection();
  resets.reset(3);
  const [first, second] = [stream(1), stream(3)];
  resets.open(first);
  resets.open(second);
  assert.deepEqual([first.codes, second.codes], [[], [8]]);
});

Deno.test("a reset of a stream that is over already does nothing", () => {
  const { resets } = connection();
  const each = stream(1);
  resets.open(each);
  (each as unknown as EventEmitter).emit("close");
  resets.reset(1);
  assert.deepEqual(each.codes, []);
});

Deno.test("answered streams may be reset without a limit", () => {
  const { resets, abuses } = connection();
  for (let id = 1; id < 100_000; id += 2) {
    resets.open(stream(id, { headersSent: true }));
    resets.reset(id);
  }
  assert.equal(abuses(), 0);
});

Deno.test("resets are many after two hundred that were not answered, until as much time has passed", () => {
  const { resets, clock } = connection();
  let id = -1;
  const openAndReset = ({ headersSent = false } = {}): void => {
    id += 2;
    resets.open(stream(id, { headersSent }));
    resets.reset(id);
  };
  for (let i = 0; i < 1_000; i++) openAndReset({ headersSent: true });
  for (let i = 0; i < 200; i++) openAndReset();
  assert.ok(!resets.areMany());
  openAndReset();
  assert.ok(resets.areMany());
  clock.ms = 5;
  assert.ok(!resets.areMany());
  // A hundred a second never are.
  for (clock.ms = 2_000; clock.ms < 62_000; clock.ms += 10) {
    openAndReset();
    assert.ok(!resets.areMany());
  }
});

Deno.test("a stream is unanswered from when its request has come whole until its answer begins, or it is reset", () => {
  const { resets } = connection();
  resets.open(stream(1, { readableEnded: false }));
  resets.open(stream(3, { headersSent: true }));
  assert.ok(!resets.hasUnanswered());
  resets.open(stream(5));
  assert.ok(resets.hasUnanswered());
  resets.reset(5);
  assert.ok(!resets.hasUnanswered());
});

for (const order of ["after", "before"] as const) {
  Deno.test(`1,000 streams may be reset ${order} they are opened and before they are answered, and 200 more a second`, () => {
    const { resets, abuses, clock } = connection();
    let id = -1;
    const openAndReset = (): void => {
      id += 2;
      if (order === "before") resets.reset(id);
      resets.open(stream(id));
      if (order === "after") resets.reset(id);
    };
    for (let i = 0; i < 1_000; i++) openAndReset();
    clock.ms = 1_000;
    for (let i = 0; i < 200; i++) openAndReset();
    assert.equal(abuses(), 0);
    openAndReset();
    assert.equal(abuses(), 1);
    clock.ms = 60_000;
    for (let i = 0; i < 1_000; i++) openAndReset();
    assert.equal(abuses(), 1);
  });
}
