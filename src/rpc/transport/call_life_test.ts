import assert from "#assert";
import { EventEmitter } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import { CallCancelledError, CallDeadlineError, ServerShutdownError } from "../call_errors.ts";
import { type CallLife, followCall } from "./call_life.ts";

/** A call of which nothing is real but the events. */
function followed({ deadline = Infinity }: { deadline?: number | Date } = {}): {
  call: EventEmitter;
  stream: EventEmitter;
  shutdown: AbortController;
  life: CallLife;
} {
  const call = Object.assign(new EventEmitter(), { getDeadline: () => deadline });
  const stream = new EventEmitter();
  const shutdown = new AbortController();
  const life = followCall(call, {
    incoming: {
      stream: stream as unknown as ServerHttp2Stream,
      rawMetadata: [],
      startedMs: 0,
      isTaken: true,
      peer: { hasCertificate: false, commonName: undefined },
    },
    shutdown: shutdown.signal,
  });
  return { call, stream, shutdown, life };
}

Deno.test("followCall fires when grpc-js says cancelled", () => {
  const { call, life } = followed();
  assert.ok(!life.signal.aborted);
  call.emit("cancelled");
  assert.ok(life.signal.reason instanceof CallCancelledError);
});

Deno.test("followCall fires when the stream closes, which grpc-js may have told before there was a handler", () => {
  const { stream, life } = followed();
  stream.emit("close");
  assert.ok(life.signal.reason instanceof CallCancelledError);
});

Deno.test("followCall tells a passed deadline from a cancelled call", () => {
  for (const deadline of [Date.now() - 1, new Date(Date.now() - 1)]) {
    const { call, life } = followed({ deadline });
    call.emit("cancelled");
    assert.ok(life.signal.reason instanceof CallDeadlineError);
  }
  const { call, life } = followed({ deadline: Date.now() + 60_000 });
  call.emit("cancelled");
  assert.ok(life.signal.reason instanceof CallCancelledError);
});

Deno.test("followCall fires when the server goes away, and keeps the first reason", () => {
  const { call, shutdown, life } = followed();
  shutdown.abort();
  call.emit("cancelled");
  assert.ok(life.signal.reason instanceof ServerShutdownError);
});

Deno.test("a finished call fires no more, and listens to nothing", () => {
  const { call, stream, shutdown, life } = followed();
  life.finish();
  assert.deepEqual([call.listenerCount("cancelled"), stream.listenerCount("close")], [0, 0]);
  shutdown.abort();
  assert.ok(!life.signal.aborted);
});
