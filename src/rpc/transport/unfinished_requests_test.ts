import assert from "#assert";
import { EventEmitter } from "node:events";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import { createUnfinishedRequests, type RequestStream, type UnfinishedRequests } from "./unfinished_requests.ts";

class FakeStream extends EventEmitter implements RequestStream {
  readableEnded = false;
  headersSent = false;
  writableEnded = false;
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

interface Rig {
  readonly requests: UnfinishedRequests<FakeStream>;
  readonly clock: ManualClock;
  readonly refused: string[];
  begin(name: string): FakeStream;
}

function rig(): Rig {
  const clock = createManualClock();
  const refused: string[] = [];
  const requests = createUnfinishedRequests<FakeStream>({
    limits: { requestMs: 1_000, maxUnfinishedRequests: 2 },
    refuse: ({ name }, limit) => refused.push(`${name}: ${limit}`),
    clock,
  });
  const begin = (name: string): FakeStream => {
    const stream = new FakeStream(name);
    requests.begin(stream);
    return stream;
  };
  return { requests, clock, refused, begin };
}

Deno.test("a request has its time, each from its own begin, with one timer for all", () => {
  const { clock, refused, begin } = rig();
  begin("a");
  clock.advance(400);
  begin("b");
  assert.equal(clock.timers().length, 1);
  clock.advance(599);
  assert.deepEqual(refused, []);
  clock.advance(1);
  assert.deepEqual(refused, ["a: request_time"]);
  clock.advance(400);
  assert.deepEqual(refused, ["a: request_time", "b: request_time"]);
  assert.deepEqual(clock.timers(), []);
});

Deno.test("as many requests as are allowed may be unfinished; with one more the oldest is refused", () => {
  const { refused, begin } = rig();
  for (const name of ["a", "b"]) begin(name);
  assert.deepEqual(refused, []);
  begin("c");
  assert.deepEqual(refused, ["a: unfinished_requests"]);
});

Deno.test("a request that has come whole, or whose stream is over, counts no more", () => {
  const { clock, refused, begin } = rig();
  begin("a").emit("end");
  begin("b").emit("close");
  for (const name of ["c", "d"]) begin(name);
  assert.deepEqual(refused, []);
  clock.advance(1_000);
  assert.deepEqual(refused, ["c: request_time", "d: request_time"]);
});

Deno.test("a request that is whole when its stream comes is not watched", () => {
  const { requests, clock } = rig();
  requests.begin(Object.assign(new FakeStream("a"), { readableEnded: true }));
  assert.deepEqual(clock.timers(), []);
});

Deno.test("a conversation is not refused, an answered request that goes on is", () => {
  const { clock, refused, begin } = rig();
  Object.assign(begin("conversation"), { headersSent: true });
  Object.assign(begin("answered"), { headersSent: true, writableEnded: true });
  clock.advance(1_000);
  assert.deepEqual(refused, ["answered: request_time"]);
});

Deno.test("what is disposed of waits for nothing", () => {
  const { requests, clock, begin } = rig();
  begin("a");
  requests[Symbol.dispose]();
  assert.deepEqual(clock.timers(), []);
});
