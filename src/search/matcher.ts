/**
 * The verdict on one message: does it hold a match of the pattern.
 *
 * Owns the choice between the walks. Promises the meaning of Rust's regex crate, matching bytes with Unicode on, whatever the bytes; time linear in the
 * message; and bounded memory. Finds no literals and skips nothing: that is the plan's work.
 *
 * @module
 */
import {
  computeNext,
  createLazyDfa,
  DEAD,
  FIRST_STATE,
  initialState,
  type LazyDfa,
  MATCH,
  UNKNOWN,
} from "./_lazy_dfa.ts";
import { createPikeMemory, pikeMatches, type PikeMemory } from "./_pike.ts";
import { compileProgram } from "./_program.ts";
import { normalizeGrep } from "./grep.ts";
import type { Hir } from "./hir.ts";
import { readPattern } from "./read_pattern.ts";

/** A compiled pattern. */
export interface Matcher {
  /**
   * Whether the bytes `[start, end)`, taken as one whole message, hold a match. Linear in their number; never throws, whatever the bytes.
   *
   * @param bytes A buffer that holds the message.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
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

/** A table that was emptied too soon this often in a row is left alone for a while. */
const MAX_THRASHES = 3;

/** How many bytes the slow walk then takes; doubled each time. */
const PAUSE_BYTES = 1 << 20;

/**
 * Compiles a parsed pattern.
 *
 * @param hir What the pattern means.
 * @throws {PatternError} If it asks for more than is allowed.
 */
export function createMatcher(hir: Hir): Matcher {
  const program = compileProgram(hir);
  const dfa = createLazyDfa(program);
  let memory: PikeMemory | undefined;
  let pause = PAUSE_BYTES;
  let paused = 0;

  function matchSlowly(bytes: Uint8Array, start: number, end: number): boolean {
    memory ??= createPikeMemory(program);
    return pikeMatches(memory, { bytes, start, end });
  }

  return {
    matches(bytes, start, end): boolean {
      if (paused > 0) {
        paused -= end - start;
        return matchSlowly(bytes, start, end);
      }
      const verdict = walk(dfa, { bytes, start, end });
      if (verdict !== undefined) return verdict;
      if (dfa.thrashes >= MAX_THRASHES) {
        dfa.thrashes = 0;
        paused = pause;
        pause *= 2;
      }
      return matchSlowly(bytes, start, end);
    },
  };
}

/** One look-up a byte; `undefined` where the table cannot tell, or thrashes. */
function walk(
  dfa: LazyDfa,
  { bytes, start, end }: { bytes: Uint8Array; start: number; end: number },
): boolean | undefined {
  const { bytes: { classes }, stride } = dfa;
  const answers = FIRST_STATE * stride;
  let { table } = dfa;
  let state = initialState(dfa);
  let counted = start;
  for (let at = start; at <= end && state >= answers; at += 1) {
    const byte = at < end ? bytes[at] as number : -1;
    let next = table[state + (byte < 0 ? stride - 1 : classes[byte] as number)] as number;
    if (next === UNKNOWN) {
      dfa.walked += at - counted;
      counted = at;
      next = computeNext(dfa, state, byte);
      if (dfa.thrashes >= MAX_THRASHES) return undefined;
      ({ table } = dfa);
    }
    state = next;
  }
  dfa.walked += end - counted;
  return state === MATCH * stride ? true : state === DEAD * stride ? false : undefined;
}
