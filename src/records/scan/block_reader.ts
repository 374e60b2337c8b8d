/**
 * Reading a file block by block, the next one while the one before is worked on.
 *
 * A read is handed to another thread and comes back about a tenth of a millisecond later; a scan that finds nothing would spend half its time waiting.
 * Reading ahead is a guess: one that turns out wrong is thrown away. A scan has at most two under way, and only into blocks that nobody waits for.
 *
 * @module
 */
import type { LogFile, OpenLogFile } from "../../logs/log_file.ts";
import type { UncutLog } from "../../logs/uncut_log.ts";
import type { Block, BlockPool } from "./block_pool.ts";
import type { SharedRead } from "./shared_reads.ts";

/** How many reads are under way for one scan: with one alone, nothing is read while its end is told from thread to thread. */
const AHEAD = 2;
/** Blocks that are not lent for reading ahead; one less for the second read. */
const KEPT_BLOCKS = 2;
/** How far before the end of a block the one after the next is read: it is to begin with the line that the block ends in, wherever that begins. */
const OVERLAP_BYTES = 16 * 1024;

/** What was read and not used up is read again, together with so much more, which is then at hand: the next reads of it need no other thread. */
const AGAIN_BYTES = 1024 * 1024;
/** So few bytes are copied in less time than it takes to ask another thread for them. */
const AT_ONCE_BYTES = 256 * 1024;
/** Fewer bytes are not shared with other scans: they are copied in less time than it takes to tell. */
const SHARED_BYTES = 256 * 1024;
/** For so long, what was read is taken to be in memory still. */
const AT_HAND_MS = 1_000;

/** A block with bytes of the file. */
export interface LoadedBlock extends Disposable {
  /** Where its bytes begin in the kernel's memory. */
  readonly address: number;
  /** The bytes asked for; where `read` is less, the rest means nothing. */
  readonly bytes: Uint8Array;
  /** How many of them there were. */
  readonly read: number;
}

/** A file, and what makes reading it cheaper. */
export interface ScannedFile extends LogFile {
  /** Which file it is, if others may have read the same bytes of it. */
  readonly id?: string | undefined;
  /** Reads at once. */
  readonly peek?: OpenLogFile["peek"];
  /** Throws where bytes that were read are not those that the log had when it was opened. */
  readonly verify?: UncutLog["verify"];
  /** Told how far the scan has come. */
  readonly noteReached?: UncutLog["noteReached"];
}

/** Reads one file for one scan. */
export interface BlockReader {
  /** Loads `length` bytes from byte `position` on, or a little less: where less of them is `read` than there are `bytes`, the file ends. */
  load(position: number, length: number): Promise<LoadedBlock>;
  /**
   * Begins to load what is likely to be asked for next; with `to`, where a forward scan will end, also what comes after that. Without it, the scan goes
   * backward, and needs the last byte of what it asks for.
   */
  ahead(position: number, length: number, options?: { readonly to: number }): void;
  /** Whether blocks are held that were read ahead. */
  readonly isAhead: boolean;
  /** Gives back what was read ahead; resolves when nothing is being read any more: only then may the file be closed. */
  idle(): Promise<void>;
}

interface Ahead {
  readonly position: number;
  readonly length: number;
  /** Whether it ends where a scan goes on: less of it, from a later byte on, is of no use. */
  readonly isBackward: boolean;
  readonly shared: SharedRead<Block>;
  /** Whether another scan reads it. */
  readonly isJoined: boolean;
}

