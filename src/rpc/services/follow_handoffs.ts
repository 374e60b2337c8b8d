/**
 * Where the streams of one caller over one log begin and end, so that a past and a future that are asked for at the same time meet.
 *
 * A caller asks for what a log holds and for what comes next with two calls, and joins them by their times. Neither knows of the other, and the two arrive in
 * either order, on one connection or on two: so each tells here where it began, or came to. A stream of the past goes on to where open follows have begun; a
 * follow that comes soon after begins where the past has come to. Remembers places, not texts, and not for long.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Principal } from "../../auth/identity.ts";
import type { LogPosition } from "../../records/log_position.ts";

/** Calls that come within so long belong together, in milliseconds: with a thousand at once, each waits its turn to begin. */
const TOGETHER_MS = 1_000;
/** Places that are remembered at most, a few hundred bytes each. */
const MAX_ENDS = 4_096;

/** The streams of one caller over one log. */
export interface Handoff {
  /** A follow has begun there, and goes on until the answer is disposed of. */
  beginFollow(position: LogPosition): Disposable;
  /** Where the follows began that go on. */
  openFollows(): Iterable<LogPosition>;
  /** A stream of the past gives what lies before that place, and was asked for with this handoff. */
  noteEnd(position: LogPosition): void;
  /** The first place up to which a stream of the past that has just been asked for gives records. */
  recentEnd(): LogPosition | undefined;
}

/** What can be set. */
export interface FollowHandoffsOptions {
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
  /** @default {1000} */
  readonly togetherMs?: number;
  /** Places that are remembered at most. @default {4096} */
  readonly maxEnds?: number;
}

interface End {
  readonly position: LogPosition;
  readonly askedAt: number;
}

/** All callers' streams. A class: what it knows changes with each of them. */
export class FollowHandoffs {
  readonly #clock: () => number;
  readonly #togetherMs: number;
  readonly #maxEnds: number;
  readonly #follows = new Map<string, Set<LogPosition>>();
  /** The first one of each key, in the order in which they were told. */
  readonly #ends = new Map<string, End>();

  /** Knows of none. */
  constructor(options: FollowHandoffsOptions = {}) {
    const { clock = () => performance.now(), togetherMs = TOGETHER_MS, maxEnds = MAX_ENDS } = options;
    this.#clock = clock;
    this.#togetherMs = togetherMs;
    this.#maxEnds = maxEnds;
  }

  /** How many places are remembered. */
  get size(): number {
    return this.#ends.size;
  }

  /** A stream that is asked for now. */
  of(caller: Principal, fileName: string): Handoff {
    const key = keyOf(caller, fileName);
    const askedAt = this.#clock();
    return {
      beginFollow: (position) => this.#followFrom(key, position),
      openFollows: () => this.#follows.get(key) ?? [],
      noteEnd: (position) => this.#remember(key, { position, askedAt }),
      recentEnd: () => this.#recent(key)?.position,
    };
  }

  #followFrom(key: string, { id, offset }: LogPosition): Disposable {
    const position = { id, offset };
    const open = this.#follows.get(key) ?? new Set();
    this.#follows.set(key, open.add(position));
    return {
      [Symbol.dispose]: () => {
        open.delete(position);
        if (open.size === 0 && this.#follows.get(key) === open) this.#follows.delete(key);
      },
    };
  }

  #remember(key: string, end: End): void {
    for (const [oldest, { askedAt }] of this.#ends) {
      if (!this.#isOld(askedAt) && this.#ends.size < this.#maxEnds) break;
      this.#ends.delete(oldest);
    }
    if (this.#isOld(end.askedAt) || this.#recent(key) !== undefined) return;
    this.#ends.delete(key);
    this.#ends.set(key, end);
  }

  #recent(key: string): End | undefined {
    const end = this.#ends.get(key);
    return end === undefined || this.#isOld(end.askedAt) ? undefined : end;
  }

  #isOld(askedAt: number): boolean {
    return this.#clock() - askedAt >= this.#togetherMs;
  }
}

/** A longer key is not held as it is. */
const MAX_KEY_LENGTH = 512;

/** The same for the same caller and log. A digest, where names of many groups would be held, or a token. */
function keyOf(caller: Principal, fileName: string): string {
  const key = JSON.stringify([caller, fileName]);
  if (caller.kind === "identity" && key.length <= MAX_KEY_LENGTH) return key;
  return createHash("sha256").update(key).digest("base64");
}
