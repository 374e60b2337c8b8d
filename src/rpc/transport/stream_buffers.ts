/**
 * What HTTP/2 keeps of streams that have nothing to send.
 *
 * Deno's HTTP/2 copies what is written to a stream into a buffer of the stream's own, which grows to the longest write
 * and is kept until the stream is over. With batches of 128 KiB, three hundred streams whose clients have stopped to
 * read kept 38 MB in which there was nothing. So writes are counted by their length: the more all streams keep, the
 * less a stream may make its buffer larger. One that has a large buffer goes on with large batches.
 *
 * @module
 */
import { bytesInFlight, LEAST_BATCH_BYTES } from "./bytes_in_flight.ts";

/** The buffer of a stream. Disposed of when the stream is over. */
export interface StreamBuffer extends Disposable {
  /** How long the next write may be. */
  readonly maxBytes: number;
  /** Notes a write of so many bytes. */
  wrote(bytes: number): void;
}

/**
 * How large a buffer may become, by what all keep then, as a part of the limit of bytes in flight. By default 128
 * streams may send batches of the largest size: with smaller ones, a hundred whole streams take a fifth more of the
 * processor.
 */
const BUFFERS = [
  { upTo: 1 / 2, bytes: 128 * 1024 },
  { upTo: 5 / 8, bytes: 64 * 1024 },
  { upTo: 3 / 4, bytes: 16 * 1024 },
] as const;

/** What can be set. */
export interface StreamBuffersOptions {
  /** The limit of bytes in flight. @default that of the process */
  readonly limit?: () => number;
}

/** The buffers of all streams. */
export class StreamBuffers {
  readonly #limit: () => number;
  #bytes = 0;

  /** There are none. */
  constructor({ limit = (): number => bytesInFlight.maxBytes }: StreamBuffersOptions = {}) {
    this.#limit = limit;
  }

  /** What all streams keep, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The buffer of a stream that has begun. */
  open(): StreamBuffer {
    const maxBytesOf = (own: number): number => {
      const others = this.#bytes - own;
      const limit = this.#limit();
      const larger = BUFFERS.find(({ upTo, bytes }) => others + bytes <= upTo * limit);
      return Math.max(own, larger?.bytes ?? LEAST_BATCH_BYTES);
    };
    const add = (bytes: number): void => void (this.#bytes += bytes);
    let own = 0;
    return {
      get maxBytes(): number {
        return maxBytesOf(own);
      },
      wrote: (bytes) => {
        if (bytes <= own) return;
        add(bytes - own);
        own = bytes;
      },
      [Symbol.dispose]: () => {
        add(-own);
        own = 0;
      },
    };
  }
}

/** The buffers of this process. */
export const streamBuffers: StreamBuffers = new StreamBuffers();
