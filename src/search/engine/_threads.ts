/**
 * What a byte does to the threads of a state, and where they stand then.
 *
 * Owns one step of the table's automaton: places left open are judged, every thread takes the byte, and what arrives is
 * followed up to the next bytes to be taken, or to places that only the next byte can decide. Works in memory of its
 * own; does not keep states.
 *
 * @module
 */
import { type Following, judge, judgeBefore } from "./_look_context.ts";
import { LOOKS, OP, type Program } from "./_program.ts";
import { afterByte, TAKEN } from "./_utf8_nodes.ts";
import type { Look } from "../syntax/hir.ts";

/** Instead of a number of arrivals, or of threads: there is a match. */
export const FOUND: number = -1;

/** Memory for one step, of whichever pattern takes it: nothing in it is used after the step. */
export interface ThreadScratch {
  /** For each instruction, the last pass that reached it. */
  seen: Uint32Array;
  /** Counts passes. */
  clock: number;
  /** Instructions still to be followed. */
  stack: Int32Array;
  /** Instructions that bytes have led to. */
  arrivals: Int32Array;
  /** The state being put together. */
  set: Int32Array;
  /** How many threads it has. */
  size: number;
  /** Counts instructions that were followed. */
  followed: number;
}

/** The memory of all patterns. */
const shared: ThreadScratch = {
  seen: new Uint32Array(),
  clock: 0,
  stack: new Int32Array(),
  arrivals: new Int32Array(),
  set: new Int32Array(),
  size: 0,
  followed: 0,
};

/**
 * Returns the memory for steps of a program: one for all patterns, since a step is never interrupted. It grows to what
 * the largest of them needs.
 */
export function scratchFor({ ops }: Program): ThreadScratch {
  if (ops.length > shared.seen.length) {
    // No pass has a number yet that new memory could hold: the clock goes on.
    shared.seen = new Uint32Array(ops.length);
    shared.stack = new Int32Array(2 * ops.length + 1);
    shared.arrivals = new Int32Array(4 * ops.length + 1);
    shared.set = new Int32Array(4 * ops.length + 1);
  }
  return shared;
}

/**
 * A state's threads: `instruction + node * instructions`, or, for a place still to be judged, `-1 - instruction`; and
 * what is before it.
 */
export interface ThreadSet {
  /** The threads, those still to be judged first. */
  readonly threads: Int32Array;
  /** See `_look_context.ts`. */
  readonly context: number;
}

/**
 * Judges the places that a state left open, and lets every thread take the byte: those within a character are put into
 * the scratch set, the others' next instructions into the arrivals. How many arrivals; `FOUND` where there is a match
 * before the byte.
 */
export function takeByte(
  program: Program,
  scratch: ThreadScratch,
  options: ThreadSet & { following: Following },
): number {
  const { ops, x, y } = program;
  const { seen, stack } = scratch;
  const { threads, context, following } = options;
  const { byte } = following;
  const now = tick(scratch);
  let arrived = 0;
  scratch.size = 0;
  for (const thread of threads) {
    if (thread >= 0) {
      arrived = moveThread(program, scratch, { thread, byte, arrived });
      continue;
    }
    let height = 0;
    stack[height++] = -1 - thread;
    while (height > 0) {
      const instruction = stack[--height] as number;
      scratch.followed += 1;
      if (seen[instruction] === now) continue;
      seen[instruction] = now;
      switch (ops[instruction]) {
        case OP.match:
          return FOUND;
        case OP.split:
          stack[height++] = y[instruction] as number;
          stack[height++] = x[instruction] as number;
          break;
        case OP.jump:
          stack[height++] = x[instruction] as number;
          break;
        case OP.look:
          if (judge(LOOKS[y[instruction] as number] as Look, context, following)) {
            stack[height++] = x[instruction] as number;
          }
          break;
        default:
          arrived = moveThread(program, scratch, {
            thread: instruction + (y[instruction] as number) * ops.length,
            byte,
            arrived,
          });
      }
    }
  }
  return arrived;
}

/** One thread that is to take a byte. */
interface Move {
  readonly thread: number;
  readonly byte: number;
  readonly arrived: number;
}

/** Lets it, unless the message has ended. How many arrivals there are then. */
function moveThread({ ops, x, nodes }: Program, scratch: ThreadScratch, { thread, byte, arrived }: Move): number {
  if (byte < 0) return arrived;
  const instruction = thread % ops.length;
  const node = afterByte(nodes, (thread - instruction) / ops.length, byte);
  if (node === TAKEN) {
    scratch.arrivals[arrived] = x[instruction] as number;
    return arrived + 1;
  }
  if (node >= 0) scratch.set[scratch.size++] = instruction + node * ops.length;
  return arrived;
}

/**
 * Adds to the threads within characters those of all that arrives, and those of a new beginning, where matches may
 * begin anywhere. How many threads there are then in the scratch set; `FOUND` where there is a match.
 */
export function settle(
  program: Program,
  scratch: ThreadScratch,
  { arrived, context }: { arrived: number; context: number },
): number {
  const { ops, x, y, start, anchored } = program;
  const { seen, stack, arrivals, set } = scratch;
  const now = tick(scratch);
  if (!anchored) arrivals[arrived] = start;
  const count = anchored ? arrived : arrived + 1;
  for (let index = 0; index < count; index += 1) {
    let height = 0;
    stack[height++] = arrivals[index] as number;
    while (height > 0) {
      const instruction = stack[--height] as number;
      scratch.followed += 1;
      if (seen[instruction] === now) continue;
      seen[instruction] = now;
      switch (ops[instruction]) {
        case OP.match:
          return FOUND;
        case OP.split:
          stack[height++] = y[instruction] as number;
          stack[height++] = x[instruction] as number;
          break;
        case OP.jump:
          stack[height++] = x[instruction] as number;
          break;
        case OP.look: {
          const judgement = judgeBefore(LOOKS[y[instruction] as number] as Look, context);
          if (judgement === undefined) set[scratch.size++] = -1 - instruction;
          else if (judgement) stack[height++] = x[instruction] as number;
          break;
        }
        default:
          set[scratch.size++] = instruction + (y[instruction] as number) * ops.length;
      }
    }
  }
  return scratch.size;
}

/** The scratch set in the one order that equal sets have, each thread once. Places to be judged come first. */
export function sortedSet(scratch: ThreadScratch): Int32Array {
  const set = scratch.set.subarray(0, scratch.size).sort();
  let size = 0;
  for (let index = 0; index < set.length; index += 1) {
    if (index === 0 || set[index] !== set[index - 1]) set[size++] = set[index] as number;
  }
  return set.subarray(0, size);
}

function tick(scratch: ThreadScratch): number {
  if (scratch.clock === 0xffff_ffff) {
    scratch.clock = 0;
    scratch.seen.fill(0);
  }
  return scratch.clock += 1;
}
