/**
 * Reads a file block by block, the next block while the scan works on the one before.
 *
 * A read is handed to another thread and comes back about a tenth of a millisecond later; a scan that finds nothing
 * would spend half its time waiting.
 *
 * @module
 */
import type { LogFile, OpenLogFile } from "../../logs/log_file.ts";
import type { UncutLog } from "../../logs/uncut_log.ts";
import { Prefetch } from "./_prefetch.ts";
import type { Block, BlockPool } from "./block_pool.ts";
import { type SharedRead, shareName } from "./shared_reads.ts";

/**
 * Bytes that were read and not used up are read again, together with so much more, which is then in memory: the next
 * reads of it need no other thread.
 */
const AGAIN_BYTES = 1024 * 1024;
/** So few bytes are copied in less time than another thread needs to answer. */
const AT_ONCE_BYTES = 256 * 1024;
/** The last bytes of a file that are read at once again. More of them are rather shared with other scans. */
const END_BYTES = 16 * 1024;
/** For so long, bytes that were read are taken to be in the system's memory still. */
const CACHED_MS = 1_000;

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
  /** Called with the offset that the scan has reached. */
  readonly noteReached?: UncutLog["noteReached"];
}

/** Reads one file for one scan. */
export interface BlockReader {
  /**
   * Loads `length` bytes from byte `position` on, or a little less. Where fewer of them are `read` than there are
   * `bytes`, the file ends.
   */
  load(position: number, length: number): Promise<LoadedBlock>;
  /**
   * Begins to load the bytes that the scan is likely to need next; with `to`, where a forward scan will end, also those
   * after them. Without it, the scan goes backward, and needs the last byte of these.
   */
  ahead(position: number, length: number, options?: { readonly to: number }): void;
  /** Whether blocks are held that were read ahead. */
  readonly isAhead: boolean;
  /** Gives back what was read ahead; resolves when nothing is being read any more: only then may the file be closed. */
  idle(): Promise<void>;
}

/** What a reader needs. */
export interface BlockReaderOptions {
  /** Where blocks come from. */
  readonly pool: BlockPool;
  /** Ends the reads; they reject with the signal's reason. */
  readonly signal: AbortSignal;
  /** The time in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
}

/** Returns a reader of the file. */
export function createBlockReader(file: ScannedFile, options: BlockReaderOptions): BlockReader {
  return new FileBlockReader(file, options);
}

class FileBlockReader implements BlockReader {
  readonly #file: ScannedFile;
  readonly #pool: BlockPool;
  readonly #signal: AbortSignal;
  readonly #clock: () => number;
  readonly #prefetch: Prefetch;
  /** The range of the file that was read last. */
  #cached = { from: 0, to: 0, readAt: -Infinity, isEnd: false };

  constructor(file: ScannedFile, { pool, signal, clock = () => performance.now() }: BlockReaderOptions) {
    this.#file = file;
    this.#pool = pool;
    this.#signal = signal;
    this.#clock = clock;
    this.#prefetch = new Prefetch(file, pool);
  }

  async load(position: number, length: number): Promise<LoadedBlock> {
    const block = await this.#load(position, length);
    try {
      this.#file.verify?.(position, block);
      return block;
    } catch (error) {
      block[Symbol.dispose]();
      throw error;
    }
  }

  ahead(position: number, length: number, options?: { readonly to: number }): void {
    this.#prefetch.ahead(position, length, options);
  }

  get isAhead(): boolean {
    return !this.#prefetch.isEmpty;
  }

  idle(): Promise<void> {
    return this.#prefetch.drop();
  }

  async #load(position: number, length: number): Promise<LoadedBlock> {
    const prefetched = this.#prefetch.take(position, length);
    if (prefetched !== undefined) {
      const { shared, isJoined, before } = prefetched;
      if (!isJoined || await isWhole(shared, length)) return await this.#finish(shared, length, before);
      shared[Symbol.dispose]();
    }
    if (!this.#prefetch.isEmpty) await this.#prefetch.drop();
    return await this.#loadAnew(position, length);
  }

  /** Waits for a read, and leaves its first `before` bytes out. */
  async #finish(shared: SharedRead<Block>, length: number, before = 0): Promise<LoadedBlock> {
    try {
      const read = await shared.reading;
      this.#signal.throwIfAborted();
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

  /**
   * Reads; together with the bytes that come next in the direction of the scan, if a part of these was read just
   * before.
   */
  async #loadAnew(position: number, length: number): Promise<LoadedBlock> {
    const end = position + length;
    const { peek } = this.#file;
    if (peek !== undefined && this.#isCached(position, length)) {
      const lent = await this.#pool.take({ signal: this.#signal });
      const reading = Promise.try(() => peek(lent.item.bytes.subarray(0, length), position));
      return await this.#finish(this.#pool.reads.share(undefined, { lent, reading }), length);
    }
    const isAgain = position < this.#cached.to && end > this.#cached.from;
    const size = isAgain ? Math.min(Math.max(length, AGAIN_BYTES), this.#pool.blockBytes) : length;
    const start = position < this.#cached.from ? Math.max(0, end - size) : position;
    return await this.#finish(await this.#readShared(start, size), end - start, position - start);
  }

  /**
   * Reports whether the bytes are few, and in the system's memory, surely enough. So are the last few of a file: those
   * behind its end were written since.
   */
  #isCached(position: number, length: number): boolean {
    const { from, to, readAt, isEnd } = this.#cached;
    if (position < from || position > to || this.#clock() - readAt >= CACHED_MS) return false;
    if (isEnd && to - position <= END_BYTES) return true;
    return position + length <= to && length <= AT_ONCE_BYTES;
  }

  /** Reads into a block, unless another scan does. */
  async #readShared(position: number, length: number): Promise<SharedRead<Block>> {
    const { reads } = this.#pool;
    const taking = { signal: this.#signal };
    const name = shareName(this.#file.id, position, length);
    const known = await this.#joined(name, position, length);
    if (known !== undefined) return known;
    let lent = await this.#pool.take(taking);
    if (reads.isHeld(name)) {
      // Many scans waited for a block, and for the same bytes: the first of them reads for all.
      lent[Symbol.dispose]();
      const shared = await this.#joined(name, position, length);
      if (shared !== undefined) return shared;
      lent = await this.#pool.take(taking);
    }
    return reads.share(name, { lent, reading: this.#read(lent.item, position, length) });
  }

  /**
   * The bytes as another scan reads or has read them; not where these are fewer, since the file may have grown since.
   */
  async #joined(
    name: string | undefined,
    position: number,
    length: number,
  ): Promise<SharedRead<Block> | undefined> {
    const shared = this.#pool.reads.join(name);
    if (shared === undefined) return undefined;
    if (await isWhole(shared, length)) {
      this.#cached = { from: position, to: position + length, readAt: this.#clock(), isEnd: false };
      return shared;
    }
    shared[Symbol.dispose]();
    return undefined;
  }

  async #read({ bytes }: Block, position: number, length: number): Promise<number> {
    const count = await this.#file.read(bytes.subarray(0, length), position, { signal: this.#signal });
    this.#cached = { from: position, to: position + count, readAt: this.#clock(), isEnd: count < length };
    return count;
  }
}

async function isWhole({ reading }: SharedRead<Block>, length: number): Promise<boolean> {
  try {
    return await reading === length;
  } catch {
    // The scan that reads them gets the error; whether this one can read them is still to be seen.
    return false;
  }
}