/** A reader of the file. */
export function createBlockReader(
  file: ScannedFile,
  options: { readonly pool: BlockPool; readonly signal: AbortSignal; readonly clock?: () => number },
): BlockReader {
  const { pool, signal, clock = () => performance.now() } = options;
  /** What was read last. */
  let atHand = { from: 0, to: 0, readAt: -Infinity };
  const guesses: Ahead[] = [];

  /** Throws the guesses away: their blocks are given back once they have been read into. */
  async function drop(): Promise<void> {
    for (let guess = guesses.shift(); guess !== undefined; guess = guesses.shift()) {
      const { shared } = guess;
      try {
        await shared.reading;
      } catch {
        // Whoever needs these bytes asks for them again, and is told.
      } finally {
        shared[Symbol.dispose]();
      }
    }
  }

  /** How many bytes of a guess come before `position`; undefined when it begins behind it, or far before. */
  function bytesBefore(guess: Ahead | undefined, position: number, length: number): number | undefined {
    if (guess?.length !== length) return undefined;
    const before = position - guess.position;
    if (guess.isBackward) return before === 0 ? before : undefined;
    return before >= 0 && before <= OVERLAP_BYTES && before < length ? before : undefined;
  }

  async function loadFrom(shared: SharedRead<Block>, length: number, before = 0): Promise<LoadedBlock> {
    try {
      const read = await shared.reading;
      signal.throwIfAborted();
      const { address, bytes } = shared.block;
      return {
        address: address + before,
        bytes: bytes.subarray(before, length),
        read: Math.max(0, Math.min(read, length) - before),
        [Symbol.dispose]: () => shared[Symbol.dispose](),
      };
    } catch (error) {
      shared[Symbol.dispose]();
      throw error;
    }
  }

  /** By what other scans of the file know these bytes; undefined where they are not shared. */
  function shareName(position: number, length: number): string | undefined {
    return file.id === undefined || length < SHARED_BYTES ? undefined : `${file.id} ${position} ${length}`;
  }

  /** The bytes as another scan reads them now, or has read them; where that is not all of them, the file may have grown since. */
  async function joined(
    name: string | undefined,
    position: number,
    length: number,
  ): Promise<SharedRead<Block> | undefined> {
    const shared = pool.reads.join(name);
    if (shared === undefined) return undefined;
    if (await isWhole(shared, length)) {
      atHand = { from: position, to: position + length, readAt: clock() };
      return shared;
    }
    shared[Symbol.dispose]();
    return undefined;
  }

  async function isWhole({ reading }: SharedRead<Block>, length: number): Promise<boolean> {
    try {
      return await reading === length;
    } catch {
      // Who reads them is told; whether this scan can read them is still to be seen.
      return false;
    }
  }

  /** Whether the bytes are in memory, surely enough, and few. */
  function isAtHand(position: number, length: number): boolean {
    return position >= atHand.from && position + length <= atHand.to && length <= AT_ONCE_BYTES &&
      clock() - atHand.readAt < AT_HAND_MS;
  }

  async function read({ bytes }: Block, position: number, length: number): Promise<number> {
    const count = await file.read(bytes.subarray(0, length), position);
    atHand = { from: position, to: position + count, readAt: clock() };
    return count;
  }

  /** Reads into a block, unless another scan does. */
  async function readShared(position: number, length: number): Promise<SharedRead<Block>> {
    const name = shareName(position, length);
    const known = await joined(name, position, length);
    if (known !== undefined) return known;
    let lent = await pool.take({ signal });
    if (pool.reads.isHeld(name)) {
      // Many waited for a block, and for the same bytes: the first of them reads for all.
      lent[Symbol.dispose]();
      const shared = await joined(name, position, length);
      if (shared !== undefined) return shared;
      lent = await pool.take({ signal });
    }
    return pool.reads.share(name, { lent, reading: read(lent.item, position, length) });
  }

  /** Reads; together with what comes next in the direction of the scan, if a part of these bytes was read just before. */
  async function loadAnew(position: number, length: number): Promise<LoadedBlock> {
    const end = position + length;
    if (file.peek !== undefined && isAtHand(position, length)) {
      const { peek } = file;
      const lent = await pool.take({ signal });
      const reading = Promise.try(() => peek(lent.item.bytes.subarray(0, length), position));
      return await loadFrom(pool.reads.share(undefined, { lent, reading }), length);
    }
    const isAgain = position < atHand.to && end > atHand.from;
    const size = isAgain ? Math.min(Math.max(length, AGAIN_BYTES), pool.blockBytes) : length;
    const start = position < atHand.from ? Math.max(0, end - size) : position;
    return await loadFrom(await readShared(start, size), end - start, position - start);
  }

  function begin(position: number, length: number, { isBackward }: Pick<Ahead, "isBackward">): void {
    const name = shareName(position, length);
    const known = pool.reads.join(name);
    if (known !== undefined) {
      guesses.push({ position, length, isBackward, shared: known, isJoined: true });
      return;
    }
    const lent = pool.takeSpare(KEPT_BLOCKS - guesses.length);
    if (lent === undefined) return;
    const reading = file.read(lent.item.bytes.subarray(0, length), position);
    // A failure is told to whoever takes the block; one that nobody takes is no failure.
    reading.catch(() => {});
    guesses.push({ position, length, isBackward, shared: pool.reads.share(name, { lent, reading }), isJoined: false });
  }

  async function loadAny(position: number, length: number): Promise<LoadedBlock> {
    const [guess] = guesses;
    const before = bytesBefore(guess, position, length);
    if (guess !== undefined && before !== undefined) {
      guesses.shift();
      const { shared, isJoined } = guess;
      if (!isJoined || await isWhole(shared, length)) return await loadFrom(shared, length, before);
      shared[Symbol.dispose]();
    }
    if (guesses.length > 0) await drop();
    return await loadAnew(position, length);
  }

  return {
    load: async (position, length) => {
      const block = await loadAny(position, length);
      try {
        file.verify?.(position, block);
        return block;
      } catch (error) {
        block[Symbol.dispose]();
        throw error;
      }
    },
    ahead: (position, length, options) => {
      const isBackward = options === undefined;
      if (guesses.length === 0) begin(position, length, { isBackward });
      if (isBackward) return;
      const { to } = options;
      const last = guesses.at(-1);
      if (last === undefined || guesses.length === AHEAD || length <= 2 * OVERLAP_BYTES) return;
      const next = last.position + last.length - OVERLAP_BYTES;
      if (next < to) begin(next, length, { isBackward });
    },
    get isAhead() {
      return guesses.length > 0;
    },
    idle: drop,
  };
}
