/**
 * The frames of an HTTP/2 connection (RFC 9113, section 4), taken from chunks as they come.
 *
 * Data is handed on in the pieces in which it has come, without a copy; every other frame is small, and is handed on
 * whole.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { frameTypes } from "../support/http2_types.ts";

/** The bytes before a frame's payload: 3 of length, type, flags, 4 of stream. */
export const FRAME_HEAD_BYTES = 9;
/** The longest payload that a side may send which was not told otherwise. */
export const MAX_PAYLOAD_BYTES = 16 * 1024;

/** What a frame begins with. */
export interface FrameHead {
  /** One of {@linkcode frameTypes}, or one to be ignored. */
  readonly type: number;
  /** Of {@linkcode frameFlags}. */
  readonly flags: number;
  /** 0 for the connection itself. */
  readonly stream: number;
}

/** Who is told of frames. */
export interface FrameHandler {
  /** The next piece of the data of a stream; `isLast` where the frame ends with it. The piece is only lent. */
  data(head: FrameHead, piece: { readonly bytes: Uint8Array; readonly isLast: boolean }): void;
  /** Any other frame. The payload is only lent. */
  other(head: FrameHead, payload: Buffer): void;
}

/** Takes chunks apart; throws a RangeError where a frame is longer than this side allows. */
export function createFrameReader(handler: FrameHandler): (chunk: Buffer) => void {
  const headBytes = Buffer.alloc(FRAME_HEAD_BYTES);
  const payload = Buffer.alloc(MAX_PAYLOAD_BYTES);
  let headSeen = 0;
  let head: FrameHead = { type: 0, flags: 0, stream: 0 };
  let length = 0;
  let seen = 0;

  /** Takes what the chunk has of the head; returns where the chunk goes on. */
  function takeHead(chunk: Buffer, offset: number): number {
    const copied = chunk.copy(headBytes, headSeen, offset);
    headSeen += copied;
    if (headSeen < FRAME_HEAD_BYTES) return offset + copied;
    length = headBytes.readUIntBE(0, 3);
    if (length > MAX_PAYLOAD_BYTES) throw new RangeError(`Cannot take a frame of ${length} bytes`);
    head = {
      type: headBytes.readUInt8(3),
      flags: headBytes.readUInt8(4),
      stream: headBytes.readUInt32BE(5) & ~(1 << 31),
    };
    seen = 0;
    return offset + copied;
  }

  return (chunk) => {
    let offset = 0;
    while (offset < chunk.length || headSeen === FRAME_HEAD_BYTES) {
      if (headSeen < FRAME_HEAD_BYTES) {
        offset = takeHead(chunk, offset);
        continue;
      }
      const end = Math.min(chunk.length, offset + length - seen);
      const isLast = seen + end - offset === length;
      if (end === offset && !isLast) return;
      if (head.type === frameTypes.data) handler.data(head, { bytes: chunk.subarray(offset, end), isLast });
      else chunk.copy(payload, seen, offset, end);
      seen += end - offset;
      offset = end;
      if (!isLast) return;
      headSeen = 0;
      if (head.type !== frameTypes.data) handler.other(head, payload.subarray(0, length));
    }
  };
}

/** A frame as it goes out. */
export function frame({ type, flags, stream }: FrameHead, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}
