/**
 * The client of the bench, a process of its own: calls methods over HTTP/2 and mutual TLS, and counts what comes.
 *
 * Lean on purpose, because it shares the processors with the agent that is measured: no gRPC library, nothing is
 * decoded, messages are counted by their heads. Runs under Node as well as under Deno; imports nothing but what both
 * have.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import process from "node:process";
import readline from "node:readline";
import type { ClientAnswer, ClientCommand, ClientIdentity } from "./client_protocol.ts";
import { countFrames, createFrameCounter, isBetweenFrames } from "./frame_counter.ts";
import { callHeaders, failureOf, framed } from "./grpc_call.ts";
import { connectHttp2, type Headers, type Http2Connection } from "./http2_connection.ts";

/** Longer than anything takes that is measured: an agent that is stuck is no reason to wait for ever. */
const CALL_LIMIT_MS = 180_000;

/** How one call went. */
interface CallResult {
  readonly frames: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly failure: string | undefined;
}

/** Sends one request; resolves when its stream is over. With `first`, cancels it after its first message. */
function call(
  connection: Http2Connection,
  headers: Headers,
  options: { readonly message: Buffer; readonly first: boolean },
): Promise<CallResult> {
  const { message, first } = options;
  const counter = createFrameCounter();
  const start = performance.now();
  let firstMs = NaN;
  let failure: string | undefined = "the stream ended without a status";
  return new Promise((resolve) => {
    const limit = setTimeout(() => cancel(`no end within ${CALL_LIMIT_MS / 1_000} s`), CALL_LIMIT_MS);
    const cancel = connection.call({ headers, body: message }, {
      headers: (headers) => {
        if ("grpc-status" in headers) failure = failureOf(headers);
      },
      data: (bytes) => {
        countFrames(counter, bytes);
        if (counter.frames === 0 || !Number.isNaN(firstMs)) return;
        firstMs = performance.now() - start;
        if (first) cancel("enough");
      },
      end: (reason) => {
        clearTimeout(limit);
        if (first && !Number.isNaN(firstMs)) failure = undefined;
        else if (reason !== undefined) failure = reason;
        else if (failure === undefined && !isBetweenFrames(counter)) failure = "the last message is cut";
        resolve({ frames: counter.frames, bytes: counter.bytes, firstMs, failure });
      },
    });
  });
}

function answerOf(results: readonly CallResult[], wallMs: number): ClientAnswer {
  const failures = results.map(({ failure }) => failure).filter((failure) => failure !== undefined);
  return {
    wallMs,
    frames: results.reduce((sum, { frames }) => sum + frames, 0),
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
    latenciesMs: results.map(({ firstMs }) => firstMs).filter((ms) => !Number.isNaN(ms)),
    failures: [...new Set(failures)],
  };
}

/** Answers commands with that identity. */
function createClient(identity: ClientIdentity): (command: ClientCommand) => Promise<ClientAnswer> {
  const connections = new Map<number, Http2Connection>();
  let probing:
    | { readonly calls: Promise<CallResult>[]; readonly start: number; readonly timer: NodeJS.Timeout }
    | undefined;

  async function connected(port: number): Promise<Http2Connection> {
    const known = connections.get(port);
    if (known !== undefined && !known.isClosed) return known;
    const connection = await connectHttp2(port, identity);
    connections.set(port, connection);
    return connection;
  }

  return async (command) => {
    if (command.kind === "finish") {
      if (probing === undefined) throw new TypeError("Cannot finish probing: it has not begun");
      const { calls, start, timer } = probing;
      clearInterval(timer);
      probing = undefined;
      return answerOf(await Promise.all(calls), performance.now() - start);
    }
    const connection = await connected(command.port);
    const headers = callHeaders(command.path, identity);
    const messages = command.messages.map(framed);
    const start = performance.now();
    if (command.kind === "streams") {
      const results = await Promise.all(
        messages.map((message) => call(connection, headers, { message, first: false })),
      );
      return answerOf(results, performance.now() - start);
    }
    if (command.kind === "first") {
      const results: CallResult[] = [];
      for (const message of messages) results.push(await call(connection, headers, { message, first: true }));
      // A server closes a connection on which too many streams are reset.
      connection.close();
      return answerOf(results, performance.now() - start);
    }
    const [message = framed("")] = messages;
    const calls: Promise<CallResult>[] = [];
    const timer = setInterval(
      () => calls.push(call(connection, headers, { message, first: false })),
      command.everyMs,
    );
    probing = { calls, start, timer };
    return answerOf([], 0);
  };
}

// The HPACK library makes its buffers the old way.
process.noDeprecation = true;

let client: ReturnType<typeof createClient> | undefined;
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (client === undefined) {
    client = createClient(JSON.parse(line));
    continue;
  }
  const answer = await client(JSON.parse(line)).catch((error: unknown): ClientAnswer => ({
    ...answerOf([], NaN),
    failures: [String(error)],
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
