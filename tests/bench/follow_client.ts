/**
 * The client of the bench of live logs, a process of its own: keeps streams open, takes the time of single lines, and
 * writes logs.
 *
 * Lean on purpose, as `client.ts` is, but reads the messages that it gets: their numbers tell whether each line has
 * come once and in order. Runs under Node as well as under Deno; imports nothing but what both have.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import fs from "node:fs";
import process from "node:process";
import readline from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientIdentity } from "./client_protocol.ts";
import {
  type AppendTarget,
  type LiveAnswer,
  type LiveCall,
  type LiveCommand,
  numberedLine,
} from "./follow_protocol.ts";
import { callHeaders, failureOf, framed } from "./grpc_call.ts";
import { connectHttp2, type Http2Connection } from "./http2_connection.ts";

const HEAD_BYTES = 5;
/** A line that has not come for so long will not come any more. */
const LOST_MS = 5_000;
/** From the answer to a line to the next line. */
const PAUSE_MS = 3;
/** Lines that are appended to one file before the next one has its turn. */
const LINES_PER_TURN = 50;

/** A stream that is open, or was. */
interface LiveStream {
  /** Resolves when headers have come, or nothing more can. */
  readonly opened: Promise<void>;
  /** Resolves when it is over. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  readonly bytes: number;
  /** Why it has ended, unless in order. */
  readonly failure: string | undefined;
  cancel(): void;
}

