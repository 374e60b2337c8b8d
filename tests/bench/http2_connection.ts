/**
 * A client's side of an HTTP/2 connection over mutual TLS, as lean as can be.
 *
 * It shares the processors with the agent that is measured, and node:http2 takes twice as long for the same bytes. Does
 * what a client needs that sends small requests and reads long answers: calls, both windows, settings, pings, resets,
 * and nothing else.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import tls from "node:tls";
import hpack from "hpack.js";
import type { ClientIdentity } from "./client_protocol.ts";
import { createFrameReader, frame, type FrameHead, MAX_PAYLOAD_BYTES } from "./http2_frames.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";

/** As a client that has learnt how fast the line is. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** What both windows are until somebody says otherwise (RFC 9113, section 6.9.2). */
const FIRST_WINDOW_BYTES = 65_535;
/** The order in which Go's clients offer them. */
const CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
const READ_BYTES = 64 * 1024;
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/**
 * How many streams may be open until the other side has sent its settings; after that, as many as these say, or any
 * number.
 */
const FIRST_STREAMS = 100;
const settingNames = { enablePush: 2, maxStreams: 3, windowSize: 4 } as const;
const CANCEL = 8;

/** Names and values of headers. */
export type Headers = Readonly<Record<string, string>>;

/** Who is told of the answer to a call. */
export interface AnswerHandler {
  /** Headers or trailers. */
  headers(headers: Headers): void;
  /** The next bytes; only lent. */
  data(bytes: Uint8Array): void;
  /** Asked before half a window is given back: it is given when this resolves. @default at once */
  hold?(): Promise<void> | undefined;
  /** The end; with the reason where it was not the regular one. Nothing comes after it. */
  end(failure?: string): void;
}

/** A connection that stands. */
export interface Http2Connection {
  /** True once nothing can be called any more. */
  readonly isClosed: boolean;
  /**
   * Sends a request; returns what cancels it, for a reason that the handler is told. On a connection that
   * is closed it ends at once.
   */
  call(
    request: { readonly headers: Headers; readonly body: Uint8Array },
    handler: AnswerHandler,
  ): (reason: string) => void;
  /** Closes it when all that was to be sent is sent; calls that are under way end. */
  close(): void;
  /** Breaks it off now, without a word. */
  destroy(): void;
}

/** An option of sockets that the types do not know: all is read into one buffer. */
interface ReadsInto {
  readonly onread: { readonly buffer: Uint8Array; readonly callback: (length: number, buffer: Uint8Array) => boolean };
}

interface Stream {
  /** Undefined until it may be opened. */
  id: number | undefined;
  readonly open: () => void;
  readonly handler: AnswerHandler;
  unacknowledged: number;
}

/** How to connect. */
export interface Http2ConnectionOptions {
  /** How many bytes of a stream may come before half of them are given back. @default one MiB */
  readonly streamWindowBytes?: number;
}

