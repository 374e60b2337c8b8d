/**
 * Reads of the same bytes by several scans at once: one block serves all of them.
 *
 * Who looks for the reason in a pod's log is seldom the only one. Scans that come to the same place of a file while one of them has it in a block go on
 * together from there, and its bytes are copied once for all.
 *
 * Which file it is tells its identity. No other file has the same meanwhile: whoever holds a block has the file open, and gives the block back first.
 *
 * @module
 */
import type { Lent } from "../../scheduling/resource_pool.ts";

/** A block that is being read into, or was; disposing of it gives it back, when the last holder does. */
export interface SharedRead<Block> extends Disposable {
  /** The block. Nobody writes to it. */
  readonly block: Block;
  /** Resolves to how many bytes were read. */
  readonly reading: Promise<number>;
}

/** Reads that can be joined. */
export interface SharedReads<Block> {
  /** The read of the same bytes that somebody holds. Bytes without a name are nobody else's. */
  join(bytes: string | undefined): SharedRead<Block> | undefined;
  /** Whether somebody holds a read of the same bytes. */
  isHeld(bytes: string | undefined): boolean;
  /** A read that others can join for as long as somebody holds it, by its name. */
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

/** No reads yet. */
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
