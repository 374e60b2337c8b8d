/**
 * A program as a table that grows while it is used: one look-up a byte.
 *
 * Owns the states met so far and what each byte leads to. The table is one flat array of small integers, so that a walker elsewhere can run on it: from
 * `state`, a byte leads to `table[state + classes[byte]]`, and the end of the message to `table[state + stride - 1]`. A state is a multiple of the
 * stride; those below `FIRST_STATE * stride` are answers, which lead to themselves. Bounded: a full cache is emptied, and one that fills too
 * fast says so.
 *
 * Exact, except that where Unicode's words are asked for it may have to see the whole character that comes next, and then answers `PEEK`; and that it
 * does not know what ill-formed UTF-8 is to them, and then answers `QUIT`: the slow walk decides.
 *
 * @module
 */
import { type ByteClasses, createByteClasses } from "./_byte_classes.ts";
import {
  asksForWords,
  contextAfter,
  contextMask,
  type Following,
  isWithin,
  NO_CONTEXT,
  START_CONTEXT,
} from "./_look_context.ts";
import { LOOKS, type Program } from "./_program.ts";
import { createScratch, FOUND, settle, sortedSet, takeByte, type ThreadScratch } from "./_threads.ts";
import type { Look } from "./hir.ts";

/** The table's entries that are not places to go on from, to be multiplied by the stride. This one: not computed yet. */
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

/** Steps for a hole of the table, whatever is in it. */
const STEPS_PER_HOLE = 16;
/** Steps for a character that is looked at, also where it is known what it leads to. */
const STEPS_PER_PEEK = 12;
/** Steps for each thread of a state that is put together: sorting takes the most of them. */
const STEPS_PER_THREAD = 8;

/** The states of a program. */
export interface LazyDfa {
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
  /** Threads of all states in one row: `instruction + node * instructions`, or, for a place still to be judged, `-1 - instruction`. */
  threads: Int32Array;
  /** For each state, where its threads begin; the last is where the next one's would. */
  readonly offsets: number[];
  /** For each state, what is before it. */
  readonly contexts: number[];
  /** States by a hash of their threads and context. */
  readonly known: Map<number, number[]>;
  /** What comes after a byte whose character was looked at, by the table's index and whether a word character begins there. */
  readonly peeked: Map<number, number>;
  /** Bytes walked since the cache was last emptied. */
  walked: number;
  /** How often in a row the cache was emptied too soon. */
  thrashes: number;
  /** Counts how often the cache was emptied. */
  generation: number;
  /** Counts the work of filling holes of the table, in steps of about ten nanoseconds: threads moved, instructions followed, states put together. */
  worked: number;
  /** Memory for one step. */
  readonly scratch: ThreadScratch;
}

/** A table for a program, with nothing in it. */
export function createLazyDfa(program: Program): LazyDfa {
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
    scratch: createScratch(program),
  };
  empty(dfa);
  return dfa;
}

function empty(dfa: LazyDfa): void {
  dfa.table.fill(0, 0, Math.max(0, dfa.offsets.length - 1) * dfa.stride);
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
}

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
  if (dfa.generation === generation) peeked.set(key, found);
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

/** The state with the threads of the scratch set. */
function stateOf(dfa: LazyDfa, context: number): number {
  const { scratch, stride, offsets, contexts, known } = dfa;
  dfa.worked += STEPS_PER_THREAD * scratch.size;
  const set = sortedSet(scratch);
  let hash = context;
  for (let index = 0; index < set.length; index += 1) {
    hash = Math.imul(hash ^ (set[index] as number), 0x01000193) ^ (hash >>> 15);
  }
  const bucket = known.get(hash) ?? [];
  const found = bucket.find((state) => contexts[state] === context && hasThreads(dfa, state, set));
  if (found !== undefined) return found * stride;
  const state = offsets.length - 1;
  if (
    state >= MAX_STATES || (state + 1) * stride > MAX_TABLE || (offsets[state] as number) + set.length > MAX_THREADS
  ) {
    makeRoom(dfa);
    return stateOf(dfa, context);
  }
  if (bucket.length === 0) known.set(hash, bucket);
  bucket.push(state);
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
