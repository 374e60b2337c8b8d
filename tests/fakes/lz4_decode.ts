/**
 * LZ4 frames to bytes, for whoever plays the reducer: frames one behind the other or one that stays open, blocks
 * compressed or raw, linked or independent, in pieces of any size. No dictionaries; checksums are passed over.
 *
 * Not the package lz4js, which tests compare it with: that one reads only whole frames, and takes any bytes for blocks,
 * where a reducer refuses what is none.
 *
 * @module
 */
import { LITTLE_ENDIAN } from "../../src/collector/wire/byte_order.ts";

/** The bytes are no LZ4 frame. */
export class FrameError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "FrameError";
}

/** Takes bytes of frames, gives their content. */
export interface FrameReader {
  /** Adds bytes; gives the content of all blocks that are whole now. Throws a {@linkcode FrameError}. */
  read(bytes: Uint8Array): Uint8Array;
}

const MAGIC = 0x184d_2204;
const WINDOW = 65_536;

interface Frame {
  readonly linked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly maxBlock: number;
}

/** A reader that has seen nothing. */
export function createFrameReader(): FrameReader {
  let pending = new Uint8Array();
  let frame: Frame | undefined;
  let history = new Uint8Array();

  /** Takes one header, block or end mark off `pending`, if it is whole. */
  function step(content: Uint8Array[]): boolean {
    const view = new DataView(pending.buffer, pending.byteOffset, pending.length);
    if (frame === undefined) {
      if (pending.length < 7) return false;
      if (view.getUint32(0, LITTLE_ENDIAN) !== MAGIC) {
        throw new FrameError(`Cannot read LZ4 frame: it begins with ${pending.slice(0, 4).toHex()}`);
      }
      const flags = pending[4] ?? 0;
      const size = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4);
      if (flags >>> 6 !== 1) throw new FrameError(`Cannot read LZ4 frame: version ${flags >>> 6}`);
      if (pending.length < size) return false;
      frame = {
        linked: (flags & 0x20) === 0,
        blockChecksum: (flags & 0x10) !== 0,
        contentChecksum: (flags & 4) !== 0,
        maxBlock: 1 << (8 + 2 * (((pending[5] ?? 0) >>> 4) & 7)),
      };
      history = new Uint8Array();
      pending = pending.slice(size);
      return true;
    }
    if (pending.length < 4) return false;
    const word = view.getUint32(0, LITTLE_ENDIAN);
    if (word === 0) {
      const size = 4 + (frame.contentChecksum ? 4 : 0);
      if (pending.length < size) return false;
      frame = undefined;
      pending = pending.slice(size);
      return true;
    }
    const length = word & 0x7fff_ffff;
    if (length > frame.maxBlock) throw new FrameError(`Cannot read LZ4 block: ${length} bytes`);
    const size = 4 + length + (frame.blockChecksum ? 4 : 0);
    if (pending.length < size) return false;
    const block = pending.subarray(4, 4 + length);
    const plain = word === length ? decompressBlock(block, history, frame.maxBlock) : block.slice();
    content.push(plain);
    if (frame.linked) history = concatenated([history, plain]).slice(-WINDOW);
    pending = pending.slice(size);
    return true;
  }

  return {
    read: (bytes) => {
      pending = concatenated([pending, bytes]);
      const content: Uint8Array[] = [];
      while (step(content));
      return concatenated(content);
    },
  };
}

/** The content of one block; `history` is what stood before it in a frame of linked blocks. */
function decompressBlock(block: Uint8Array, history: Uint8Array, maxBytes: number): Uint8Array {
  const target = new Uint8Array(history.length + maxBytes);
  target.set(history);
  let out = history.length;
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new FrameError("Cannot read LZ4 block: it ends too early");
    return byte;
  };
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let more = 255;
      while (more === 255) length += more = next();
    }
    return length;
  };
  const roomFor = (length: number): void => {
    if (out + length > target.length) throw new FrameError("Cannot read LZ4 block: its content is too long");
  };
  while (at < block.length) {
    const token = next();
    const literals = lengthFrom(token >>> 4);
    if (at + literals > block.length) throw new FrameError("Cannot read LZ4 block: its literals go beyond its end");
    roomFor(literals);
    target.set(block.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    if (at === block.length) break;
    const distance = next() | (next() << 8);
    if (distance === 0 || distance > out) throw new FrameError(`Cannot read LZ4 block: a distance of ${distance}`);
    const length = lengthFrom(token & 15) + 4;
    roomFor(length);
    // Byte by byte: a match may reach into what it writes.
    for (let copied = 0; copied < length; copied++, out++) target[out] = target[out - distance] ?? 0;
  }
  return target.slice(history.length, out);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
