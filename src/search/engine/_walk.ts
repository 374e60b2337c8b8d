/**
 * The fast walk: over the table, one look-up a byte.
 *
 * Owns the loop, and what happens where the table has a hole. Allocates nothing for a message whose states are known.
 * Answers with `undefined` where only the slow walk can tell.
 *
 * @module
 */
import { DEAD, FIRST_STATE, type LazyDfa, MATCH, PEEK, UNKNOWN } from "./_dfa_states.ts";
import { computeNext, initialState, peekNext } from "./_lazy_dfa.ts";
import { wordAfter } from "./_looks.ts";

/** A cache that was emptied too soon this often in a row costs more than it saves. */
const MAX_THRASHES = 3;

/** Where a walk stands. */
export interface Walk {
  /** The state it is in, or an answer. */
  state: number;
  /** Offset of the next byte. */
  at: number;
  /** Offset after the message's last byte. */
  end: number;
  /** The table's generation when it stopped; in another one, the state means nothing. */
  generation: number;
}

/** Puts a walk at the beginning of a message. Positional arguments: this is called for each message. */
export function beginWalk(walk: Walk, dfa: LazyDfa, start: number, end: number): void {
  walk.state = initialState(dfa);
  walk.at = start;
  walk.end = end;
  walk.generation = dfa.generation;
}

/** Whether the table does not pay for this pattern. */
export function isThrashing({ thrashes }: LazyDfa): boolean {
  return thrashes >= MAX_THRASHES;
}

/** Whether a walk has come to an answer before the end. */
export function isAnswer({ state }: Walk, { stride }: LazyDfa): boolean {
  return state < FIRST_STATE * stride;
}

/**
 * Walks on until there is an answer, `stop`, or the table has done enough work. Positional arguments, too.
 *
 * @param walk Where it stands, and stands afterwards.
 * @param dfa The table.
 * @param bytes The buffer.
 * @param stop Offset of the byte before which to stop, at most the message's end.
 * @param steps How much work on the table to do at most.
 */
export function walkBytes(walk: Walk, dfa: LazyDfa, bytes: Uint8Array, stop: number, steps: number): void {
  const { bytes: { classes }, stride } = dfa;
  const answers = FIRST_STATE * stride;
  const peek = PEEK * stride;
  const worked = dfa.worked + steps;
  let { table } = dfa;
  let { state, at } = walk;
  let counted = at;
  while (at < stop && state >= answers) {
    const byte = bytes[at] as number;
    let next = table[state + (classes[byte] as number)] as number;
    if (next === UNKNOWN || next === peek) {
      dfa.walked += at - counted;
      counted = at;
      if (next === UNKNOWN) next = computeNext(dfa, state, byte);
      if (next === peek) next = peekNext(dfa, state, { byte, beginsWord: wordAfter(bytes, at, walk.end) });
      ({ table } = dfa);
      if (isThrashing(dfa)) next = UNKNOWN;
    }
    state = next;
    at += 1;
    if (dfa.worked > worked) break;
  }
  dfa.walked += at - counted;
  walk.state = state;
  walk.at = at;
  walk.generation = dfa.generation;
}

/** The answer of a walk that has come to the end of its message, or to an answer before. */
export function verdictOf({ state }: Walk, dfa: LazyDfa): boolean | undefined {
  const { stride, table } = dfa;
  let answer = state;
  if (state >= FIRST_STATE * stride) {
    const known = table[state + stride - 1] as number;
    answer = known === UNKNOWN ? computeNext(dfa, state, -1) : known;
  }
  return answer === MATCH * stride ? true : answer === DEAD * stride ? false : undefined;
}