/** Connects; rejects where nobody listens or the other side is not let in. */
export async function connectHttp2(
  port: number,
  { ca, cert, key }: ClientIdentity,
  { streamWindowBytes = STREAM_WINDOW_BYTES }: Http2ConnectionOptions = {},
): Promise<Http2Connection> {
  const streams = new Map<number, Stream>();
  const waiting = new Set<Stream>();
  const decoder = hpack.decompressor.create({ table: { size: 4096 } });
  let headersEndStream = false;
  let nextStream = 1;
  let maxStreams = FIRST_STREAMS;
  let unacknowledged = 0;
  let isClosed = false;

  const readFrames = createFrameReader({ data: takeData, other: takeOther });
  const options: tls.ConnectionOptions & ReadsInto = {
    host: "127.0.0.1",
    servername: "localhost",
    port,
    ca,
    cert,
    key,
    ciphers: CIPHERS,
    ALPNProtocols: ["h2"],
    onread: { buffer: Buffer.alloc(READ_BYTES), callback: takeChunk },
  };
  const socket = tls.connect(options);
  /** Here already: frames may come before the next line after `await` is reached. */
  const send = (head: FrameHead, payload: Uint8Array): void => {
    socket.write(frame(head, payload));
  };
  function takeChunk(length: number, buffer: Uint8Array): boolean {
    try {
      readFrames(Buffer.from(buffer.buffer, buffer.byteOffset, length));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", () => {
      begin();
      resolve();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("Cannot connect: the connection was closed in the handshake")));
  });
  socket.setNoDelay();
  let reason = "the connection was closed";
  socket.on("error", (error) => reason = error.message);
  socket.on("close", () => {
    isClosed = true;
    for (const stream of [...streams.values(), ...waiting]) end(stream, reason);
  });

  /** Comes before everything else: the other side's settings, which are answered, may come with the handshake's end. */
  function begin(): void {
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(settingNames.enablePush, 0);
    settings.writeUInt16BE(settingNames.windowSize, 6);
    settings.writeUInt32BE(streamWindowBytes, 8);
    socket.write(PREFACE);
    send({ type: frameTypes.settings, flags: 0, stream: 0 }, settings);
    sendWindowUpdate(0, CONNECTION_WINDOW_BYTES - FIRST_WINDOW_BYTES);
  }

  /** Opens no stream any more; those that are open go on for as long as the other side lets them. */
  function close(): void {
    isClosed = true;
    for (const stream of waiting) end(stream, reason);
    socket.end();
  }

  function end(stream: Stream | undefined, failure?: string): void {
    if (stream === undefined) return;
    const isKnown = stream.id === undefined ? waiting.delete(stream) : streams.delete(stream.id);
    if (isKnown) stream.handler.end(failure);
    openWaiting();
  }

  function openWaiting(): void {
    for (const stream of waiting) {
      if (isClosed || streams.size >= maxStreams) return;
      waiting.delete(stream);
      stream.id = nextStream;
      nextStream += 2;
      streams.set(stream.id, stream);
      stream.open();
    }
  }

  function takeData({ flags, stream: id }: FrameHead, piece: { bytes: Uint8Array; isLast: boolean }): void {
    if ((flags & frameFlags.padded) !== 0) throw new TypeError("Cannot take padded data");
    const { bytes, isLast } = piece;
    unacknowledged += bytes.length;
    if (unacknowledged >= CONNECTION_WINDOW_BYTES / 2) {
      sendWindowUpdate(0, unacknowledged);
      unacknowledged = 0;
    }
    const stream = streams.get(id);
    if (stream === undefined) return;
    stream.unacknowledged += bytes.length;
    const isEnd = isLast && (flags & frameFlags.endStream) !== 0;
    if (!isEnd && stream.unacknowledged >= streamWindowBytes / 2) giveBack(id, stream);
    stream.handler.data(bytes);
    if (isEnd) end(stream);
  }

  function giveBack(id: number, stream: Stream): void {
    const bytes = stream.unacknowledged;
    stream.unacknowledged = 0;
    const held = stream.handler.hold?.();
    if (held === undefined) sendWindowUpdate(id, bytes);
    else void held.then(() => !isClosed && streams.has(id) && sendWindowUpdate(id, bytes));
  }

  function sendWindowUpdate(stream: number, increment: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(increment);
    send({ type: frameTypes.windowUpdate, flags: 0, stream }, payload);
  }

  function takeOther(head: FrameHead, payload: Buffer): void {
    const { type, flags, stream } = head;
    const isAnswer = (flags & frameFlags.ack) !== 0;
    if (type === frameTypes.headers || type === frameTypes.continuation) takeHeaders(head, payload);
    else if (type === frameTypes.reset) end(streams.get(stream), `reset with code ${payload.readUInt32BE()}`);
    else if (type === frameTypes.settings && !isAnswer) takeSettings(payload);
    else if (type === frameTypes.ping && !isAnswer) send({ ...head, flags: frameFlags.ack }, payload);
    else if (type === frameTypes.goAway) close();
  }

  function takeHeaders({ type, flags, stream: id }: FrameHead, payload: Buffer): void {
    if ((flags & (frameFlags.padded | frameFlags.priority)) !== 0) throw new TypeError("Cannot take padded headers");
    if (type === frameTypes.headers) headersEndStream = (flags & frameFlags.endStream) !== 0;
    decoder.write(Buffer.from(payload));
    if ((flags & frameFlags.endHeaders) === 0) return;
    decoder.execute();
    const headers: Record<string, string> = {};
    for (let field = decoder.read(); field !== null; field = decoder.read()) headers[field.name] = field.value;
    const stream = streams.get(id);
    stream?.handler.headers(headers);
    if (headersEndStream) end(stream);
  }

  function takeSettings(payload: Buffer): void {
    maxStreams = Infinity;
    for (let offset = 0; offset < payload.length; offset += 6) {
      if (payload.readUInt16BE(offset) === settingNames.maxStreams) maxStreams = payload.readUInt32BE(offset + 2);
    }
    openWaiting();
    send({ type: frameTypes.settings, flags: frameFlags.ack, stream: 0 }, new Uint8Array());
  }

  /** The blocks of all calls stand for themselves: nothing is put to the table that both sides keep. */
  const encoded = new Map<Headers, Buffer>();
  function encode(headers: Headers): Buffer {
    const known = encoded.get(headers);
    if (known !== undefined) return known;
    const encoder = hpack.compressor.create({ table: { size: 0 } });
    encoder.write(Object.entries(headers).map(([name, value]) => ({ name, value, incremental: false })));
    const block: Buffer = encoder.read();
    encoded.set(headers, block);
    return block;
  }

  return {
    get isClosed() {
      return isClosed;
    },
    close,
    destroy: () => void socket.destroy(),
    call: ({ headers, body }, handler) => {
      const stream: Stream = {
        id: undefined,
        open: () => {
          const { id = 0 } = stream;
          send({ type: frameTypes.headers, flags: frameFlags.endHeaders, stream: id }, encode(headers));
          for (let offset = 0; offset < body.length || offset === 0; offset += MAX_PAYLOAD_BYTES) {
            const end = offset + MAX_PAYLOAD_BYTES;
            const flags = end >= body.length ? frameFlags.endStream : 0;
            send({ type: frameTypes.data, flags, stream: id }, body.subarray(offset, end));
          }
        },
        handler,
        unacknowledged: 0,
      };
      waiting.add(stream);
      if (isClosed) end(stream, reason);
      else openWaiting();
      return (why) => {
        if (stream.id !== undefined && streams.has(stream.id)) {
          const code = Buffer.alloc(4);
          code.writeUInt32BE(CANCEL);
          send({ type: frameTypes.reset, flags: 0, stream: stream.id }, code);
        }
        end(stream, why);
      };
    },
  };
}
