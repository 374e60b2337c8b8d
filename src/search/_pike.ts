/**
 * The slow walk: all threads of a program at once, byte after byte.
 *
 * Owns the exact verdict for any pattern and any bytes, in time proportional to both, with memory of the program's size. Used where a table does not
 * pay or cannot decide; the twin of the fast walk.
 *
 * @module
 */
import type { Look } from "./hir.ts";
import { isPlace, type Message } from "./_looks.ts";
import { LOOKS, OP, type Program } from "./_program.ts";
import { afterByte, TAKEN } from "./_utf8_nodes.ts";

/** The memory of walks with one program. */
export interface PikeMemory {
  /** What is walked with. */
  readonly program: Program;
  /** For each instruction, the last place at which it was reached. */
  readonly seen: Uint32Array;
  /** Instructions still to be followed. */
  readonly stack: Int32Array;
  /** Threads at this place: an instruction that takes bytes, and the node of it that comes next. */
  threads: ThreadList;
  /** Threads at the next place. */
  next: ThreadList;
  /** Instructions to be followed at the next place. */
  readonly arrivals: Int32Array;
  /** For each kind of place, when it was last judged. */
  readonly judged: Uint32Array;
  /** 1 where it was such a place. */
  readonly judgement: Uint8Array;
  /** Counts places, over all walks; starts again, with `seen` cleared, before it overflows. */
  clock: number;
}

/** Threads in columns. */
export interface ThreadList {
  /** The instruction of each. */
  readonly instructions: Int32Array;
  /** The node of it that comes next. */
  readonly nodes: Int32Array;
}

/** Memory for a program. */
export function createPikeMemory(program: Program): PikeMemory {
  const size = program.ops.length;
  // An instruction holds two threads at most: one at its root, one within a character that began earlier.
  const list = (): ThreadList => ({ instructions: new Int32Array(2 * size), nodes: new Int32Array(2 * size) });
  return {
    program,
    seen: new Uint32Array(size),
    stack: new Int32Array(2 * size + 1),
    threads: list(),
    next: list(),
    arrivals: new Int32Array(2 * size + 1),
    judged: new Uint32Array(LOOKS.length),
    judgement: new Uint8Array(LOOKS.length),
    clock: 0,
  };
}

/** Whether a message holds a match. */
export function pikeMatches(memory: PikeMemory, message: Message): boolean {
  const { program, arrivals } = memory;
  const { x, nodes, start: first, anchored } = program;
  const { bytes, start, end } = message;
  let arrived = 0;
  let carried = 0;
  for (let at = start;; at += 1) {
    if (at === start || !anchored) arrivals[arrived++] = first;
    const count = follow(memory, message, { at, arrived, carried });
    if (count < 0) return true;
    if (at >= end || (anchored && count === 0)) return false;
    const byte = bytes[at] as number;
    const { threads, next } = memory;
    arrived = 0;
    carried = 0;
    for (let index = 0; index < count; index += 1) {
      const instruction = threads.instructions[index] as number;
      const node = afterByte(nodes, threads.nodes[index] as number, byte);
      if (node === TAKEN) {
        arrivals[arrived++] = x[instruction] as number;
      } else if (node >= 0) {
        next.instructions[carried] = instruction;
        next.nodes[carried++] = node;
      }
    }
    memory.threads = next;
    memory.next = threads;
  }
}

/** A place of a walk: what arrives there, and how many threads are already in the list. */
interface Stop {
  readonly at: number;
  readonly arrived: number;
  readonly carried: number;
}

/** Follows all that arrives to instructions that take bytes, and adds those to the threads. How many threads there are then; -1 at a match. */
function follow(memory: PikeMemory, message: Message, { at, arrived, carried }: Stop): number {
  const { program: { ops, x, y }, seen, stack, arrivals, threads } = memory;
  const now = tick(memory);
  let count = carried;
  for (let index = 0; index < arrived; index += 1) {
    let height = 0;
    stack[height++] = arrivals[index] as number;
    while (height > 0) {
      const instruction = stack[--height] as number;
      if (seen[instruction] === now) continue;
      seen[instruction] = now;
      switch (ops[instruction]) {
        case OP.match:
          return -1;
        case OP.split:
          stack[height++] = y[instruction] as number;
          stack[height++] = x[instruction] as number;
          break;
        case OP.jump:
          stack[height++] = x[instruction] as number;
          break;
        case OP.look:
          if (judge(memory, message, { look: y[instruction] as number, at })) {
            stack[height++] = x[instruction] as number;
          }
          break;
        default:
          threads.instructions[count] = instruction;
          threads.nodes[count++] = y[instruction] as number;
      }
    }
  }
  return count;
}

function judge(
  { judged, judgement, clock }: PikeMemory,
  message: Message,
  { look, at }: { look: number; at: number },
): boolean {
  if (judged[look] !== clock) {
    judged[look] = clock;
    judgement[look] = isPlace(LOOKS[look] as Look, message, at) ? 1 : 0;
  }
  return judgement[look] === 1;
}

function tick(memory: PikeMemory): number {
  if (memory.clock === 0xffff_ffff) {
    memory.clock = 0;
    memory.seen.fill(0);
    memory.judged.fill(0);
  }
  return memory.clock += 1;
}
