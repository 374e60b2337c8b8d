import assert from "#assert";
import { EventEmitter } from "node:events";
import { connect as connectHttp2, type ServerHttp2Stream } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import { type RunningServer, runServer } from "../../tests/support/agent_server.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { inTime } from "../../tests/support/in_time.ts";
import { grpcMessage } from "../../tests/support/raw_http2.ts";
import { anyLog, listing, listOf, record, streaming } from "../../tests/support/test_services.ts";
import { CallCancelledError, CallDeadlineError, HealthServiceUnknownError } from "./call_errors.ts";
import type { IdleGc } from "./transport/idle_gc.ts";
import { untilAborted } from "../scheduling/abortable.ts";
import { services } from "./descriptor.ts";
import { exchange, serverStream, unary } from "./handler.ts";
import { enterStream } from "./transport/incoming_streams.ts";
import type { CallStatus } from "./status.ts";

const noNamespaces = { namespaces: [] };
/** An error that has a line in the table, with a text of our own. */
function notFound(message: string): Error {
  return Object.assign(new HealthServiceUnknownError(), { message });
}

/**
 * Calls a method with an empty request and a timeout that the server alone measures, from the request on: the deadline
 * of a client may pass while it still connects. Resolves to the status of the answer.
 */
async function statusOf(running: RunningServer, path: string, { timeout }: { timeout: string }): Promise<unknown> {
  const { authority, client } = running.certificates;
  const session = connectHttp2(`https://localhost:${running.port}`, {
    ca: authority.certPem,
    key: client.keyPem,
    cert: client.certPem,
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const take = (headers: Record<string, unknown>): void => {
    if ("grpc-status" in headers) resolve(headers["grpc-status"]);
  };
  const head = { "content-type": "application/grpc", te: "trailers", "grpc-timeout": timeout };
  const stream = session.request({ ":method": "POST", ":path": path, ...head });
  stream.on("response", take).on("trailers", take).on("error", reject).resume();
  stream.end(grpcMessage());
  try {
    return await inTime(() => "the call has a status", promise);
  } finally {
    session.destroy();
  }
}

Deno.test("unary ends its call INTERNAL, and reports, when the handler throws or rejects with what has no status", async () => {
  const errors = [new Error("thrown at once"), new Error("rejected later")];
  let calls = 0;
  await using running = await runServer([listing(() => {
    const error = errors[calls++];
    if (calls === 1) throw error;
    return Promise.resolve().then(() => Promise.reject(error));
  })]);
  const client = running.client();
  for (const error of errors) {
    const answer = await client.unary(services.logMetadata.List, noNamespaces);
    assert.deepEqual(answer, { response: undefined, code: "INTERNAL", details: "internal error" });
    assert.equal(running.reports.at(-1)?.error, error);
    assert.equal(running.reports.at(-1)?.method, "/cluster_agent.LogMetadataService/List");
  }
  assert.equal(running.reports.length, 2);
});

Deno.test("serverStream ends its call INTERNAL after what was sent, and reports", async () => {
  const defect = new TypeError("in the middle");
  await using running = await runServer([streaming(async ({ send }) => {
    await send(record("one"));
    throw defect;
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  assert.equal((await answer.next())?.message, "one");
  assert.equal(await answer.next(), undefined);
  assert.deepEqual(await answer.ending, { code: "INTERNAL", details: "internal error" });
  assert.deepEqual(running.reports, [{ error: defect, method: services.logRecords.StreamForward.path }]);
});

Deno.test("an error that has a status reaches the caller with its text, and is reported as what it is", async () => {
  await using running = await runServer([listing(() => {
    throw notFound("%?é\n and half a pair: \ud800");
  })]);
  const answer = await running.client().unary(services.logMetadata.List, noNamespaces);
  assert.deepEqual([answer.code, answer.details], ["NOT_FOUND", "%?é\n and half a pair: \ufffd"]);
  assert.deepEqual(running.reports, []);
  const [failure] = running.failures;
  assert.deepEqual([failure?.status.code, failure?.method], [5, services.logMetadata.List.path]);
  assert.deepEqual([failure?.call?.peer.commonName, failure?.call?.peer.address], ["test-client", "127.0.0.1"]);
});

Deno.test("what ends a stream from outside is reported once, and so is what does not end it", async () => {
  const ended = notFound("lost the right to read");
  const passing = notFound("no answer, once more");
  await using running = await runServer([streaming(async ({ send, report, fail, signal }) => {
    await send(record("one"));
    report(passing);
    fail(ended);
    await untilAborted({ signal });
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  assert.equal((await answer.next())?.message, "one");
  assert.equal(await answer.next(), undefined);
  assert.deepEqual(await answer.ending, { code: "NOT_FOUND", details: ended.message });
  assert.deepEqual(running.failures.map(({ error }) => error), [passing, ended]);
});

Deno.test("an error's text is cut before it outgrows a header", async () => {
  await using running = await runServer([listing(() => {
    throw notFound("ü".repeat(1_000_000));
  })]);
  const answer = await running.client().unary(services.logMetadata.List, noNamespaces);
  assert.deepEqual([answer.code, answer.details.length], ["NOT_FOUND", 4_097]);
});

Deno.test("an observer is told of each call when it begins and once when it ends, with what it has sent", async () => {
  await using running = await runServer([
    listing(() => listOf(["a"])),
    streaming(async ({ send, request: { grep } }) => {
      await send(record("one"));
      await send(record("three"));
      if (grep !== "") throw notFound(grep);
    }),
  ]);
  const client = running.client();
  await client.unary(services.logMetadata.List, noNamespaces);
  const { bytes } = await client.count(services.logRecords.StreamForward, anyLog);
  await client.count(services.logRecords.StreamForward, { ...anyLog, grep: "why" });
  await client.unary(services.health.Check, { service: "" });
  const { begun, ended } = running.calls;
  assert.deepEqual(
    ended.map((
      { call: { method, type }, status: { code, details } },
    ) => [method.split("/").at(-1), type, code, details]),
    [
      ["List", "unary", 0, "OK"],
      ["StreamForward", "server_stream", 0, "OK"],
      ["StreamForward", "server_stream", 5, "why"],
      ["Check", "unary", 0, "OK"],
    ],
  );
  assert.deepEqual(ended.map(({ call }) => begun.indexOf(call)), [0, 1, 2, 3]);
  const [list, ...streams] = ended.map(({ call: { figures: { messages, bytes } } }) => ({ messages, bytes }));
  assert.ok(list?.messages === 1 && list.bytes > 5, "the list was counted");
  const sent = { messages: 2, bytes: bytes + 2 * 5 };
  assert.deepEqual(streams.slice(0, 2), [sent, sent]);
});

Deno.test("an observer is told of a call that is cancelled, that shutdown ends, or whose deadline passes", async () => {
  const open = Promise.withResolvers<void>();
  await using running = await runServer([
    listing(async ({ signal }) => {
      open.resolve();
      await untilAborted({ signal });
      return listOf([]);
    }),
    streaming(async ({ sendHeaders, signal }) => {
      sendHeaders();
      await untilAborted({ signal });
    }),
  ]);
  const client = running.client();
  const cancelled = client.stream(services.logRecords.StreamForward, anyLog);
  await cancelled.headers;
  cancelled.discard();
  cancelled.cancel();
  await eventually("a call that was cancelled has ended", () => running.calls.ended.length === 1);
  const streamed = client.stream(services.logRecords.StreamForward, anyLog);
  await streamed.headers;
  const unary = statusOf(running, services.logMetadata.List.path, { timeout: "3S" });
  await open.promise;
  const ending = running.server.drain({ signal: AbortSignal.timeout(60_000) });
  streamed.discard();
  assert.equal((await streamed.ending).code, "UNAVAILABLE");
  assert.equal(await unary, "4");
  await ending;
  const ended = running.calls.ended.map(({ call: { type }, status: { code } }) => [type, code]);
  assert.deepEqual(ended.slice(0, 2), [["server_stream", 1], ["server_stream", 14]]);
  assert.deepEqual(ended.slice(2), [["unary", 4]]);
});

Deno.test("the signal fires with the reason when a client cancels", async () => {
  const reasons = Promise.withResolvers<unknown>();
  await using running = await runServer([streaming(async ({ send, signal }) => {
    await send(record("one"));
    signal.addEventListener("abort", () => reasons.resolve(signal.reason));
    await untilAborted({ signal });
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  await answer.next();
  answer.cancel();
  assert.ok(await reasons.promise instanceof CallCancelledError);
  assert.equal((await answer.ending).code, "CANCELLED");
  assert.deepEqual(running.reports, []);
});

Deno.test("the signal fires with the reason when a client's connection is gone", async () => {
  const reasons = Promise.withResolvers<unknown>();
  await using running = await runServer([streaming(async ({ sendHeaders, signal }) => {
    sendHeaders();
    await untilAborted({ signal }).catch(reasons.resolve);
  })]);
  const client = running.client();
  const answer = client.stream(services.logRecords.StreamForward, anyLog);
  answer.discard();
  await answer.headers;
  answer.cancel();
  client[Symbol.dispose]();
  assert.ok(await reasons.promise instanceof CallCancelledError);
});

Deno.test("the signal fires with the reason when a deadline passes", async () => {
  const reasons = Promise.withResolvers<unknown>();
  await using running = await runServer([listing(({ signal }) =>
    untilAborted({ signal }).catch((reason) => {
      reasons.resolve(reason);
      throw reason;
    })
  )]);
  assert.equal(await statusOf(running, services.logMetadata.List.path, { timeout: "3S" }), "4");
  assert.ok(await reasons.promise instanceof CallDeadlineError);
  assert.deepEqual(running.reports, []);
});

Deno.test("the signal of a call that ends by itself never fires", async () => {
  const signals: AbortSignal[] = [];
  await using running = await runServer([
    listing(({ signal }) => {
      signals.push(signal);
      return { items: [] };
    }),
    streaming(async ({ send, signal }) => {
      signals.push(signal);
      await send(record("one"));
    }),
  ]);
  using client = running.client();
  await client.unary(services.logMetadata.List, noNamespaces);
  await client.count(services.logRecords.StreamForward, anyLog);
  await running.server.stop();
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false, false]);
});

Deno.test("sendHeaders answers before there is a message", async () => {
  await using running = await runServer([streaming(async ({ sendHeaders, signal }) => {
    sendHeaders();
    await untilAborted({ signal });
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  answer.discard();
  await answer.headers;
  answer.cancel();
  await answer.ending;
});

Deno.test("send waits for a client that does not read, and rejects when that client cancels", async () => {
  const message = "x".repeat(256 * 1024);
  const outcome = Promise.withResolvers<unknown>();
  let taken = 0;
  await using running = await runServer([streaming(async ({ send }) => {
    try {
      for (;; taken++) await send(record(message));
    } catch (error) {
      outcome.resolve(error);
      throw error;
    }
  })]);
  const client = running.client();
  const answer = client.stream(services.logRecords.StreamForward, anyLog);
  assert.equal((await answer.next())?.message.length, message.length);
  // Each answer to another call is a turn in which the stream could have gone on.
  let unchanged = 0;
  while (unchanged < 10) {
    const before = taken;
    await client.unary(services.health.Check, { service: "" });
    assert.ok(taken < 64, `${taken} messages were taken although nobody reads`);
    unchanged = taken === before ? unchanged + 1 : 0;
  }
  answer.cancel();
  assert.ok(await outcome.promise instanceof CallCancelledError);
});

Deno.test("send refuses a second message while the first has not been taken", async () => {
  const outcome = Promise.withResolvers<PromiseSettledResult<void>[]>();
  await using running = await runServer([streaming(async ({ send }) => {
    outcome.resolve(await Promise.allSettled([send(record("one")), send(record("two"))]));
  })]);
  const { messages } = await running.client().count(services.logRecords.StreamForward, anyLog);
  assert.deepEqual((await outcome.promise).map(({ status }) => status), ["fulfilled", "rejected"]);
  assert.equal(messages, 1);
});

Deno.test("a handler knows its method, its peer and its request", async () => {
  await using running = await runServer([
    listing(({ method, peer, request }) => listOf([method, peer.commonName ?? "", ...request.namespaces])),
  ]);
  const { response } = await running.client().unary(services.logMetadata.List, { namespaces: ["a", "b"] });
  assert.deepEqual(response?.items.map(({ id }) => id), [services.logMetadata.List.path, "test-client", "a", "b"]);
});

/** A call that grpc-js would hand over, on a stream that is open. */
function fakeCall(): { call: EventEmitter; stream: EventEmitter; statuses: CallStatus[] } {
  const stream = new EventEmitter();
  const headers: Record<string, string> = {};
  const peer = { hasCertificate: false, commonName: undefined };
  enterStream(stream as unknown as ServerHttp2Stream, { headers, rawHeaders: [], peer });
  const call = Object.assign(new EventEmitter(), {
    metadata: Metadata.fromHttp2Headers(headers),
    getPath: () => "/a.B/C",
  });
  const statuses: CallStatus[] = [];
  call.on("error", (status: CallStatus) => statuses.push(status));
  return { call, stream, statuses };
}

const handlers = {
  unary: unary(assert.fail),
  serverStream: serverStream(assert.fail),
  exchange: exchange(assert.fail),
};

const noGc: IdleGc = { start: () => {}, begin: () => {}, end: () => {}, [Symbol.dispose]: () => {} };

Deno.test("a call that comes during the shutdown is refused without its handler", () => {
  for (const [name, handler] of Object.entries(handlers)) {
    const { call, stream, statuses } = fakeCall();
    const told: unknown[] = [];
    const handle: unknown = handler({
      shutdown: AbortSignal.abort(),
      report: ({ status }) => told.push(status),
      observers: [{ end: (_, { status }) => told.push(status) }],
      idleGc: noGc,
    });
    (handle as (...parameters: unknown[]) => void)(call, (status: CallStatus) => statuses.push(status));
    const refusal = { code: 14, details: "Server is shutting down" };
    assert.deepEqual(statuses, [refusal], name);
    assert.deepEqual(told, [refusal, refusal], name);
    stream.emit("close");
  }
});

Deno.test("a call whose stream has closed before is left alone", () => {
  for (const [name, handler] of Object.entries(handlers)) {
    const { call, stream, statuses } = fakeCall();
    stream.emit("close");
    const handle: unknown = handler({
      shutdown: new AbortController().signal,
      report: assert.fail,
      idleGc: noGc,
    });
    (handle as (...parameters: unknown[]) => void)(call, (status: CallStatus) => statuses.push(status));
    assert.deepEqual(statuses, [], name);
  }
});
