/**
 * The verdict on one message: does it hold a match of the pattern.
 *
 * Owns the choice between the walks. Promises the meaning of Rust's regex crate, matching bytes with Unicode on,
 * whatever the bytes; time linear in the message; and bounded memory. Finds no literals and skips nothing: that is the
 * plan's work.
 *
 * @module
 */
import { findMatch, type MatchRange } from "./_find.ts";
import { beginVerdict, type Budget, continueVerdict, createTableUse, createVerdict, isPaused } from "./_judging.ts";
import { createLazyDfa } from "./_dfa_states.ts";
import { compileProgram } from "./_compile_program.ts";
import { programBytes } from "./_program.ts";
import { judgeByTable, judgeEach, spanBytes, type SpanRange } from "./_table_verdict.ts";
import type { Message } from "./_looks.ts";
import { normalizeGrep } from "../syntax/grep.ts";
import type { Hir } from "../syntax/hir.ts";
import { readPattern } from "../syntax/read_pattern.ts";
export type { MatchRange };

/**
 * A compiled pattern. Keeps memory of what it has seen; use one for one pattern, for any number of messages and
 * streams.
 */
export interface Matcher {
  /** Bytes of the compiled pattern itself, without what it keeps of what it has seen. */
  readonly bytes: number;
  /**
   * Whether the bytes `[start, end)`, taken as one whole message, hold a match. Linear in their number; never throws,
   * whatever the bytes.
   *
   * @param bytes A buffer that holds the message.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
  /** Begins a time slice: from here on `judgeSpans()` and `matchesInSlice()` share a few milliseconds of work. */
  beginSlice(): void;
  /**
   * Gives the kernel's first `count` spans that have none their verdicts, as many as the time slice allows.
   *
   * @param count How many spans, see `Kernel.spans`.
   * @param options Where to begin.
   * @returns How many of them are done, counted from where it began. None, where one message takes more than a time
   * slice.
   */
  judgeSpans(count: number, options?: JudgeSpansOptions): number;
  /**
   * As `matches()`, within the time slice.
   *
   * @param bytes A buffer that holds the message.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   * @returns The verdict, or `undefined` where it would take more than is left of the time slice.
   */
  matchesInSlice(bytes: Uint8Array, start: number, end: number): boolean | undefined;
  /**
   * Returns how many bytes to judge in one time slice, by what the last ones cost: many where the table is filled, few
   * where states must be computed or the Pike VM runs.
   */
  bytesPerSlice(): number;
  /**
   * The same verdict over several time slices, for messages that take more than one.
   *
   * @param bytes A buffer that holds the message, and does not change until the verdict.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   */
  judge(bytes: Uint8Array, start: number, end: number): Judging;
  /**
   * Where the leftmost match is, preferred as the pattern prefers. Much slower than `matches()`.
   *
   * @param bytes A buffer that holds the message.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   * @param options Where to begin.
   */
  find(bytes: Uint8Array, start: number, end: number, options?: FindOptions): MatchRange | undefined;
}

/** In which order to judge spans. */
export interface JudgeSpansOptions {
  /**
   * Whether to begin with the last one.
   *
   * @default false
   */
  readonly backward?: boolean;
}

/** How to find a match. */
export interface FindOptions {
  /**
   * Offset from which on a match may begin.
   *
   * @default the message's start
   */
  readonly from?: number;
}

/** A verdict that is being worked out. */
export interface Judging {
  /**
   * Works on it.
   *
   * @param steps About how many steps to do; a million of them take about ten milliseconds.
   * @returns The verdict, or `undefined` while there is none.
   */
  advance(steps: number): boolean | undefined;
}

/**
 * Compiles the text of a request's `grep` field.
 *
 * @param grep The field as it arrived.
 * @returns The matcher, or `undefined` where the text asks for no filter.
 * @throws {PatternError} If the text is not a pattern, or one that is too big.
 */
export function compileGrep(grep: string): Matcher | undefined {
  const pattern = normalizeGrep(grep);
  return pattern === undefined ? undefined : createMatcher(readPattern(pattern));
}

/** Steps of one time slice: a few milliseconds of work. */
const SLICE_STEPS = 500_000;
/** A time slice is never for less than this. */
const MIN_SLICE_BYTES = 1024;
const NO_MESSAGE: Message = { bytes: new Uint8Array(), start: 0, end: 0 };

/**
 * Compiles a pattern that has been read.
 *
 * @param hir What the pattern means.
 * @throws {PatternError} If it asks for more than is allowed.
 */
export function createMatcher(hir: Hir): Matcher {
  const program = compileProgram(hir);
  const dfa = createLazyDfa(program);
  const use = createTableUse(dfa);
  const budget: Budget = { steps: SLICE_STEPS };
  const spare = createVerdict(NO_MESSAGE, { isAtOnce: true });
  // The bytes and steps of the last call of `judgeSpans()`.
  let judged = 0;
  let spent = 0;

  function matchWithin(allowed: Budget, message: Message): boolean | undefined {
    const answer = continueVerdict(use, beginVerdict(use, message, spare), allowed);
    // The message is not kept: it may be a large buffer.
    spare.message = NO_MESSAGE;
    return answer;
  }

  const matchesInSlice = (bytes: Uint8Array, start: number, end: number): boolean | undefined =>
    matchWithin(budget, { bytes, start, end });

  function judgeSpans(count: number, { backward = false }: JudgeSpansOptions = {}): number {
    const range: SpanRange = { from: 0, to: count, backward };
    const before = budget.steps;
    const done = isPaused(use)
      ? judgeEach(range, { verdict: 0, judge: matchesInSlice })
      : judgeByTable(use.dfa, range, matchesInSlice);
    judged = backward ? spanBytes(count - done, count) : spanBytes(0, done);
    spent = before - budget.steps;
    return done;
  }

  const touch = (): void => void (dfa.usedAt = dfa.budget.now());

  return {
    bytes: programBytes(program),
    matches: (bytes, start, end) => matchWithin({ steps: Infinity }, { bytes, start, end }) === true,
    beginSlice: () => {
      budget.steps = SLICE_STEPS;
      touch();
    },
    judgeSpans,
    matchesInSlice,
    bytesPerSlice: () =>
      spent <= judged ? Infinity : Math.max(MIN_SLICE_BYTES, Math.floor(SLICE_STEPS * judged / spent)),
    judge: (bytes, start, end) => {
      const verdict = beginVerdict(use, { bytes, start, end });
      return {
        advance: (steps) => {
          touch();
          return continueVerdict(use, verdict, { steps });
        },
      };
    },
    find: (bytes, start, end, { from = start } = {}) => findMatch(program, { bytes, start, end }, from),
  };
}
