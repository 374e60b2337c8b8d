/**
 * The end of lists and of streams of stored records whose clients take nothing for a long time.
 *
 * Such a stream holds an open file, a place among the caller's streams, and a batch. The client answers keepalive, or
 * its connection would be over: it has stopped to read, and a stream that ends anyway can be asked for again. A follow
 * is not ended: a browser tab in the background does not read for hours, and then wants what was written meanwhile.
 *
 * @module
 */
import { setInterval } from "node:timers";

/** A client has taken nothing of a stream for too long. */
export class StalledStreamError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "StalledStreamError";

  constructor(ms: number) {
    const why = `the client has taken nothing for ${ms / 1_000} s, the limit of limits.stalled-stream`;
    super(`Cannot send the answer any further: ${why}`);
  }
}

/** What can be set. */
export interface StalledStreamsOptions {
  /** How long a client may take nothing, in milliseconds. @default {300_000} */
  readonly stalledMs?: number | undefined;
  /** Called for each stream that is ended. */
  readonly onEnd?: () => void;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
  /** Calls back every so many milliseconds, until disposed of. @default {setInterval} */
  readonly every?: (callback: () => void, ms: number) => Disposable;
}

/** How often streams are looked at while one may take nothing. */
const CHECKS = 5;

interface Watched {
  readonly fail: (reason: Error) => void;
  /** When the send began that has not ended; Infinity where none has. */
  sendingSince: number;
}

/** The streams of one server that may stall. */
export class StalledStreams {
  readonly #stalledMs: number;
  readonly #options: StalledStreamsOptions;
  readonly #clock: () => number;
  readonly #watched = new Set<Watched>();
  #timer: Disposable | undefined;

  /** Watches none. */
  constructor(options: StalledStreamsOptions = {}) {
    const { stalledMs = 300_000, clock = (): number => performance.now() } = options;
    this.#stalledMs = stalledMs;
    this.#options = options;
    this.#clock = clock;
  }

  /** How many streams are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /**
   * Watches a stream until disposed of. Returns its `send`, by which each message has to go.
   */
  watch<Message>(
    { send, fail }: {
      readonly send: (message: Message) => Promise<void>;
      readonly fail: (reason: Error) => void;
    },
  ): { readonly send: (message: Message) => Promise<void> } & Disposable {
    const watched: Watched = { fail, sendingSince: Infinity };
    this.#watched.add(watched);
    const { every = (callback, ms): Disposable => setInterval(callback, ms).unref() } = this.#options;
    this.#timer ??= every(() => this.#check(), this.#stalledMs / CHECKS);
    return {
      send: async (message) => {
        watched.sendingSince = this.#clock();
        await send(message);
        watched.sendingSince = Infinity;
      },
      [Symbol.dispose]: () => {
        this.#watched.delete(watched);
        if (this.#watched.size > 0) return;
        this.#timer?.[Symbol.dispose]();
        this.#timer = undefined;
      },
    };
  }

  #check(): void {
    const before = this.#clock() - this.#stalledMs;
    for (const watched of this.#watched) {
      if (watched.sendingSince > before) continue;
      watched.sendingSince = Infinity;
      this.#options.onEnd?.();
      watched.fail(new StalledStreamError(this.#stalledMs));
    }
  }
}
