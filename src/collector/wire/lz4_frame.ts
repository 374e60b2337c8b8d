/**
 * One LZ4 frame that is never finished: a header, and a block for everything that is to be seen at the other end.
 *
 * Blocks are independent of each other and at most 64 KiB long; one that does not compress goes as it is.
 *
 * @module
 */
import { compressBlock, compressedBound } from "./lz4_block.ts";

const LITTLE_ENDIAN = true;

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
  return {
    write: (content) => {
      const blocks = Math.ceil(content.length / MAX_BLOCK_BYTES);
      const target = new Uint8Array(FRAME_HEADER.length + blocks * (4 + compressedBound(MAX_BLOCK_BYTES)));
      const view = new DataView(target.buffer);
      let out = 0;
      if (!begun && blocks > 0) {
        target.set(FRAME_HEADER);
        out = FRAME_HEADER.length;
        begun = true;
      }
      for (let at = 0; at < content.length; at += MAX_BLOCK_BYTES) {
        const block = content.subarray(at, at + MAX_BLOCK_BYTES);
        let size = compressBlock(block, target.subarray(out + 4));
        if (size < block.length) view.setUint32(out, size, LITTLE_ENDIAN);
        else {
          size = block.length;
          view.setUint32(out, (size | RAW) >>> 0, LITTLE_ENDIAN);
          target.set(block, out + 4);
        }
        out += 4 + size;
      }
      return target.slice(0, out);
    },
  };
}
