/**
 * Verdicts by the kernel, on the table of the lazy automaton: the same answers as the walk in TypeScript, many messages
 * at a time.
 *
 * Owns which pattern's table lies in the kernel's memory: one at a time. While it is there, the automaton fills its
 * holes in place; when another pattern needs the place, it is copied back to where it was, if there is room: new memory
 * each time would be megabytes of garbage while patterns take turns. A message that meets a hole is judged by the
 * matcher, which fills it, so that the next one passes.
 *
 * @module
 */
import { kernel, VERDICT } from "../../kernel/kernel.ts";
import { FIRST_STATE, type LazyDfa } from "./_dfa_states.ts";
import { initialState } from "./_lazy_dfa.ts";

const { classes, memory, spans, table } = kernel;
/** So many messages are judged before the first holes are filled. */
const FIRST_BATCH = 32;

let owner: LazyDfa | undefined;

/** Entries of a table that are in use. */
function usedEntries(dfa: LazyDfa): number {
  return (dfa.offsets.length - 1) * dfa.stride;
}

/** The array, where it has so many entries, or a new one. */
function roomFor(home: Int32Array | undefined, entries: number): Int32Array {
  return home !== undefined && home.length >= entries ? home : new Int32Array(entries);
}

/** Brings an automaton's table into the kernel's memory. */
function load(dfa: LazyDfa): void {
  if (owner === dfa) return;
  let cleared = 0;
  if (owner !== undefined) {
    cleared = usedEntries(owner);
    const used = Math.max(cleared, owner.stride * (FIRST_STATE + 1));
    owner.table = roomFor(owner.home, used);
    owner.table.set(table.subarray(0, used));
    // Rows of states that there were before the table was emptied.
    owner.table.fill(0, used);
    owner.home = undefined;
    owner.budget.grown(owner);
  }
  const used = usedEntries(dfa);
  table.set(dfa.table.subarray(0, used));
  if (cleared > used) table.fill(0, used, cleared);
  dfa.home = dfa.table;
  dfa.table = table;
  classes.set(dfa.bytes.classes);
  owner = dfa;
}

/**
 * The verdict on one message by another way, which also fills the hole that the table had; `undefined` where it would
 * take too long.
 */
export type Judge = (bytes: Uint8Array, start: number, end: number) => boolean | undefined;

/** The spans [from, to), to be judged from the first to the last, or backward. */
export interface SpanRange {
  /** Index of the first. */
  readonly from: number;
  /** Index behind the last. */
  readonly to: number;
  /** Whether to begin with the last. */
  readonly backward: boolean;
}

/** About how many bytes the spans [from, to) hold; headers of lines between them count, too. */
export function spanBytes(from: number, to: number): number {
  return from === to ? 0 : Math.abs((spans[to * 3 - 2] ?? 0) - (spans[from * 3] ?? 0));
}

/**
 * Gives the kernel's spans their verdicts by the table, and where that has holes, by `judge`, until that gives up;
 * returns how many are done with.
 */
export function judgeByTable(dfa: LazyDfa, range: SpanRange, judge: Judge): number {
  const { backward } = range;
  let { from, to } = range;
  let batch = FIRST_BATCH;
  while (from < to) {
    const part = backward
      ? { from: Math.max(from, to - batch), to, backward }
      : { from, to: Math.min(to, from + batch), backward };
    load(dfa);
    const walk = { stride: dfa.stride, initial: initialState(dfa), firstState: FIRST_STATE * dfa.stride };
    const undecided = kernel.judgeSpans(part.from, part.to, walk);
    dfa.walked += spanBytes(part.from, part.to);
    const size = part.to - part.from;
    const done = undecided === 0 ? size : judgeEach(part, { verdict: VERDICT.undecided, judge });
    if (backward) to -= done;
    else from += done;
    if (done < size) break;
    batch = undecided > 0 ? FIRST_BATCH : batch * 8;
  }
  return range.to - range.from - (to - from);
}

/**
 * Judges those of the spans that have the verdict `verdict`, one by one; 0 is none yet. How many are done with when it
 * gives up.
 */
export function judgeEach(
  { from, to, backward }: SpanRange,
  options: { readonly verdict: number; readonly judge: Judge },
): number {
  const { verdict, judge } = options;
  for (let done = 0; done < to - from; done++) {
    const at = (backward ? to - 1 - done : from + done) * 3;
    if (spans[at + 2] !== verdict) continue;
    const matches = judge(memory, spans[at] ?? 0, spans[at + 1] ?? 0);
    if (matches === undefined) return done;
    spans[at + 2] = matches ? VERDICT.yes : VERDICT.no;
  }
  return to - from;
}
