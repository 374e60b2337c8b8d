/**
 * Verdicts by the kernel, on the table of the lazy automaton: the same answers as the walk in TypeScript, many messages at a time.
 *
 * Owns which pattern's table lies in the kernel's memory: one at a time. While it is there, the automaton fills its holes in place; when another pattern's
 * turn comes, it is copied out. A message that meets a hole is judged by the matcher, which fills it, so that the next one passes.
 *
 * @module
 */
import { kernel, VERDICT } from "../kernel/kernel.ts";
import { FIRST_STATE, initialState, type LazyDfa } from "./_lazy_dfa.ts";

const { classes, memory, spans, table } = kernel;
/** So many messages are judged before the first holes are filled. */
const FIRST_BATCH = 32;

let owner: LazyDfa | undefined;

/** Entries of a table that are in use. */
function usedEntries(dfa: LazyDfa): number {
  return (dfa.offsets.length - 1) * dfa.stride;
}

/** Brings an automaton's table into the kernel's memory. */
function load(dfa: LazyDfa): void {
  if (owner === dfa) return;
  let cleared = 0;
  if (owner !== undefined) {
    cleared = usedEntries(owner);
    owner.table = table.slice(0, Math.max(cleared, owner.stride * (FIRST_STATE + 1)));
  }
  const used = usedEntries(dfa);
  table.set(dfa.table.subarray(0, used));
  if (cleared > used) table.fill(0, used, cleared);
  dfa.table = table;
  classes.set(dfa.bytes.classes);
  owner = dfa;
}

/** The verdict on one message by another way, which also fills the hole that the table had. */
export type Judge = (bytes: Uint8Array, start: number, end: number) => boolean;

/** About how many bytes the first `count` spans hold; headers of lines between them count, too. */
export function spanBytes(count: number): number {
  return count === 0 ? 0 : Math.abs((spans[count * 3 - 2] ?? 0) - (spans[0] ?? 0));
}

/** Gives the kernel's first `count` spans their verdicts by the table, and where that has holes, by `judge`. */
export function judgeByTable(dfa: LazyDfa, count: number, judge: Judge): void {
  let from = 0;
  let batch = FIRST_BATCH;
  while (from < count) {
    const to = Math.min(count, from + batch);
    load(dfa);
    const walk = { stride: dfa.stride, initial: initialState(dfa), firstState: FIRST_STATE * dfa.stride };
    const undecided = kernel.judgeSpans(from, to, walk);
    dfa.walked += (spans[to * 3 - 2] ?? 0) - (spans[from * 3] ?? 0);
    if (undecided > 0) judgeEach(from, to, { verdict: VERDICT.undecided, judge });
    batch = undecided > 0 ? FIRST_BATCH : batch * 8;
    from = to;
  }
}

/** Judges those of the spans [from, to) that have the verdict `verdict`, one by one; 0 is none yet. */
export function judgeEach(
  from: number,
  to: number,
  options: { readonly verdict: number; readonly judge: Judge },
): void {
  const { verdict, judge } = options;
  for (let span = from; span < to; span++) {
    if (spans[span * 3 + 2] !== verdict) continue;
    spans[span * 3 + 2] = judge(memory, spans[span * 3] ?? 0, spans[span * 3 + 1] ?? 0) ? VERDICT.yes : VERDICT.no;
  }
}
