/**
 * The client of the bench, a process of its own: calls methods over HTTP/2 and mutual TLS, and counts what comes.
 *
 * Lean on purpose, because it shares the processors with the agent that is measured: no gRPC library, nothing is decoded, messages are
 * counted by their heads. Runs under Node as well as under Deno; imports nothing but what both have.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import http2 from "node:http2";
import process from "node:process";
import readline from "node:readline";
import type { Calls, ClientAnswer, ClientCommand, ClientIdentity } from "./client_protocol.ts";
import { countFrames, createFrameCounter, isBetweenFrames } from "./frame_counter.ts";

/** As a client that has learnt how fast the line is. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Longer than anything takes that is measured: an agent that is stuck is no reason to wait for ever. */
const CALL_LIMIT_MS = 180_000;
/** The order in which Go's clients offer them. */
const CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

type Session = http2.ClientHttp2Session;

/** How one call went. */
interface CallResult {
  readonly frames: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly failure: string | undefined;
}

/** Sends one request; resolves when its stream is over. With `first`, cancels it after its first message. */
function call(
  session: Session,
  headers: http2.OutgoingHttpHeaders,
  options: { message: Buffer; first: boolean },
): Promise<CallResult> {
  const { message, first } = options;
  const counter = createFrameCounter();
  const start = performance.now();
  let firstMs = NaN;
  let failure: string | undefined = "the stream ended without a status";
  const takeStatus = ({ "grpc-status": status, "grpc-message": text }: http2.IncomingHttpHeaders): void => {
    if (status !== undefined) {
      failure = status === "0" ? undefined : `status ${status}: ${decodeURIComponent(String(text ?? ""))}`;
    }
  };
  const stream = session.request(headers);
  stream.on("response", takeStatus);
  stream.on("trailers", takeStatus);
  stream.on("data", (chunk: Buffer) => {
    countFrames(counter, chunk);
    if (counter.frames === 0 || !Number.isNaN(firstMs)) return;
    firstMs = performance.now() - start;
    if (!first) return;
    failure = undefined;
    stream.removeAllListeners("data");
    stream.close(http2.constants.NGHTTP2_CANCEL);
  });
  stream.on("error", (error: Error) => {
    if (!first || Number.isNaN(firstMs)) failure = error.message;
  });
  stream.end(message);
  const limit = setTimeout(() => {
    failure = `no end within ${CALL_LIMIT_MS / 1_000} s`;
    stream.removeAllListeners("trailers");
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }, CALL_LIMIT_MS);
  return new Promise((resolve) =>
    stream.on("close", () => {
      clearTimeout(limit);
      if (failure === undefined && !first && !isBetweenFrames(counter)) failure = "the last message is cut";
      resolve({ frames: counter.frames, bytes: counter.bytes, firstMs, failure });
    })
  );
}

/** A message with its head, from base64. */
function framed(base64: string): Buffer {
  const body = Buffer.from(base64, "base64");
  const message = Buffer.alloc(5 + body.length);
  message.writeUInt32BE(body.length, 1);
  message.set(body, 5);
  return message;
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
  const sessions = new Map<number, Session>();
  let probing:
    | { readonly calls: Promise<CallResult>[]; readonly start: number; readonly timer: NodeJS.Timeout }
    | undefined;

  async function connected(port: number): Promise<Session> {
    const known = sessions.get(port);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`https://localhost:${port}`, {
      ...identity,
      ciphers: CIPHERS,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    session.on("close", () => sessions.delete(port));
    await new Promise<void>((resolve, reject) => {
      session.once("connect", () => resolve());
      session.on("error", reject);
    });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    sessions.set(port, session);
    return session;
  }

  const headersOf = ({ path }: Calls): http2.OutgoingHttpHeaders => ({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...identity.metadata,
  });

  return async (command) => {
    if (command.kind === "finish") {
      if (probing === undefined) throw new TypeError("Cannot finish probing: it has not begun");
      const { calls, start, timer } = probing;
      clearInterval(timer);
      probing = undefined;
      return answerOf(await Promise.all(calls), performance.now() - start);
    }
    const session = await connected(command.port);
    const headers = headersOf(command);
    const messages = command.messages.map(framed);
    const start = performance.now();
    if (command.kind === "streams") {
      const results = await Promise.all(messages.map((message) => call(session, headers, { message, first: false })));
      return answerOf(results, performance.now() - start);
    }
    if (command.kind === "first") {
      const results: CallResult[] = [];
      for (const message of messages) results.push(await call(session, headers, { message, first: true }));
      return answerOf(results, performance.now() - start);
    }
    const [message = framed("")] = messages;
    const calls: Promise<CallResult>[] = [];
    const timer = setInterval(
      () => calls.push(call(session, headers, { message, first: false })),
      command.everyMs,
    );
    probing = { calls, start, timer };
    return answerOf([], 0);
  };
}

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
