/**
 * The states of a lazy DFA: the table of what each byte leads to, and which threads each state stands for.
 *
 * The table is one flat array of small integers, so that a walker elsewhere can run on it: from `state`, a byte leads
 * to `table[state + classes[byte]]`, and the end of the message to `table[state + stride - 1]`. A state is a multiple
 * of the stride; those below `FIRST_STATE * stride` are answers, which lead to themselves. Bounded: a full cache is
 * emptied, and one that fills too fast says so. All tables of the process share one budget, see `table_budget.ts`.
 *
 * @module
 */
import { type ByteClasses, createByteClasses } from "./_byte_classes.ts";
import { contextMask } from "./_look_context.ts";
import { LOOKS, type Program, programBytes } from "./_program.ts";
import { type BudgetedTable, type TableBudget, tableBudget } from "./table_budget.ts";
import { scratchFor, sortedSet, type ThreadScratch } from "./_threads.ts";
import type { Look } from "../syntax/hir.ts";

/**
 * The table's entries that are not places to go on from, to be multiplied by the stride. This one: not computed yet.
 */
export const UNKNOWN = 0;
/** No match can come any more. */
export const DEAD = 1;
/** There is a match. */
export const MATCH = 2;
/** Only the slow walk can tell. */
export const QUIT = 3;
/** `peekNext()` can tell. */
export const PEEK = 4;
/** States from here on are places to go on from. */
export const FIRST_STATE = 5;

/** At most this many entries of the table: 2 MiB. */
const MAX_TABLE = 1 << 19;

/** At most this many states. */
const MAX_STATES = 10_000;

/** At most this many threads in all states together: 2 MiB. */
const MAX_THREADS = 1 << 19;

/** A cache that was filled with fewer bytes than this for each state costs more than it saves. */
const MIN_BYTES_PER_STATE = 8;

/** Steps for each thread of a state that is put together: sorting takes the most of them. */
export const STEPS_PER_THREAD: number = 8;

/** At most this many characters that were looked at: some 1 MiB. */
export const MAX_PEEKED: number = 1 << 14;

/**
 * Bytes of a state beside its row and threads: its entries in `offsets`, `contexts` and `known`. About what V8 takes.
 */
const BYTES_PER_STATE = 112;

/** Bytes of an entry of `peeked`. About what V8 takes. */
const BYTES_PER_PEEKED = 48;

/** The budget is told whenever a pattern has grown by as much. */
const REPORTED_BYTES = 16 * 1024;

/** The states of a program. */
export interface LazyDfa extends BudgetedTable {
  /** What the states are of. */
  readonly program: Program;
  /** Which bytes have a column together. */
  readonly bytes: ByteClasses;
  /** What has to be remembered of the bytes before. */
  readonly mask: number;
  /** Entries for each state: one for each class of bytes, and one for the end of the message. */
  readonly stride: number;
  /** See the module's head. */
  table: Int32Array;
  /** Where messages begin; `UNKNOWN` until a walk needs it. */
  initial: number;
  /**
   * Threads of all states in one row: `instruction + node * instructions`, or, for a place still to be judged, `-1 -
   * instruction`.
   */
  threads: Int32Array;
  /** For each state, where its threads begin; the last is where the next one's would. */
  readonly offsets: number[];
  /** For each state, what is before it. */
  readonly contexts: number[];
  /** States by a hash of their threads and context. */
  readonly known: Map<number, number[]>;
  /**
   * What comes after a byte whose character was looked at, by the table's index and whether a word character begins
   * there.
   */
  readonly peeked: Map<number, number>;
  /** Bytes walked since the cache was last emptied. */
  walked: number;
  /** How often in a row the cache was emptied too soon. */
  thrashes: number;
  /** Counts how often the cache was emptied. */
  generation: number;
  /**
   * Counts the work of filling holes of the table, in steps of about ten nanoseconds: threads moved, instructions
   * followed, states put together.
   */
  worked: number;
  /** Memory for one step; all patterns share it. */
  readonly scratch: ThreadScratch;
  /** Told when the tables grow. */
  readonly budget: TableBudget;
  /** The size that the budget was told last. */
  reportedSize: number;
  /** Where the table goes back to while it lies in the kernel's memory; undefined where it does not. */
  home: Int32Array | undefined;
}

/** How a table is made. */
export interface LazyDfaOptions {
  /** Bounds the memory of many tables. @default {the budget of the process} */
  readonly budget?: TableBudget;
}

