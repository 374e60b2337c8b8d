/**
 * Reads of a file that are begun before a scan asks for them.
 *
 * A prefetch is a guess: one that turns out wrong is thrown away. A scan has at most two in progress, and only into
 * blocks that nobody waits for.
 *
 * @module
 */
import type { LogFile } from "../../logs/log_file.ts";
import type { Block, BlockPool } from "./block_pool.ts";
import { type SharedRead, shareName } from "./shared_reads.ts";

/**
 * How many reads are in progress for one scan: with one alone, nothing is read while the other thread reports its end.
 */
const MAX_READS = 2;
/** Blocks that are not lent for a prefetch; one less for the second read. */
const KEPT_BLOCKS = 2;
/**
 * How far before the end of a block the one after the next is read: it has to begin with the line that the block ends
 * in, wherever that begins.
 */
const OVERLAP_BYTES = 16 * 1024;

/** A file that may be read by others, too. */
export interface PrefetchedFile extends Pick<LogFile, "read"> {
  /** Which file it is, if others may have read the same bytes of it. */
  readonly id?: string | undefined;
}

/** A read that was begun. */
export interface Prefetched {
  /** The read. */
  readonly shared: SharedRead<Block>;
  /** Whether another scan reads it. */
  readonly isJoined: boolean;
  /** How many of its bytes come before those that were asked for. */
  readonly before: number;
}

interface Guess extends Omit<Prefetched, "before"> {
  readonly position: number;
  readonly length: number;
  /** Whether it ends where a scan goes on: less of it, from a later byte on, is of no use. */
  readonly isBackward: boolean;
}

/** The reads that are begun for one scan of a file. */
export class Prefetch {
  readonly #file: PrefetchedFile;
  readonly #pool: BlockPool;
  readonly #guesses: Guess[] = [];

  /** Begins nothing. */
  constructor(file: PrefetchedFile, pool: BlockPool) {
    this.#file = file;
    this.#pool = pool;
  }

  /** Whether nothing is begun. */
  get isEmpty(): boolean {
    return this.#guesses.length === 0;
  }

  /** Begins reads as {@linkcode BlockReader.ahead} says. */
  ahead(position: number, length: number, options?: { readonly to: number }): void {
    const isBackward = options === undefined;
    if (this.isEmpty) this.#begin(position, length, { isBackward });
    if (isBackward) return;
    const last = this.#guesses.at(-1);
    if (last === undefined || this.#guesses.length === MAX_READS || length <= 2 * OVERLAP_BYTES) return;
    const next = last.position + last.length - OVERLAP_BYTES;
    if (next < options.to) this.#begin(next, length, { isBackward });
  }

  /** Takes the first read, where it has these bytes; the caller gives it back. */
  take(position: number, length: number): Prefetched | undefined {
    const [guess] = this.#guesses;
    if (guess === undefined) return undefined;
    const before = bytesBefore(guess, position, length);
    if (before === undefined) return undefined;
    this.#guesses.shift();
    return { shared: guess.shared, isJoined: guess.isJoined, before };
  }

  /** Throws the reads away; resolves when their blocks are given back, which is when they have ended. */
  async drop(): Promise<void> {
    for (let guess = this.#guesses.shift(); guess !== undefined; guess = this.#guesses.shift()) {
      const { shared } = guess;
      try {
        await shared.reading;
      } catch {
        // A scan that needs these bytes asks for them again, and gets the error.
      } finally {
        shared[Symbol.dispose]();
      }
    }
  }

  #begin(position: number, length: number, { isBackward }: Pick<Guess, "isBackward">): void {
    const { reads } = this.#pool;
    const name = shareName(this.#file.id, position, length);
    const known = reads.join(name);
    if (known !== undefined) {
      this.#guesses.push({ position, length, isBackward, shared: known, isJoined: true });
      return;
    }
    const lent = this.#pool.takeSpare(KEPT_BLOCKS - this.#guesses.length);
    if (lent === undefined) return;
    const reading = this.#file.read(lent.item.bytes.subarray(0, length), position);
    // The error goes to the scan that takes the block; where none does, it matters to nobody.
    reading.catch(() => {});
    const shared = reads.share(name, { lent, reading });
    this.#guesses.push({ position, length, isBackward, shared, isJoined: false });
  }
}

/** Returns how many bytes of a guess come before `position`; undefined when it begins behind it, or far before. */
function bytesBefore(guess: Guess, position: number, length: number): number | undefined {
  if (guess.length !== length) return undefined;
  const before = position - guess.position;
  if (guess.isBackward) return before === 0 ? before : undefined;
  return before >= 0 && before <= OVERLAP_BYTES && before < length ? before : undefined;
}
