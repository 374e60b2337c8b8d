/**
 * Which streams of one caller over one log belong together, so that stored records and a follow meet.
 *
 * A caller asks for what a log holds and for what comes next in two calls, and joins them by their times. Neither call
 * knows of the other, and they arrive in either order, on one connection or on two. So each notes here where it began
 * or ended. Positions are kept, not texts, and for a second.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Principal } from "../../auth/identity.ts";
import type { Handoff } from "../../records/handoff.ts";
import type { LogPosition } from "../../records/log_position.ts";

/** Calls within this time belong together, in milliseconds. Among a thousand at once, each waits before it begins. */
const TOGETHER_MS = 1_000;
/** Ends that are remembered at most, a few hundred bytes each. */
const MAX_ENDS = 4_096;

/** What can be set. */
export interface FollowHandoffsOptions {
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
  /** @default {1000} */
  readonly togetherMs?: number;
  /** Ends that are remembered at most. @default {4096} */
  readonly maxEnds?: number;
}

interface End {
  readonly position: LogPosition;
  readonly askedAt: number;
}

/** The streams of all callers. */
export class FollowHandoffs {
  readonly #clock: () => number;
  readonly #togetherMs: number;
  readonly #maxEnds: number;
  readonly #follows = new Map<string, Set<LogPosition>>();
  /** The first end for each key, oldest first. */
  readonly #ends = new Map<string, End>();

  /** Begins without streams. */
  constructor(options: FollowHandoffsOptions = {}) {
    const { clock = () => performance.now(), togetherMs = TOGETHER_MS, maxEnds = MAX_ENDS } = options;
    this.#clock = clock;
    this.#togetherMs = togetherMs;
    this.#maxEnds = maxEnds;
  }

  /** How many ends are remembered. */
  get size(): number {
    return this.#ends.size;
  }

  /** The handoff of a stream that is asked for now. */
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

/** A longer key is kept as its digest. */
const MAX_KEY_LENGTH = 512;

/** The same text for the same caller and log: a digest where it would hold a token, or the names of many groups. */
function keyOf(caller: Principal, fileName: string): string {
  const key = JSON.stringify([caller, fileName]);
  if (caller.kind === "identity" && key.length <= MAX_KEY_LENGTH) return key;
  return createHash("sha256").update(key).digest("base64");
}
