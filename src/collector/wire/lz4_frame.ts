/**
 * One LZ4 frame that is never finished: a header, and a block for everything that is to be seen at the other end.
 *
 * Blocks are independent of each other and at most 64 KiB long; one that does not compress goes as it is.
 *
 * @module
 */
import { LITTLE_ENDIAN } from "./byte_order.ts";
import { compressBlock, compressedBound } from "./lz4_block.ts";

/** Magic number; version 1, independent blocks, no checksums; blocks of 64 KiB; the check byte of these two. */
export const FRAME_HEADER: Uint8Array = new Uint8Array([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);

/** A block holds at most so many bytes. */
export const MAX_BLOCK_BYTES = 65_536;

/** Set in a block's length when its bytes are not compressed. */
const RAW = 0x8000_0000;

/** The frame of one connection. */
export interface FrameWriter {
  /** The bytes that carry `content`, the frame's header in front the first time; none for nothing. */
  write(content: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** A frame that has not begun. */
export function createFrameWriter(): FrameWriter {
  let begun = false;

  function write(content: Uint8Array): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = begun || content.length === 0 ? [] : [FRAME_HEADER];
    begun ||= content.length > 0;
    for (let at = 0; at < content.length; at += MAX_BLOCK_BYTES) {
      parts.push(blockOf(content.subarray(at, at + MAX_BLOCK_BYTES)));
    }
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let out = 0;
    for (const part of parts) {
      bytes.set(part, out);
      out += part.length;
    }
    return bytes;
  }

  return { write };
}

/** Room for one block, for all frames: a resync of a large cluster compresses thousands of packets at once. */
const room = new Uint8Array(4 + compressedBound(MAX_BLOCK_BYTES));
const roomView = new DataView(room.buffer);

/** A block with its length in front. */
function blockOf(content: Uint8Array): Uint8Array {
  const size = compressBlock(content, room.subarray(4));
  if (size < content.length) {
    roomView.setUint32(0, size, LITTLE_ENDIAN);
    return room.slice(0, 4 + size);
  }
  roomView.setUint32(0, (content.length | RAW) >>> 0, LITTLE_ENDIAN);
  room.set(content, 4);
  return room.slice(0, 4 + content.length);
}
