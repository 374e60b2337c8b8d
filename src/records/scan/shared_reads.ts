/**
 * Reads of the same bytes by several scans at once: one block serves all of them.
 *
 * Several people often search the log of the same pod. Scans that reach the same offset of a file while one of them has
 * it in a block go on together from there, and its bytes are copied once for all.
 *
 * A file is known by its identity. No other file can have the same meanwhile: a scan that holds a block has the file
 * open, and gives the block back first.
 *
 * @module
 */
import type { Lent } from "../../scheduling/resource_pool.ts";

/** A block that is being read into, or was. Disposing gives it back, when the last holder does. */
export interface SharedRead<Block> extends Disposable {
  /** The block. Nobody writes to it. */
  readonly block: Block;
  /** Resolves to how many bytes were read. */
  readonly reading: Promise<number>;
}

/** Reads that can be joined. */
export interface SharedReads<Block> {
  /** Returns the read of the same bytes that another scan holds. Bytes without a name are not shared. */
  join(bytes: string | undefined): SharedRead<Block> | undefined;
  /** Reports whether a scan holds a read of the same bytes. */
  isHeld(bytes: string | undefined): boolean;
  /** Adds a read that others can join by its name for as long as it is held. */
  share(
    bytes: string | undefined,
    read: { readonly lent: Lent<Block>; readonly reading: Promise<number> },
  ): SharedRead<Block>;
}

interface Held<Block> {
  readonly lent: Lent<Block>;
  readonly reading: Promise<number>;
  holders: number;
}

/** Fewer bytes are not shared with other scans: they are copied in less time than sharing takes. */
const SHARED_BYTES = 256 * 1024;

/** Returns the name by which other scans of a file know these bytes; undefined where they are not shared. */
export function shareName(fileId: string | undefined, position: number, length: number): string | undefined {
  return fileId === undefined || length < SHARED_BYTES ? undefined : `${fileId} ${position} ${length}`;
}

/** Returns a set of no reads. */
export function createSharedReads<Block>(): SharedReads<Block> {
  const reads = new Map<string, Held<Block>>();

  function hold(bytes: string | undefined, held: Held<Block>): SharedRead<Block> {
    held.holders++;
    let isHeld = true;
    return {
      block: held.lent.item,
      reading: held.reading,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        held.holders--;
        if (held.holders > 0) return;
        if (bytes !== undefined && reads.get(bytes) === held) reads.delete(bytes);
        held.lent[Symbol.dispose]();
      },
    };
  }

  return {
    join: (bytes) => {
      const held = bytes === undefined ? undefined : reads.get(bytes);
      return held === undefined ? undefined : hold(bytes, held);
    },
    isHeld: (bytes) => bytes !== undefined && reads.has(bytes),
    share: (bytes, { lent, reading }) => {
      const held = { lent, reading, holders: 0 };
      if (bytes !== undefined) reads.set(bytes, held);
      return hold(bytes, held);
    },
  };
}
