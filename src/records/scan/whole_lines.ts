/**
 * Where the whole lines of a block end: the bytes behind that are read again.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";

const LINE_FEED = 0x0a;

/** Whether a last line without a line feed is sent as far as it is there, or left to be read again. */
export type LastLine = "sent" | "left";

/**
 * The end of the last line in the first `read` bytes that begins before `limit` and is whole: closed by a line feed, or
 * by the end of the file.
 */
export function endOfLines(
  bytes: Uint8Array,
  read: number,
  options: { readonly limit: number; readonly lastLine: LastLine },
): number {
  const { limit, lastLine } = options;
  const sendsLast = lastLine === "sent" && read < bytes.length;
  if (read >= limit && bytes[limit - 1] === LINE_FEED) return limit;
  if (read >= limit) {
    const feed = bytes.subarray(0, read).indexOf(LINE_FEED, limit);
    if (feed >= 0) return feed + 1;
  }
  return sendsLast || read === 0 ? read : bytes.lastIndexOf(LINE_FEED, Math.min(read, limit) - 1) + 1;
}

/** Whole lines in a block, and where the block lies in the file. */
export interface BlockLines {
  /** The address of the first line. */
  readonly from: number;
  /** The end of the last line, behind its line feed where it has one. */
  readonly to: number;
  /** File offset of address 0. */
  readonly offset: number;
  /**
   * Returns where the line at an address begins in the file. Set only for lines that a scan worker has found: others
   * lie between them in the file.
   */
  readonly offsetOf?: (address: number) => number;
}

/**
 * Returns the end of a line behind its line feed, where it has one before `limit`; addresses of the kernel's memory.
 */
export function lineEndWithFeed(end: number, limit: number): number {
  return end < limit && kernel.memory[end] === LINE_FEED ? end + 1 : end;
}
