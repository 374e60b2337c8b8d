/**
 * The verdict on one message: does it hold a match of the pattern.
 *
 * Owns the choice between the walks. Promises the meaning of Rust's regex crate, matching bytes with Unicode on, whatever the bytes; time linear in the
 * message; and bounded memory. Finds no literals and skips nothing: that is the plan's work.
 *
 * @module
 */
import { findMatch, type MatchRange } from "./_find.ts";
import { createLazyDfa, type LazyDfa } from "./_lazy_dfa.ts";
import type { Message } from "./_looks.ts";
import { createPikeMemory, pikeBegin, pikeContinue, pikeMatches, type PikeMemory } from "./_pike.ts";
import { compileProgram } from "./_compile_program.ts";
import type { Program } from "./_program.ts";
import { beginWalk, isAnswer, isThrashing, verdictOf, type Walk, walkBytes } from "./_walk.ts";
import { judgeByTable, judgeEach, spanBytes } from "./_table_verdict.ts";
import { normalizeGrep } from "./grep.ts";
import type { Hir } from "./hir.ts";
import { readPattern } from "./read_pattern.ts";
export type { MatchRange };

/** A compiled pattern. Keeps memory of what it has seen; use one for one pattern, for any number of messages and streams. */
export interface Matcher {
  /**
   * Whether the bytes `[start, end)`, taken as one whole message, hold a match. Linear in their number; never throws, whatever the bytes.
   *
   * @param bytes A buffer that holds the message.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * Gives the kernel's first `count` spans that have none their verdicts.
   *
   * @param count How many spans, see `Kernel.spans`.
   */
  judgeSpans(count: number): void;
  /**
   * How many bytes to judge in one turn, by what the last ones cost: many where the table knows the way, few where states have to be worked out or the slow
   * walk is at work.
   */
  bytesPerTurn(): number;
  /**
   * The same verdict in turns, for messages so long that one turn would keep others waiting.
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
   * @param steps About how many steps to do; a million of them take a few milliseconds.
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

/** Steps of one turn: a few milliseconds' worth. */
const TURN_STEPS = 500_000;
/** A turn is never for less than this. */
const MIN_TURN_BYTES = 1024;

/** How many bytes the slow walk takes after the table was given up; doubled each time. */
const PAUSE_BYTES = 1 << 20;

/**
 * Compiles a pattern that has been read.
 *
 * @param hir What the pattern means.
 * @throws {PatternError} If it asks for more than is allowed.
 */
export function createMatcher(hir: Hir): Matcher {
  const program = compileProgram(hir);
  const dfa = createLazyDfa(program);
  const walk: Walk = { state: 0, at: 0, end: 0, generation: 0 };
  let memory: PikeMemory | undefined;
  let pause = PAUSE_BYTES;
  let paused = 0;
  // What the last turn took: bytes judged, those of them by the slow walk, and the table's steps before it.
  let judged = 0;
  let walkedSlowly = 0;
  let worked = 0;

  /** By the table; `undefined` where it cannot tell, or does not pay. */
  function matchFast(bytes: Uint8Array, start: number, end: number): boolean | undefined {
    if (paused > 0) return undefined;
    beginWalk(walk, dfa, start, end);
    walkBytes(walk, dfa, bytes, end, Infinity);
    const verdict = verdictOf(walk, dfa);
    if (isThrashing(dfa)) {
      dfa.thrashes = 0;
      paused = pause;
      pause *= 2;
    }
    return verdict;
  }

  function matchSlowly(bytes: Uint8Array, start: number, end: number): boolean {
    paused -= end - start;
    walkedSlowly += end - start;
    return pikeMatches(memory ??= createPikeMemory(program), { bytes, start, end });
  }

  const matches = (bytes: Uint8Array, start: number, end: number): boolean =>
    matchFast(bytes, start, end) ?? matchSlowly(bytes, start, end);
  function judgeSpans(count: number): void {
    worked = dfa.worked;
    walkedSlowly = 0;
    judged = spanBytes(count);
    if (paused > 0) judgeEach(0, count, { verdict: 0, judge: matches });
    else judgeByTable(dfa, count, matches);
  }

  function bytesPerTurn(): number {
    // A byte of the slow walk is a step for each instruction that a thread may be at.
    const steps = dfa.worked - worked + walkedSlowly * program.ops.length;
    return steps <= judged ? Infinity : Math.max(MIN_TURN_BYTES, Math.floor(TURN_STEPS * judged / steps));
  }

  return {
    matches,
    judgeSpans,
    bytesPerTurn,
    judge: (bytes, start, end) => createJudging(program, dfa, { bytes, start, end }),
    find: (bytes, start, end, { from = start } = {}) => findMatch(program, { bytes, start, end }, from),
  };
}

/** A verdict in turns: by the table while that goes well, else slowly from the beginning. Others may use the table between two turns. */
function createJudging(program: Program, dfa: LazyDfa, message: Message): Judging {
  const { bytes, start, end } = message;
  const walk: Walk = { state: 0, at: 0, end: 0, generation: 0 };
  beginWalk(walk, dfa, start, end);
  let memory: PikeMemory | undefined;

  /** One turn over the table; its own bytes count as steps too. */
  function advanceFast(steps: number): boolean | undefined {
    const stop = Math.min(walk.at + steps, end);
    walkBytes(walk, dfa, bytes, stop, steps);
    return walk.at >= end || isAnswer(walk, dfa) ? verdictOf(walk, dfa) : undefined;
  }

  return {
    advance(steps): boolean | undefined {
      if (memory === undefined && walk.generation === dfa.generation) {
        const verdict = advanceFast(steps);
        if (verdict !== undefined || (walk.at < end && !isAnswer(walk, dfa))) return verdict;
      }
      if (memory === undefined) pikeBegin(memory = createPikeMemory(program), message);
      return pikeContinue(memory, message, { steps });
    },
  };
}
