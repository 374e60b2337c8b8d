/**
 * A connection of a hostile client: frames of any kind, and what came back, counted.
 *
 * Acknowledges settings and gives back the windows as a good client does, so that only what an attack does on purpose
 * is hostile. Reaches loopback only.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import hpack from "hpack.js";
import type { Leaf } from "../fakes/certificates.ts";
import {
  callHeaders,
  connectRawHttp2,
  fourBytes,
  type Frame,
  frameBytes,
  type RawHttp2,
} from "../support/raw_http2.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";

/** How a call ended. */
export interface CallEnding {
  /** `grpc 0`, `http 415`, `reset 8`, or `connection closed`. */
  readonly how: string;
  /** Bytes of the answer's messages, with their heads. */
  readonly bytes: number;
}

/** A call that is under way. */
export interface HostileCall {
  /** Its stream's number. */
  readonly stream: number;
  /** Resolves when it has ended, however. */
  readonly ending: Promise<CallEnding>;
  /** Bytes that have come so far. */
  bytes(): number;
}

/** What to call. */
export interface HostileCallOptions {
  /** Headers beside those of a gRPC call. @default none */
  readonly extra?: readonly (readonly [name: string, value: string])[];
  /** The block of headers, in place of a gRPC call's. @default that of a call */
  readonly block?: Uint8Array;
  /** The data, head included. @default one empty message */
  readonly body?: Uint8Array;
  /** Takes bytes as they come. @default nothing is told */
  readonly onBytes?: (bytes: number) => void;
}

/** A connection of which it is known what became of it. */
export interface HostileConnection extends Disposable {
  /** The connection itself. */
  readonly raw: RawHttp2;
  /** Resets by their code, as `reset 8`, and the statuses of answers, as `grpc 0`. */
  readonly seen: ReadonlyMap<string, number>;
  /** Calls a method; the stream's number is the next one. */
  call(path: string, options?: HostileCallOptions): HostileCall;
  /** Ends a call by RST_STREAM with CANCEL. */
  cancel(call: HostileCall): void;
  /** Takes the next stream's number. */
  nextStream(): number;
  /** `open`, `closed`, or `goaway N`. */
  state(): string;
}

/** How to connect. */
export interface HostileOptions {
  /** The agent's port. */
  readonly port: number;
  /** Who has signed the agent's certificate. */
  readonly ca: string;
  /** The certificate to show. */
  readonly leaf: Leaf;
  /** @default 127.0.0.2: limits by address are not those of the ordinary caller */
  readonly from?: string;
  /** Whether windows are given back. @default {true} */
  readonly reads?: boolean;
}

/** The longest payload that may be sent without leave. */
const MAX_PAYLOAD = 16_384;
const CREDIT_BYTES = 32_768;
const CANCEL = 8;

interface OpenCall {
  bytes: number;
  credit: number;
  status: string | undefined;
  readonly onBytes: (bytes: number) => void;
  readonly end: (ending: CallEnding) => void;
}

/** HEADERS, and as many CONTINUATION frames as a block needs. */
export function headerFrames(stream: number, block: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  for (let from = 0; from === 0 || from < block.length; from += MAX_PAYLOAD) {
    const isLast = from + MAX_PAYLOAD >= block.length;
    frames.push({
      type: from === 0 ? frameTypes.headers : frameTypes.continuation,
      flags: isLast ? frameFlags.endHeaders : 0,
      stream,
      payload: block.subarray(from, from + MAX_PAYLOAD),
    });
  }
  return frames;
}

/** DATA frames with the end of the stream in the last one. */
export function dataFrames(stream: number, body: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  for (let from = 0; from === 0 || from < body.length; from += MAX_PAYLOAD) {
    const flags = from + MAX_PAYLOAD >= body.length ? frameFlags.endStream : 0;
    frames.push({ type: frameTypes.data, flags, stream, payload: body.subarray(from, from + MAX_PAYLOAD) });
  }
  return frames;
}

