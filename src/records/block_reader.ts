/**
 * Reading a file block by block, the next one while the one before is worked on.
 *
 * A read is handed to another thread and comes back about a tenth of a millisecond later; a scan that finds nothing would spend half its time waiting.
 * Reading ahead is a guess: one that turns out wrong is thrown away. There is at most one per scan, and only into blocks that nobody waits for.
 *
 * @module
 */
import type { LogFile } from "../logs/log_file.ts";
import type { Block, BlockPool } from "./block_pool.ts";
import type { Lent } from "./lending.ts";

/** Blocks that are not lent for reading ahead. */
const KEPT_BLOCKS = 2;

/** A block with bytes of the file. */
export interface LoadedBlock extends Disposable {
  /** Where its bytes begin in the kernel's memory. */
  readonly address: number;
  /** The bytes asked for; where `read` is less, the rest means nothing. */
  readonly bytes: Uint8Array;
  /** How many of them there were. */
  readonly read: number;
}

/** Reads one file for one scan. */
export interface BlockReader {
  /** Loads `length` bytes from byte `position` on. */
  load(position: number, length: number): Promise<LoadedBlock>;
  /** Begins to load what is likely to be asked for next. */
  ahead(position: number, length: number): void;
  /** Resolves when nothing is being read any more: only then may the file be closed. */
  settled(): Promise<void>;
}

interface Ahead {
  readonly position: number;
  readonly length: number;
  readonly block: Lent<Block>;
  readonly reading: Promise<number>;
}

/** A reader of the file. */
export function createBlockReader(
  file: LogFile,
  options: { readonly pool: BlockPool; readonly signal: AbortSignal },
): BlockReader {
  const { pool, signal } = options;
  let guess: Ahead | undefined;

  /** Throws the guess away: its block is given back once it has been read into. */
  async function drop(): Promise<void> {
    if (guess === undefined) return;
    const { block, reading } = guess;
    guess = undefined;
    try {
      await reading;
    } catch {
      // Whoever needs these bytes asks for them again, and is told.
    } finally {
      block[Symbol.dispose]();
    }
  }

  async function loadInto(block: Lent<Block>, reading: Promise<number>, length: number): Promise<LoadedBlock> {
    try {
      const read = await reading;
      signal.throwIfAborted();
      const { address, bytes } = block.item;
      return { address, bytes: bytes.subarray(0, length), read, [Symbol.dispose]: () => block[Symbol.dispose]() };
    } catch (error) {
      block[Symbol.dispose]();
      throw error;
    }
  }

  return {
    load: async (position, length) => {
      if (guess?.position === position && guess.length === length) {
        const { block, reading } = guess;
        guess = undefined;
        return await loadInto(block, reading, length);
      }
      await drop();
      const block = await pool.take({ signal });
      return await loadInto(block, file.read(block.item.bytes.subarray(0, length), position), length);
    },
    ahead: (position, length) => {
      const block = guess === undefined ? pool.takeSpare(KEPT_BLOCKS) : undefined;
      if (block === undefined) return;
      const reading = file.read(block.item.bytes.subarray(0, length), position);
      // A failure is told to whoever takes the block; one that nobody takes is no failure.
      reading.catch(() => {});
      guess = { position, length, block, reading };
    },
    settled: drop,
  };
}
