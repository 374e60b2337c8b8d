/**
 * The client of the bench of live logs, a process of its own: keeps streams open, takes the time of single lines, and writes logs.
 *
 * Lean on purpose, as `client.ts` is, but reads the messages that it gets: their numbers tell whether each line has come once and in order. Runs under Node as
 * well as under Deno; imports nothing but what both have.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import fs from "node:fs";
import http2 from "node:http2";
import process from "node:process";
import readline from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientIdentity } from "./client_protocol.ts";
import { type LiveAnswer, type LiveCall, type LiveCommand, numberedLine } from "./follow_protocol.ts";

const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const HEAD_BYTES = 5;
/** A line that has not come for so long will not come any more. */
const LOST_MS = 5_000;
/** From the answer to a line to the next line. */
const PAUSE_MS = 3;

type Session = http2.ClientHttp2Session;

/** A stream that is open, or was. */
interface LiveStream {
  readonly stream: http2.ClientHttp2Stream;
  /** Resolves when headers have come, or nothing more can. */
  readonly opened: Promise<void>;
  /** Resolves when it is over. */
  readonly closed: Promise<void>;
  /** Messages that have come. */
  count: number;
  bytes: number;
  failure: string | undefined;
}

function openStream(
  session: Session,
  headers: http2.OutgoingHttpHeaders,
  { message, onMessage }: { readonly message: Buffer; readonly onMessage: (body: Buffer) => void },
): LiveStream {
  const stream = session.request(headers);
  let rest: Buffer = Buffer.alloc(0);
  const live: LiveStream = {
    stream,
    opened: new Promise((resolve) => {
      stream.once("response", () => resolve());
      stream.once("close", () => resolve());
    }),
    closed: new Promise((resolve) => stream.once("close", () => resolve())),
    count: 0,
    bytes: 0,
    failure: "the stream ended without a status",
  };
  const takeStatus = ({ "grpc-status": status, "grpc-message": text }: http2.IncomingHttpHeaders): void => {
    if (status === undefined) return;
    live.failure = status === "0" ? undefined : `status ${status}: ${decodeURIComponent(String(text ?? ""))}`;
  };
  stream.on("response", takeStatus);
  stream.on("trailers", takeStatus);
  stream.on("error", (error: Error) => {
    live.failure = error.message;
  });
  stream.on("data", (chunk: Buffer) => {
    live.bytes += chunk.length;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + rest.readUInt32BE(at + 1);
      if (end > rest.length) break;
      onMessage(rest.subarray(at + HEAD_BYTES, end));
      live.count += 1;
      at = end;
    }
    rest = rest.subarray(at);
  });
  stream.end(message);
  return live;
}