function openStream(
  connection: Http2Connection,
  request: { readonly headers: Readonly<Record<string, string>>; readonly message: Buffer },
  onMessage: (body: Buffer) => void,
): LiveStream {
  let rest: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let isClosed = false;
  let failure: string | undefined = "the stream ended without a status";
  let whenOpened = (): void => {};
  let whenClosed = (): void => {};
  const opened = new Promise<void>((resolve) => whenOpened = resolve);
  const closed = new Promise<void>((resolve) => whenClosed = resolve);
  const takeMessages = (piece: Uint8Array): void => {
    bytes += piece.length;
    const chunk = rest.length === 0
      ? Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      : Buffer.concat([rest, piece]);
    let at = 0;
    while (chunk.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + chunk.readUInt32BE(at + 1);
      if (end > chunk.length) break;
      onMessage(chunk.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    // The piece is only lent.
    rest = Buffer.from(chunk.subarray(at));
  };
  const cancel = connection.call({ headers: request.headers, body: request.message }, {
    headers: (headers) => {
      whenOpened();
      if ("grpc-status" in headers) failure = failureOf(headers);
    },
    data: takeMessages,
    end: (reason) => {
      failure = reason ?? failure;
      isClosed = true;
      whenOpened();
      whenClosed();
    },
  });
  return {
    opened,
    closed,
    get isClosed() {
      return isClosed;
    },
    get bytes() {
      return bytes;
    },
    get failure() {
      return failure;
    },
    cancel: () => cancel("enough"),
  };
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

/** A stream whose lines count up from 0. */
interface CountedStream {
  readonly stream: LiveStream;
  /** The number that comes next. */
  readonly next: number;
  readonly disorder: string | undefined;
}

/** Answers commands with that identity. */
function createClient(identity: ClientIdentity): (command: LiveCommand) => Promise<LiveAnswer> {
  let open: CountedStream[] = [];
  let openConnection: Http2Connection | undefined;
  let probing: { stop: boolean; readonly done: Promise<LiveAnswer> } | undefined;

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

  const begin = (
    connection: Http2Connection,
    { path, message }: LiveCall,
    onMessage: (body: Buffer) => void = () => {},
  ): LiveStream =>
    openStream(connection, { headers: callHeaders(path, identity), message: framed(message) }, onMessage);

  async function call(command: LiveCall & { readonly port: number }): Promise<LiveAnswer> {
    const connection = await connectHttp2(command.port, identity);
    const start = performance.now();
    const stream = begin(connection, command);
    await stream.closed;
    const { bytes, failure } = stream;
    const done = answer({ start, bytes, failures: failure === undefined ? [] : [failure] });
    connection.close();
    return done;
  }

  function beginCounted(connection: Http2Connection, call: LiveCall): CountedStream {
    let next = 0;
    let disorder: string | undefined;
    const stream = begin(connection, call, (body) => {
      const number = numberOf(body);
      if (number !== next) disorder ??= `line ${number} came where ${next} should be`;
      next += 1;
    });
    return {
      stream,
      get next() {
        return next;
      },
      get disorder() {
        return disorder;
      },
    };
  }

  async function openAll(port: number, calls: readonly LiveCall[]): Promise<LiveAnswer> {
    const connection = await connectHttp2(port, identity);
    openConnection = connection;
    const start = performance.now();
    open = calls.map((call) => beginCounted(connection, call));
    await Promise.all(open.map(({ stream }) => stream.opened));
    const ended = open.filter(({ stream }) => stream.isClosed);
    return answer({ start, failures: ended.map(({ stream }) => stream.failure ?? "the stream has ended") });
  }

  async function cancel(): Promise<LiveAnswer> {
    const start = performance.now();
    const failures = open.flatMap(({ stream, disorder }) => [
      ...(disorder === undefined ? [] : [disorder]),
      ...(stream.isClosed ? [stream.failure ?? "ended"] : []),
    ]);
    for (const { stream } of open) stream.cancel();
    await Promise.all(open.map(({ stream }) => stream.closed));
    const lines = open.map(({ next }) => next);
    open = [];
    openConnection?.close();
    return answer({ start, lines, failures });
  }

  async function probe(command: LiveCall & { readonly port: number; readonly everyMs: number }): Promise<LiveAnswer> {
    const connection = await connectHttp2(command.port, identity);
    const start = performance.now();
    const state = { stop: false };
    const run = async (): Promise<LiveAnswer> => {
      const latenciesMs: number[] = [];
      const failures: string[] = [];
      while (!state.stop) {
        const began = performance.now();
        const stream = begin(connection, command);
        await stream.closed;
        latenciesMs.push(performance.now() - began);
        if (stream.failure !== undefined) failures.push(stream.failure);
        await sleep(command.everyMs);
      }
      connection.close();
      return answer({ start, latenciesMs, failures });
    };
    probing = Object.assign(state, { done: run() });
    return answer({ start });
  }

  /** Follows a file and appends to it, so many lines at a time; ends with how long they took. */
  async function appender(target: AppendTarget): Promise<{
    readonly append: (lines: number) => Promise<void>;
    readonly end: () => Promise<{ readonly latenciesMs: readonly number[]; readonly failures: readonly string[] }>;
  }> {
    const connection = await connectHttp2(target.port, identity);
    let arrived: ((number: number) => void) | undefined;
    const stream = begin(connection, target, (body) => arrived?.(numberOf(body)));
    await stream.opened;
    const descriptor = fs.openSync(target.file, "a");
    const latenciesMs: number[] = [];
    const failures: string[] = [];
    let number = 0;
    const appendOne = async (): Promise<void> => {
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
      number += 1;
    };
    return {
      append: async (lines) => {
        for (let left = lines; left > 0; left--) {
          await appendOne();
          await sleep(PAUSE_MS);
        }
      },
      end: async () => {
        fs.closeSync(descriptor);
        stream.cancel();
        await stream.closed;
        connection.close();
        return { latenciesMs, failures };
      },
    };
  }

  async function appends(lines: number, targets: readonly AppendTarget[]): Promise<LiveAnswer> {
    const start = performance.now();
    const appenders = await Promise.all(targets.map(appender));
    // A watch may be made a moment after the headers.
    await sleep(300);
    for (let done = 0; done < lines; done += LINES_PER_TURN) {
      for (const { append } of appenders) await append(Math.min(LINES_PER_TURN, lines - done));
    }
    const results = await Promise.all(appenders.map(({ end }) => end()));
    return answer({
      start,
      latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
      failures: results.flatMap(({ failures }) => failures),
    });
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
        return await appends(command.lines, command.targets);
      case "write":
        return await write(command);
    }
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
