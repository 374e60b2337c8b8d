/**
 * A verdict that is worked out within a budget of steps: by the table while that pays, else by the slow walk from the
 * beginning.
 *
 * Owns the change from one walk to the other, when a table that did not pay is tried again, and what work counts. A
 * step is what takes about ten nanoseconds: a byte, an instruction that is followed, a thread that is moved. So a
 * budget bounds a time slice, whatever the pattern. Only a single byte's work is never divided.
 *
 * @module
 */
import type { LazyDfa } from "./_dfa_states.ts";
import type { Message } from "./_looks.ts";
import {
  pikeBegin,
  pikeContinue,
  type PikeMemory,
  restorePike,
  savedBytes,
  type SavedPike,
  savePike,
  sharedPikeMemory,
} from "./_pike.ts";
import type { BudgetedTable } from "./table_budget.ts";
import { beginWalk, isAnswer, isThrashing, verdictOf, type Walk, walkBytes } from "./_walk.ts";

/** Steps that may still be done. */
export interface Budget {
  /** How many; below 0 when the last byte took more than was left. */
  steps: number;
}

/** A table, and whether it is to be used. */
export interface TableUse {
  /** The table. */
  readonly dfa: LazyDfa;
  /** Bytes for the slow walk before the table is tried again; not above 0 where it is in use. */
  paused: number;
  /** How long the next pause is. */
  pause: number;
}

/** How many bytes the slow walk takes after the table was given up; doubled each time. */
export const PAUSE_BYTES: number = 1 << 20;

/** A table that nothing is known against. */
export function createTableUse(dfa: LazyDfa): TableUse {
  return { dfa, paused: 0, pause: PAUSE_BYTES };
}

/** Whether the slow walk is to be used. */
export function isPaused({ paused }: TableUse): boolean {
  return paused > 0;
}

/** Gives the table up for a while, when it does not pay. */
function pauseIfThrashing(use: TableUse): void {
  const { dfa } = use;
  if (!isThrashing(dfa)) return;
  dfa.thrashes = 0;
  use.paused = use.pause;
  use.pause *= 2;
}

/** Where a verdict stands. */
export interface Verdict {
  /** The message; taken up again only with the same. */
  message: Message;
  /** The walk over the table. */
  readonly walk: Walk;
  /** Where the slow walk was interrupted; undefined when it is at the message's beginning. */
  saved: SavedPike | undefined;
  /** Whether the slow walk is at work. */
  isSlow: boolean;
  /** Whether it is worked out within one time slice or not at all: then nothing of it is saved. */
  readonly isAtOnce: boolean;
  /** What the budget counts of it, from its first interruption on. */
  counted: BudgetedTable | undefined;
}

/** A verdict that is at its beginning; `spare` is one that is worked out at once and is done with. */
export function beginVerdict(use: TableUse, message: Message, spare?: Verdict): Verdict {
  const verdict = spare ?? createVerdict(message, { isAtOnce: false });
  verdict.message = message;
  verdict.saved = undefined;
  verdict.isSlow = isPaused(use);
  if (!verdict.isSlow) beginWalk(verdict.walk, use.dfa, message.start, message.end);
  return verdict;
}

/** Makes room for a verdict. */
export function createVerdict(message: Message, { isAtOnce }: Pick<Verdict, "isAtOnce">): Verdict {
  const walk = { state: 0, at: 0, end: 0, generation: 0 };
  return { message, walk, saved: undefined, isSlow: false, isAtOnce, counted: undefined };
}

/** Returns the memory of the slow walk, at the message's beginning or where it was interrupted. */
function slowMemory({ dfa: { program } }: TableUse, { saved, message }: Verdict): PikeMemory {
  const memory = sharedPikeMemory(program);
  if (saved === undefined) pikeBegin(memory, message);
  else restorePike(memory, saved);
  return memory;
}

/** Keeps where the slow walk was interrupted. It counts in the budget, which cannot take it back. */
function save({ dfa: { budget } }: TableUse, verdict: Verdict, memory: PikeMemory): void {
  verdict.saved = savePike(memory);
  if (verdict.counted !== undefined) return;
  const size = (): number => verdict.saved === undefined ? 0 : savedBytes(verdict.saved);
  verdict.counted = { usedAt: budget.now(), size, release: size };
  budget.add(verdict.counted);
}

/** Works on a verdict until it is there, or the budget is used up. */
export function continueVerdict(use: TableUse, verdict: Verdict, budget: Budget): boolean | undefined {
  if (!verdict.isSlow && verdict.walk.generation === use.dfa.generation) {
    const answer = continueFast(use, verdict, budget);
    if (answer !== "left") return answer;
  }
  // The table may have been emptied between two time slices: then the walk's state means nothing.
  verdict.isSlow = true;
  if (budget.steps <= 0) return undefined;
  const memory = slowMemory(use, verdict);
  const { at, worked } = memory;
  const answer = pikeContinue(memory, verdict.message, { steps: budget.steps });
  budget.steps -= memory.worked - worked;
  use.paused -= memory.at - at;
  if (answer !== undefined) verdict.saved = undefined;
  else if (!verdict.isAtOnce) save(use, verdict, memory);
  return answer;
}

/** By the table; `left` where only the slow walk can tell. */
function continueFast(use: TableUse, { walk, message }: Verdict, budget: Budget): boolean | undefined | "left" {
  const { dfa } = use;
  const { bytes, end } = message;
  const { at } = walk;
  const before = dfa.worked;
  walkBytes(walk, dfa, bytes, Math.min(at + budget.steps, end), budget.steps);
  const isOver = walk.at >= end || isAnswer(walk, dfa);
  const answer = isOver ? verdictOf(walk, dfa) ?? "left" : undefined;
  budget.steps -= walk.at - at + dfa.worked - before;
  pauseIfThrashing(use);
  return answer;
}
