/**
 * Decides which log lines are written: one per cause and minute. So what fails on each of a thousand calls does not
 * fill the log.
 *
 * A cause has a kind, which the program chooses, and texts that may come from callers. Everything is bounded. A kind
 * has a number of lines a minute, and one caller gets a part of these. Of each text only the beginning is kept. So a
 * caller who makes up names cannot fill the memory, and cannot keep the lines of other kinds and other callers from
 * being written. Lines that are held back are counted, and the next line of their kind tells how many.
 *
 * @module
 */

/** Why a line is to be written. */
export interface Cause {
  /** What kind of thing has happened: one of a few texts of the program, never a caller's. */
  readonly kind: string;
  /** Who caused it. @default nobody in particular: only the limit of the kind applies */
  readonly who?: string | undefined;
  /** What tells this cause from others of its kind and caller. @default "" */
  readonly what?: string | undefined;
}

/** The limits of a {@linkcode LineLimiter}. */
export interface LineLimiterOptions {
  /** Milliseconds for which a cause is not written again. @default {60_000} */
  readonly periodMs?: number;
  /** Lines of a kind in each period. @default {100} */
  readonly maxPerKind?: number;
  /** Of these, lines of one caller. @default {10} */
  readonly maxPerCaller?: number;
  /** Milliseconds on a clock that does not step. @default {performance.now} */
  readonly now?: () => number;
}

/** Returns how many lines of a kind were held back since the last written one; undefined to hold back this one, too. */
export type LineLimiter = (cause: Cause) => number | undefined;

/** What was written of a kind in the last period. */
interface Kind {
  /** When each cause was written, and of whom; the oldest first. */
  readonly written: Map<string, { readonly atMs: number; readonly who: string | undefined }>;
  /** How many of these are of one caller. */
  readonly perCaller: Map<string, number>;
  heldBack: number;
}

/** Characters that tell one caller from another. */
const CALLER_LENGTH = 128;
/** Characters that tell one cause from another: room for a reason, a method and a log's whole name. */
const WHAT_LENGTH = 640;

/** A limiter that has let nothing through yet. */
export function createLineLimiter(options: LineLimiterOptions = {}): LineLimiter {
  const { periodMs = 60_000, maxPerKind = 100, maxPerCaller = 10, now = () => performance.now() } = options;
  const kinds = new Map<string, Kind>();

  function kindOf(name: string): Kind {
    let kind = kinds.get(name);
    if (kind === undefined) kinds.set(name, kind = { written: new Map(), perCaller: new Map(), heldBack: 0 });
    return kind;
  }

  return ({ kind: name, who, what = "" }) => {
    const kind = kindOf(name);
    const nowMs = now();
    forgetBefore(kind, nowMs - periodMs);
    const caller = who?.slice(0, CALLER_LENGTH);
    const key = JSON.stringify([caller, what.slice(0, WHAT_LENGTH)]);
    const ofCaller = caller === undefined ? 0 : kind.perCaller.get(caller) ?? 0;
    if (kind.written.has(key) || kind.written.size >= maxPerKind || ofCaller >= maxPerCaller) {
      kind.heldBack++;
      return undefined;
    }
    kind.written.set(key, { atMs: nowMs, who: caller });
    if (caller !== undefined) kind.perCaller.set(caller, ofCaller + 1);
    const { heldBack } = kind;
    kind.heldBack = 0;
    return heldBack;
  };
}

function forgetBefore({ written, perCaller }: Kind, beforeMs: number): void {
  for (const [key, { atMs, who }] of written) {
    if (atMs > beforeMs) return;
    written.delete(key);
    if (who === undefined) continue;
    const left = (perCaller.get(who) ?? 1) - 1;
    if (left > 0) perCaller.set(who, left);
    else perCaller.delete(who);
  }
}
