/**
 * The buffers that log files are read into: a few for the whole process, in the kernel's memory, lent for one block of
 * work.
 *
 * Promises that memory for blocks does not grow with the number of streams, and that waiters are served in order. A
 * block is held from the start of its read until its records are sent, never while a client is waited for.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";
import { createResourcePool, type ResourcePool } from "../../scheduling/resource_pool.ts";
import { createSharedReads, type SharedReads } from "./shared_reads.ts";

/** Enough to keep the disk and the thread busy; each is two MiB of memory under load. */
const MAX_BLOCKS = 4;

/** A buffer. */
export interface Block {
  /** Where it lies in the kernel's memory. */
  readonly address: number;
  /** The whole buffer. Its content is whatever the last borrower left. */
  readonly bytes: Uint8Array;
}

/** Buffers to borrow. */
export interface BlockPool extends ResourcePool<Block> {
  /** The size of each block in bytes. */
  readonly blockBytes: number;
  /** What is being read into them. */
  readonly reads: SharedReads<Block>;
}

/** A pool of the kernel's blocks; there is one in a process. `blocks` and `blockBytes` make it smaller, for tests. */
export function createBlockPool(options: { readonly blocks?: number; readonly blockBytes?: number } = {}): BlockPool {
  const { blocks = MAX_BLOCKS, blockBytes = kernel.blockBytes } = options;
  const buffers = kernel.blocks.slice(0, blocks).map((address) => ({
    address,
    bytes: kernel.memory.subarray(address, address + blockBytes),
  }));
  return { blockBytes, reads: createSharedReads(), ...createResourcePool(buffers) };
}