/** The number that a record's message begins with: field 2 of a `LogRecord`. */
function numberOf(body: Buffer): number {
  let at = 0;
  while (at < body.length) {
    const tag = body[at++] ?? 0;
    if ((tag & 7) === 0) {
      while ((body[at++] ?? 0) >= 0x80);
      continue;
    }
    let length = 0;
    for (let shift = 0;; shift += 7) {
      const byte = body[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (tag >> 3 === 2) return Number.parseInt(body.toString("latin1", at, at + 12), 10);
    at += length;
  }
  return NaN;
}

/** A message with its head, from base64. */
function framed(base64: string): Buffer {
  const body = Buffer.from(base64, "base64");
  const message = Buffer.alloc(HEAD_BYTES + body.length);
  message.writeUInt32BE(body.length, 1);
  message.set(body, HEAD_BYTES);
  return message;
}

/** Answers commands with that identity. */
function createClient(identity: ClientIdentity): (command: LiveCommand) => Promise<LiveAnswer> {
  let open: (LiveStream & { next: number })[] = [];
  const sessions = new Set<Session>();
  let probing: { stop: boolean; readonly done: Promise<LiveAnswer> } | undefined;

  async function connected(port: number): Promise<Session> {
    const session = http2.connect(`https://localhost:${port}`, {
      ...identity,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    await new Promise<void>((resolve, reject) => {
      session.once("connect", () => resolve());
      session.on("error", reject);
    });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    return session;
  }

  const headersOf = (path: string): http2.OutgoingHttpHeaders => ({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...identity.metadata,
  });

  function answer(part: Partial<LiveAnswer> & { readonly start: number }): LiveAnswer {
    const { start, failures = [], ...rest } = part;
    return {
      wallMs: performance.now() - start,
      bytes: 0,
      latenciesMs: [],
      lines: [],
      ...rest,
      failures: [...new Set(failures)],
    };
  }

  async function callOnce(session: Session, { path, message }: LiveCall): Promise<LiveStream> {
    const live = openStream(session, headersOf(path), { message: framed(message), onMessage: () => {} });
    await live.closed;
    return live;
  }

  async function call(command: LiveCall & { readonly port: number }): Promise<LiveAnswer> {
    const session = await connected(command.port);
    const start = performance.now();
    const { bytes, failure } = await callOnce(session, command);
    const done = answer({ start, bytes, failures: failure === undefined ? [] : [failure] });
    session.close();
    return done;
  }

  async function openAll(port: number, calls: readonly LiveCall[]): Promise<LiveAnswer> {
    const session = await connected(port);
    const start = performance.now();
    open = calls.map(({ path, message }) => {
      const one = {
        ...openStream(session, headersOf(path), {
          message: framed(message),
          onMessage: (body) => {
            const number = numberOf(body);
            if (number !== one.next) one.disorder ??= `line ${number} came where ${one.next} should be`;
            one.next += 1;
          },
        }),
        next: 0,
        disorder: undefined as string | undefined,
      };
      return one;
    });
    await Promise.all(open.map(({ opened }) => opened));
    const failures = open.filter(({ stream }) => stream.closed).map(({ failure }) => failure ?? "the stream has ended");
    return answer({ start, failures });
  }

  async function cancel(): Promise<LiveAnswer> {
    const start = performance.now();
    const failures = open.flatMap((one) => {
      const { disorder } = one as { disorder?: string };
      return [...(disorder === undefined ? [] : [disorder]), ...(one.stream.closed ? [one.failure ?? "ended"] : [])];
    });
    for (const { stream } of open) stream.close(http2.constants.NGHTTP2_CANCEL);
    await Promise.all(open.map(({ closed }) => closed));
    const lines = open.map(({ next }) => next);
    open = [];
    for (const session of sessions) session.close();
    return answer({ start, lines, failures });
  }

  async function probe(command: LiveCall & { readonly port: number; readonly everyMs: number }): Promise<LiveAnswer> {
    const session = await connected(command.port);
    const start = performance.now();
    const state = { stop: false };
    const run = async (): Promise<LiveAnswer> => {
      const latenciesMs: number[] = [];
      const failures: string[] = [];
      while (!state.stop) {
        const began = performance.now();
        const { failure } = await callOnce(session, command);
        latenciesMs.push(performance.now() - began);
        if (failure !== undefined) failures.push(failure);
        await sleep(command.everyMs);
      }
      session.close();
      return answer({ start, latenciesMs, failures });
    };
    probing = Object.assign(state, { done: run() });
    return answer({ start });
  }

  async function appends(command: LiveCommand & { readonly kind: "appends" }): Promise<LiveAnswer> {
    const { port, file, lines, path, message } = command;
    const session = await connected(port);
    const start = performance.now();
    let arrived: ((number: number) => void) | undefined;
    const live = openStream(session, headersOf(path), {
      message: framed(message),
      onMessage: (body) => arrived?.(numberOf(body)),
    });
    await live.opened;
    // A watch may be made a moment after the headers.
    await sleep(300);
    const descriptor = fs.openSync(file, "a");
    const latenciesMs: number[] = [];
    const failures: string[] = [];
    for (let number = 0; number < lines; number++) {
      const there = new Promise<number | undefined>((resolve) => {
        arrived = resolve;
        setTimeout(() => resolve(undefined), LOST_MS).unref();
      });
      const line = numberedLine(number);
      const began = performance.now();
      fs.writeSync(descriptor, line);
      const got = await there;
      latenciesMs.push(performance.now() - began);
      if (got !== number) failures.push(got === undefined ? "a line has not come" : "another line has come");
      await sleep(PAUSE_MS);
    }
    fs.closeSync(descriptor);
    live.stream.close(http2.constants.NGHTTP2_CANCEL);
    await live.closed;
    session.close();
    return answer({ start, latenciesMs, failures });
  }

  async function write({ files, everyMs, rounds }: LiveCommand & { readonly kind: "write" }): Promise<LiveAnswer> {
    const descriptors = files.map((file) => fs.openSync(file, "a"));
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      const line = Buffer.from(numberedLine(round));
      for (const descriptor of descriptors) fs.writeSync(descriptor, line);
      const waitMs = start + (round + 1) * everyMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
    }
    for (const descriptor of descriptors) fs.closeSync(descriptor);
    return answer({ start });
  }

  return async (command) => {
    switch (command.kind) {
      case "call":
        return await call(command);
      case "open":
        return await openAll(command.port, command.calls);
      case "cancel":
        return await cancel();
      case "probe":
        return await probe(command);
      case "finish": {
        if (probing === undefined) throw new TypeError("Cannot finish probing: it has not begun");
        probing.stop = true;
        return await probing.done;
      }
      case "appends":
        return await appends(command);
      case "write":
        return await write(command);
    }
  };
}

let client: ReturnType<typeof createClient> | undefined;
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (client === undefined) {
    client = createClient(JSON.parse(line));
    continue;
  }
  const answer = await client(JSON.parse(line)).catch((error: unknown): LiveAnswer => ({
    wallMs: NaN,
    bytes: 0,
    latenciesMs: [],
    lines: [],
    failures: [String(error)],
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
