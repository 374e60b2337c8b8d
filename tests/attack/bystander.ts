/**
 * Starts the ordinary caller beside an attack, and gives its figures.
 *
 * @module
 */
import type { ClientIdentity } from "../bench/client_protocol.ts";

/** What it is told first. */
export interface BystanderOrder {
  /** The agent's port. */
  readonly port: number;
  /** Who it is. */
  readonly identity: ClientIdentity;
  /** The path of the health check. */
  readonly healthPath: string;
  /** The path of forward streams. */
  readonly forwardPath: string;
  /** A grep, with its head. */
  readonly grepRequest: Uint8Array;
  /** How many records it has to give. */
  readonly grepRecords: number;
  /** A follow of the log that it writes, with its head. */
  readonly followRequest: Uint8Array;
  /** The file of that log. */
  readonly followPath: string;
}

/** A call that did not end OK. */
export interface CallFailure {
  /** When it ended, in milliseconds since 1970. */
  readonly atMs: number;
  /** How. */
  readonly text: string;
}

/** What it saw. */
export interface BystanderFigures {
  /** How long health checks took. */
  readonly healthMs: readonly number[];
  /** How long a new connection and one check took. */
  readonly freshMs: readonly number[];
  /** How long the grep took. */
  readonly grepMs: readonly number[];
  /** Greps that ended OK with another number of records. */
  readonly wrongGreps: number;
  /** Calls that did not end OK. */
  readonly failures: Readonly<Record<"health" | "grep" | "fresh", readonly CallFailure[]>>;
  /** The follow of its own log. */
  readonly follow: {
    /** Lines written. */
    readonly written: number;
    /** Lines that came, up to the last one that came in order. */
    readonly received: number;
    /** Lines that came out of order. */
    readonly problems: readonly string[];
    /** How it ended by itself; undefined if it did not. */
    readonly ended: string | undefined;
  };
  /** How late its own timers were. */
  readonly ownDelayMs: readonly number[];
}

/** A caller that runs. Disposing of it ends its thread. */
export interface Bystander extends Disposable {
  /** Resolves with what it saw since the last time; goes on. */
  take(): Promise<BystanderFigures>;
}

const TAKE_MS = 60_000;

/** Starts one; resolves when it has begun. */
export async function startBystander(order: BystanderOrder): Promise<Bystander> {
  const worker = new Worker(new URL("./bystander_worker.ts", import.meta.url), { type: "module" });
  let waiting = Promise.withResolvers<BystanderFigures | "up">();
  worker.onmessage = ({ data }: MessageEvent<BystanderFigures | "up">): void => waiting.resolve(data);
  worker.onerror = (event): void => {
    event.preventDefault();
    waiting.reject(new Error(`Cannot go on as the ordinary caller: ${event.message}`));
  };
  /** Tells it something, and waits for its answer. */
  const ask = async (message: BystanderOrder | "take"): Promise<BystanderFigures | "up"> => {
    waiting = Promise.withResolvers();
    worker.postMessage(message);
    const timer = setTimeout(
      () => waiting.reject(new Error(`Not within ${TAKE_MS} ms: the ordinary caller answers`)),
      TAKE_MS,
    );
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      // It may fail while nobody waits.
      waiting.promise.catch(() => {});
    }
  };
  await ask(order);
  return {
    take: async () => {
      const figures = await ask("take");
      if (figures === "up") throw new TypeError("Cannot take figures: the ordinary caller has begun anew");
      return figures;
    },
    [Symbol.dispose]: () => {
      worker.postMessage("stop");
      worker.terminate();
    },
  };
}
