/**
 * A program as a table that grows while it is used: one look-up a byte.
 *
 * Owns what each byte leads to; the states are stored by `_dfa_states.ts`.
 *
 * Exact, except that where Unicode's words are asked for it may have to see the whole character that comes next, and
 * then answers `PEEK`; and that it does not know what ill-formed UTF-8 is to them, and then answers `QUIT`: the slow
 * walk decides.
 *
 * @module
 */
import {
  DEAD,
  type LazyDfa,
  MATCH,
  MAX_PEEKED,
  PEEK,
  QUIT,
  stateOf,
  STEPS_PER_THREAD,
  UNKNOWN,
} from "./_dfa_states.ts";
import { asksForWords, contextAfter, type Following, isWithin, NO_CONTEXT, START_CONTEXT } from "./_look_context.ts";
import { FOUND, settle, takeByte } from "./_threads.ts";

/** Steps for a hole of the table, whatever is in it. */
const STEPS_PER_HOLE = 16;
/** Steps for a character that is looked at, also where it is known what it leads to. */
const STEPS_PER_PEEK = 12;

/** The state at the beginning of a message. */
export function initialState(dfa: LazyDfa): number {
  if (dfa.initial === UNKNOWN) {
    dfa.scratch.arrivals[0] = dfa.program.start;
    dfa.scratch.size = 0;
    dfa.initial = stateAfter(dfa, 1, START_CONTEXT);
  }
  return dfa.initial;
}

/**
 * What a byte leads to, computed and kept.
 *
 * @param dfa The table; may be emptied.
 * @param state A state, from `FIRST_STATE` on.
 * @param byte The byte, or -1 for the end of the message.
 */
export function computeNext(dfa: LazyDfa, state: number, byte: number): number {
  const { bytes: { classes }, stride, generation } = dfa;
  const next = step(dfa, state / stride, byte);
  // Where the cache was emptied for the new state, the old one is gone.
  if (dfa.generation === generation) dfa.table[state + (byte < 0 ? stride - 1 : classes[byte] as number)] = next;
  return next;
}

function step(dfa: LazyDfa, state: number, byte: number): number {
  const { mask, stride, contexts } = dfa;
  const context = contexts[state] as number;
  const after = byte < 0 ? context : mask === 0 ? 0 : contextAfter(context, byte, { mask });
  if (after === NO_CONTEXT || (byte < 0 && isWithin(context))) return QUIT * stride;
  if (byte >= 0x80 && dependsOnCharacter(dfa, state, byte)) return PEEK * stride;
  const arrived = take(dfa, state, { byte, beginsWord: false });
  return byte < 0 && arrived !== FOUND ? DEAD * stride : stateAfter(dfa, arrived, after);
}

/**
 * What a byte leads to where the table says `PEEK`.
 *
 * @param dfa The table; may be emptied.
 * @param state The state before the byte.
 * @param next The byte, and whether its character is a word character; `undefined` for no character at all.
 */
export function peekNext(dfa: LazyDfa, state: number, next: Following): number {
  const { bytes: { classes }, stride, contexts, mask, generation, peeked } = dfa;
  dfa.worked += STEPS_PER_PEEK;
  if (next.beginsWord === undefined) return QUIT * stride;
  const key = 2 * (state + (classes[next.byte] as number)) + (next.beginsWord ? 1 : 0);
  const known = peeked.get(key);
  if (known !== undefined) return known;
  const after = contextAfter(contexts[state / stride] as number, next.byte, { mask });
  const arrived = take(dfa, state / stride, next);
  const found = stateAfter(dfa, arrived, after);
  if (dfa.generation === generation && peeked.size < MAX_PEEKED) peeked.set(key, found);
  return found;
}

/** Lets the threads of a state take a byte. */
function take(dfa: LazyDfa, state: number, following: Following): number {
  const { program, scratch, offsets, contexts } = dfa;
  const threads = dfa.threads.subarray(offsets[state], offsets[state + 1]);
  const before = scratch.followed;
  const arrived = takeByte(program, scratch, { threads, context: contexts[state] as number, following });
  dfa.worked += STEPS_PER_HOLE + threads.length + scratch.followed - before;
  return arrived;
}

/** The state, or the answer, of all that has arrived. */
function stateAfter(dfa: LazyDfa, arrived: number, context: number): number {
  const { program, scratch, stride } = dfa;
  const before = scratch.followed;
  const threads = arrived === FOUND ? FOUND : settle(program, scratch, { arrived, context });
  dfa.worked += scratch.followed - before;
  if (threads === FOUND) return MATCH * stride;
  const over = threads === 0 && (program.anchored || program.looks.size === 0);
  return over ? DEAD * stride : stateOf(dfa, context);
}

/** Whether it matters what character begins with a byte: a word's, another, or none. */
function dependsOnCharacter(dfa: LazyDfa, state: number, byte: number): boolean {
  const { mask, contexts, threads, offsets } = dfa;
  const from = offsets[state] as number;
  const open = from < (offsets[state + 1] as number) && (threads[from] as number) < 0;
  if (!open || !asksForWords(mask) || isWithin(contexts[state] as number)) return false;
  const [first, ...others] = [false, true, undefined].map((beginsWord) => outcome(dfa, state, { byte, beginsWord }));
  return others.some((other) => other !== first);
}

/** What comes of a byte, in a form that can be compared. */
function outcome(dfa: LazyDfa, state: number, following: Following): string {
  const arrived = take(dfa, state, following);
  const { arrivals, set, size } = dfa.scratch;
  dfa.worked += STEPS_PER_THREAD * (Math.max(arrived, 0) + size);
  return arrived === FOUND
    ? "match"
    : `${arrivals.subarray(0, arrived).toSorted()};${set.subarray(0, size).toSorted()}`;
}
