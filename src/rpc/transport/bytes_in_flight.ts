/**
 * Bytes that were taken from logs and not yet by the system for a client: in writes that HTTP/2 has not taken, and in
 * sockets. One budget for the process.
 *
 * While little is in flight, streams send large batches and leave much in their sockets. The more there is, the less
 * each adds. Past the limit, a stream adds a batch of the least size, and that only while its socket is below its
 * high-water mark. So a client that reads goes on, and one that does not holds little, whatever others hold.
 *
 * @module
 */
import { limits } from "../../scheduling/limits.ts";

/** The part of a socket that is counted. */
export interface CountedSocket {
  /** Bytes that wait to be written. */
  readonly writableLength: number;
}

/** What is set. */
export interface BytesInFlightOptions {
  /** The limit in bytes. @default {33_554_432} */
  readonly maxBytes?: number | undefined;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
}

const MIB = 1024 * 1024;
const MAX_BYTES = 32 * MIB;
/** What waits in sockets is added up again after so many milliseconds: there may be thousands of them. */
const COUNT_MS = 10;

/** Batches by how much is in flight, as a part of the limit. */
const BATCHES = [
  { upTo: 1 / 16, bytes: 128 * 1024 },
  { upTo: 1 / 8, bytes: 64 * 1024 },
  { upTo: 1, bytes: 16 * 1024 },
] as const;
/** The least size of a batch. */
export const LEAST_BATCH_BYTES = 8 * 1024;

/** What is in flight. */
export class BytesInFlight {
  /** The limit. */
  maxBytes: number;
  readonly #clock: () => number;
  readonly #sockets = new Set<CountedSocket>();
  #writeBytes = 0;
  #socketBytes = 0;
  #countedAt = -Infinity;

  /** Nothing is in flight. */
  constructor({ maxBytes = MAX_BYTES, clock = (): number => performance.now() }: BytesInFlightOptions = {}) {
    this.maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** All that is in flight, in bytes. */
  get bytes(): number {
    const now = this.#clock();
    if (now - this.#countedAt >= COUNT_MS) {
      this.#countedAt = now;
      this.#socketBytes = 0;
      for (const { writableLength } of this.#sockets) this.#socketBytes += writableLength;
    }
    return this.#writeBytes + this.#socketBytes;
  }

  /** How large the next batch of a stream may be. */
  get batchBytes(): number {
    const part = this.bytes / this.maxBytes;
    return BATCHES.find(({ upTo }) => part <= upTo)?.bytes ?? LEAST_BATCH_BYTES;
  }

  /** How much may wait in a socket before a stream adds to it; less than its high-water mark may always. */
  get socketBytes(): number {
    return this.bytes <= this.maxBytes ? limits.maxSocketBytes : 0;
  }

  /** Counts a write, or takes one back. */
  addWrite(bytes: number): void {
    this.#writeBytes += bytes;
  }

  /** Counts what waits in a socket, until disposed of. */
  addSocket(socket: CountedSocket): Disposable {
    this.#sockets.add(socket);
    return { [Symbol.dispose]: () => void this.#sockets.delete(socket) };
  }
}

/** What is in flight in this process. */
export const bytesInFlight: BytesInFlight = new BytesInFlight();