/** Creates a table for a program, with nothing in it. */
export function createLazyDfa(program: Program, { budget = tableBudget }: LazyDfaOptions = {}): LazyDfa {
  const mask = contextMask(Array.from(program.looks, (look) => LOOKS[look] as Look));
  const bytes = createByteClasses(program, { mask });
  const stride = bytes.samples.length + 1;
  const dfa: LazyDfa = {
    program,
    bytes,
    mask,
    stride,
    table: new Int32Array(16 * stride),
    initial: UNKNOWN,
    threads: new Int32Array(64),
    offsets: [],
    contexts: [],
    known: new Map(),
    peeked: new Map(),
    walked: 0,
    thrashes: 0,
    generation: 0,
    worked: 0,
    scratch: scratchFor(program),
    budget,
    reportedSize: 0,
    home: undefined,
    usedAt: budget.now(),
    size: () => sizeOf(dfa),
    release: () => release(dfa),
  };
  empty(dfa);
  budget.add(dfa);
  return dfa;
}

function sizeOf({ program, table, threads, offsets, peeked, home }: LazyDfa): number {
  const arrays = programBytes(program) + (home ?? table).byteLength + threads.byteLength;
  return arrays + BYTES_PER_STATE * offsets.length + BYTES_PER_PEEKED * peeked.size;
}

/** Gives the memory of the states back. The table in the kernel's memory stays: it is not the pattern's own. */
function release(dfa: LazyDfa): number {
  if (dfa.home === undefined) {
    dfa.table = new Int32Array(16 * dfa.stride);
    dfa.threads = new Int32Array(64);
    empty(dfa);
  }
  return sizeOf(dfa);
}

function empty(dfa: LazyDfa): void {
  dfa.table.fill(0, 0, Math.min(dfa.table.length, Math.max(0, dfa.offsets.length - 1) * dfa.stride));
  for (let answer = DEAD; answer < FIRST_STATE; answer += 1) {
    dfa.table.fill(answer * dfa.stride, answer * dfa.stride, (answer + 1) * dfa.stride);
  }
  dfa.initial = UNKNOWN;
  dfa.offsets.length = 0;
  dfa.contexts.length = 0;
  for (let state = 0; state <= FIRST_STATE; state += 1) dfa.offsets.push(0);
  for (let state = 0; state < FIRST_STATE; state += 1) dfa.contexts.push(0);
  dfa.known.clear();
  dfa.peeked.clear();
  dfa.walked = 0;
  dfa.generation += 1;
  dfa.reportedSize = sizeOf(dfa);
}

/** Returns the state with the threads of the scratch set, stored if it is new. */
export function stateOf(dfa: LazyDfa, context: number): number {
  const { scratch, stride, offsets, contexts, known } = dfa;
  dfa.worked += STEPS_PER_THREAD * scratch.size;
  const set = sortedSet(scratch);
  let hash = context;
  for (let index = 0; index < set.length; index += 1) {
    hash = Math.imul(hash ^ (set[index] as number), 0x01000193) ^ (hash >>> 15);
  }
  const bucket = known.get(hash);
  const found = bucket?.find((state) => contexts[state] === context && hasThreads(dfa, state, set));
  if (found !== undefined) return found * stride;
  const state = offsets.length - 1;
  if (
    state >= MAX_STATES || (state + 1) * stride > MAX_TABLE || (offsets[state] as number) + set.length > MAX_THREADS
  ) {
    makeRoom(dfa);
    return stateOf(dfa, context);
  }
  // Not by `push()` onto an empty array, which makes room for 17.
  if (bucket === undefined) known.set(hash, [state]);
  else bucket.push(state);
  store(dfa, state, set);
  contexts.push(context);
  return state * stride;
}

function hasThreads({ threads, offsets }: LazyDfa, state: number, set: Int32Array): boolean {
  const from = offsets[state] as number;
  if ((offsets[state + 1] as number) - from !== set.length) return false;
  for (let index = 0; index < set.length; index += 1) if (threads[from + index] !== set[index]) return false;
  return true;
}

function store(dfa: LazyDfa, state: number, set: Int32Array): void {
  const { offsets, stride } = dfa;
  const from = offsets[state] as number;
  if (from + set.length > dfa.threads.length) dfa.threads = grown(dfa.threads, from + set.length);
  dfa.threads.set(set, from);
  offsets.push(from + set.length);
  if ((state + 1) * stride > dfa.table.length) dfa.table = grown(dfa.table, (state + 1) * stride);
  const size = sizeOf(dfa);
  if (size < dfa.reportedSize + REPORTED_BYTES) return;
  dfa.reportedSize = size;
  dfa.budget.grown(dfa);
}

function grown(array: Int32Array, least: number): Int32Array {
  const larger = new Int32Array(Math.max(2 * array.length, least));
  larger.set(array);
  return larger;
}

/** Empties the cache, and counts whether that was too soon. */
function makeRoom(dfa: LazyDfa): void {
  const soon = dfa.walked < MIN_BYTES_PER_STATE * dfa.offsets.length;
  dfa.thrashes = soon ? dfa.thrashes + 1 : 0;
  empty(dfa);
}