/** Connects; rejects where the agent does not let this client in. */
export async function connectHostile(options: HostileOptions): Promise<HostileConnection> {
  const { reads = true, from = "127.0.0.2", ...target } = options;
  const seen = new Map<string, number>();
  const calls = new Map<number, OpenCall>();
  const decoder = hpack.decompressor.create({ table: { size: 4096 } });
  let goAway: number | undefined;
  let next = 1;
  let credit = 0;
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);

  const end = (stream: number, how: string): void => {
    const call = calls.get(stream);
    if (!calls.delete(stream) || call === undefined) return;
    count(how);
    call.end({ how, bytes: call.bytes });
  };

  const takeHeaders = ({ flags, stream, payload }: Required<Frame>): void => {
    decoder.write(Buffer.from(payload));
    if ((flags & frameFlags.endHeaders) === 0) return;
    decoder.execute();
    const call = calls.get(stream);
    for (let field = decoder.read(); field !== null; field = decoder.read()) {
      if (call === undefined) continue;
      if (field.name === ":status" && field.value !== "200") call.status = `http ${field.value}`;
      if (field.name === "grpc-status") call.status = `grpc ${field.value}`;
    }
  };

  /** Frames may come before the connection is handed over. */
  const owed: Frame[] = [];
  const settled = Promise.withResolvers<void>();
  let answer = (...frames: readonly Frame[]): void => void owed.push(...frames);

  const takeData = ({ stream, payload }: Required<Frame>): void => {
    const call = calls.get(stream);
    if (call !== undefined) {
      call.bytes += payload.length;
      call.credit += payload.length;
      call.onBytes(payload.length);
    }
    if (!reads) return;
    credit += payload.length;
    const updates: Frame[] = [];
    if (credit >= CREDIT_BYTES) {
      updates.push({ type: frameTypes.windowUpdate, payload: fourBytes(credit) });
      credit = 0;
    }
    if (call !== undefined && call.credit >= CREDIT_BYTES) {
      updates.push({ type: frameTypes.windowUpdate, stream, payload: fourBytes(call.credit) });
      call.credit = 0;
    }
    if (updates.length > 0) answer(...updates);
  };

  const onFrame = (frame: Required<Frame>): void => {
    const { type, flags, stream, payload } = frame;
    if (type === frameTypes.headers || type === frameTypes.continuation) takeHeaders(frame);
    else if (type === frameTypes.data) takeData(frame);
    else if (type === frameTypes.reset) end(stream, `reset ${Buffer.from(payload).readUInt32BE(0)}`);
    else if (type === frameTypes.goAway) goAway ??= Buffer.from(payload).readUInt32BE(4);
    else if (type === frameTypes.settings && (flags & frameFlags.ack) === 0) {
      answer({ type: frameTypes.settings, flags: frameFlags.ack });
      settled.resolve();
    }
    const ends = type === frameTypes.headers || type === frameTypes.data;
    if (ends && (flags & frameFlags.endStream) !== 0) end(stream, calls.get(stream)?.status ?? "no status");
  };
  const connection = await connectRawHttp2({ ...target, from, onFrame });
  answer = (...frames) => void connection.send(...frames);
  if (owed.length > 0) answer(...owed);
  // The acknowledgement may not come between the frames of an attack that divides its headers.
  await Promise.race([settled.promise, connection.closed]);
  connection.closed.then(() => {
    for (const stream of calls.keys()) end(stream, "connection closed");
  });

  const nextStream = (): number => {
    next += 2;
    return next - 2;
  };
  return {
    raw: connection,
    seen,
    nextStream,
    call: (path, { extra = [], block, body = Buffer.alloc(5), onBytes = () => {} } = {}) => {
      const stream = nextStream();
      const { promise, resolve } = Promise.withResolvers<CallEnding>();
      const call: OpenCall = { bytes: 0, credit: 0, status: undefined, onBytes, end: resolve };
      calls.set(stream, call);
      if (connection.isClosed()) end(stream, "connection closed");
      else answer(...headerFrames(stream, block ?? callHeaders(path, extra)), ...dataFrames(stream, body));
      return { stream, ending: promise, bytes: () => call.bytes };
    },
    cancel: ({ stream }) => {
      void connection.send({ type: frameTypes.reset, stream, payload: fourBytes(CANCEL) });
      end(stream, "cancelled");
    },
    state: () => goAway !== undefined ? `goaway ${goAway}` : connection.isClosed() ? "closed" : "open",
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}

/** A frame over and over, as one piece of bytes. */
export function repeated(frame: Frame, times: number): Buffer {
  const bytes = frameBytes(frame);
  return Buffer.alloc(bytes.length * times, bytes);
}
