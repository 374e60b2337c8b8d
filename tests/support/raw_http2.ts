/**
 * A client that speaks HTTP/2 frame by frame (RFC 9113): for what no library's client does.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import tls from "node:tls";
import type { Leaf } from "../fakes/certificates.ts";
import { frameTypes } from "./http2_types.ts";

/** What a client's side of a connection begins with. */
export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A frame. */
export interface Frame {
  /** One of {@linkcode frameTypes}. */
  readonly type: number;
  /** Of {@linkcode frameFlags}. @default 0 */
  readonly flags?: number;
  /** @default 0, the connection */
  readonly stream?: number;
  /** @default none */
  readonly payload?: Uint8Array;
}

/** A frame as it is sent. */
export function frameBytes({ type, flags = 0, stream = 0, payload = new Uint8Array() }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A number of four bytes. */
export function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The head of a gRPC call: literals, so that no table has to be kept (RFC 7541, section 6.2.2). */
export function callHeaders(path: string, extra: readonly (readonly [name: string, value: string])[] = []): Buffer {
  return headerBlock([
    [":method", "POST"],
    [":scheme", "https"],
    [":authority", "localhost"],
    [":path", path],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...extra,
  ]);
}

/** Any headers, in order, as literals that no table keeps. */
export function headerBlock(headers: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const pair of headers) {
    parts.push(Uint8Array.of(0));
    for (const text of pair) {
      const bytes = Buffer.from(text);
      parts.push(stringLength(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** The length of a string that is not Huffman-coded: an integer with a prefix of 7 bits (RFC 7541, section 5.1). */
function stringLength(length: number): Uint8Array {
  const max = 0x7f;
  if (length < max) return Uint8Array.of(length);
  const bytes = [max];
  let rest = length - max;
  for (; rest > 0x7f; rest >>>= 7) bytes.push(rest & 0x7f | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** A gRPC message, with its five bytes of head. */
export function grpcMessage(bytes: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([Buffer.from([0]), fourBytes(bytes.length), bytes]);
}

/** How to reach the server. */
export interface RawHttp2Options {
  /** Its port on this machine. */
  readonly port: number;
  /** The certificate of the authority that has signed the server's. */
  readonly ca: string;
  /** The certificate to show. */
  readonly leaf: Leaf;
  /** The address of this machine to connect from, as 127.0.0.2. @default the system's choice */
  readonly from?: string;
  /** Whether HTTP/2 begins. @default true */
  readonly begins?: boolean;
  /** Takes each frame from the server. */
  readonly onFrame?: (frame: Required<Frame>) => void;
}

/** A connection. */
export interface RawHttp2 extends Disposable {
  /** Resolves when it has ended, however. */
  readonly closed: Promise<void>;
  /** Whether it has ended. */
  isClosed(): boolean;
  /** Sends frames in one write; resolves when they have been taken over for sending, or the connection has ended. */
  send(...frames: readonly Frame[]): Promise<void>;
  /** Sends bytes that are frames, or are not; resolves as `send` does. */
  write(bytes: Uint8Array): Promise<void>;
  /** Reads nothing any more. */
  stopReading(): void;
  /** Reads again: only who reads learns that the other side has closed. */
  readOn(): void;
}

/** Connects, and sends the preface and empty settings. Settings of the server are not acknowledged. */
export async function connectRawHttp2(options: RawHttp2Options): Promise<RawHttp2> {
  const { port, ca, leaf, from, begins = true, onFrame = () => {} } = options;
  const closed = Promise.withResolvers<void>();
  const connectOptions: tls.ConnectionOptions & { localAddress?: string } = {
    host: "127.0.0.1",
    servername: "localhost",
    port,
    ca,
    cert: leaf.certPem,
    key: leaf.keyPem,
    ALPNProtocols: ["h2"],
    ...(from === undefined ? {} : { localAddress: from }),
  };
  const socket = tls.connect(connectOptions);
  const connected = Promise.withResolvers<void>();
  // Before anything that answers the server's first frames, which may come with the end of the handshake.
  socket.once("secureConnect", () => {
    if (!begins) return connected.resolve();
    socket.write(Buffer.concat([preface, frameBytes({ type: frameTypes.settings })]), () => connected.resolve());
  });
  socket.on("error", connected.reject);
  socket.on("close", () => {
    connected.reject(new Error("Cannot connect: the connection was closed in the handshake"));
    closed.resolve();
  });
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      const [type, flags, stream] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5)];
      onFrame({ type, flags, stream, payload: rest.subarray(9, end) });
      rest = rest.subarray(end);
    }
  });
  await connected.promise;
  const write = (bytes: Uint8Array): Promise<void> =>
    Promise.race([new Promise<void>((resolve) => socket.write(bytes, () => resolve())), closed.promise]);
  return {
    closed: closed.promise,
    isClosed: () => socket.destroyed,
    send: (...frames) => write(Buffer.concat(frames.map(frameBytes))),
    write,
    stopReading: () => void socket.pause(),
    readOn: () => void socket.resume(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
