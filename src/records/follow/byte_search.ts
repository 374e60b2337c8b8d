/**
 * Searches a file for a byte.
 *
 * @module
 */
import type { LogFile } from "../../logs/log_file.ts";
import type { BlockPool } from "../scan/block_pool.ts";
import type { TailBytes } from "./tail_bytes.ts";

/** Where a search borrows its buffer. */
export interface SearchOptions {
  /** Where blocks come from. */
  readonly pool: BlockPool;
  /** Ends the search. */
  readonly signal: AbortSignal;
}

/** What a search is for. */
export interface ByteSearch extends SearchOptions {
  /** The bytes that were read already. */
  readonly tail: TailBytes;
  /** The first offset. */
  readonly from: number;
  /** The offset behind the last one. */
  readonly to: number;
  /** Whether a byte is the one. */
  readonly isWanted: (byte: number) => boolean;
}

/** The offset of the first byte that is wanted. Holds a block for one read at a time. */
export async function findByte(file: LogFile, options: ByteSearch): Promise<number | undefined> {
  const { pool, signal, tail, from, to, isWanted } = options;
  const known = tail.at(from);
  if (known !== undefined) {
    const at = known.subarray(0, to - from).findIndex(isWanted);
    return at < 0 ? undefined : from + at;
  }
  for (let offset = from; offset < to;) {
    using lent = await pool.take({ signal });
    const { bytes } = lent.item;
    const part = bytes.subarray(0, Math.min(bytes.length, to - offset));
    const read = await file.read(part, offset);
    signal.throwIfAborted();
    if (read === 0) return undefined;
    const at = part.subarray(0, read).findIndex(isWanted);
    if (at >= 0) return offset + at;
    offset += read;
    // Once more, or the bundle's minifier drops the `using`.
    void lent;
  }
  return undefined;
}
