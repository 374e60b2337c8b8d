/**
 * The slow walk: all threads of a program at once, byte after byte.
 *
 * Owns the exact verdict for any pattern and any bytes, in time proportional to both, with memory of the program's
 * size. Used where a table does not pay or cannot decide; the reference for the fast walk. A walk can be interrupted
 * after any byte and taken up again.
 *
 * @module
 */
import type { Look } from "../syntax/hir.ts";
import { isPlace, type Message } from "./_looks.ts";
import { LOOKS, OP, type Program } from "./_program.ts";
import { afterByte, TAKEN } from "./_utf8_nodes.ts";

/** The memory of one walk at a time. */
export interface PikeMemory {
  /** What is walked with. */
  program: Program;
  /** For each instruction, the last place at which it was reached. */
  seen: Uint32Array;
  /** Instructions still to be followed. */
  stack: Int32Array;
  /** Threads at this place: an instruction that takes bytes, and the node of it that comes next. */
  threads: ThreadList;
  /** Threads at the next place. */
  next: ThreadList;
  /** Instructions to be followed at the next place. */
  arrivals: Int32Array;
  /** For each kind of place, when it was last judged. */
  readonly judged: Uint32Array;
  /** 1 where it was such a place. */
  readonly judgement: Uint8Array;
  /** Counts places, over all walks; starts again, with `seen` cleared, before it overflows. */
  clock: number;
  /** Offset of the next byte. */
  at: number;
  /** How many arrivals there are at it. */
  arrived: number;
  /** How many threads there are at it already: those within a character. */
  carried: number;
  /** Counts instructions that were followed and threads that were moved, over all walks. */
  worked: number;
}

/** Threads in columns. */
export interface ThreadList {
  /** The instruction of each. */
  readonly instructions: Int32Array;
  /** The node of it that comes next. */
  readonly nodes: Int32Array;
}

/** The arrays of a walk whose sizes depend on the program. */
function arraysFor(size: number): Pick<PikeMemory, "seen" | "stack" | "threads" | "next" | "arrivals"> {
  // An instruction holds two threads at most: one at its root, one within a character that began earlier.
  const list = (): ThreadList => ({ instructions: new Int32Array(2 * size), nodes: new Int32Array(2 * size) });
  return {
    seen: new Uint32Array(size),
    stack: new Int32Array(2 * size + 1),
    threads: list(),
    next: list(),
    arrivals: new Int32Array(2 * size + 1),
  };
}

let shared: PikeMemory | undefined;

/**
 * Returns the memory for one walk at a time: one for all patterns, which grows to what the largest of them needs. An
 * interrupted walk keeps what it needs of it, see {@linkcode savePike}.
 */
export function sharedPikeMemory(program: Program): PikeMemory {
  shared ??= createPikeMemory(program);
  if (program.ops.length > shared.seen.length) Object.assign(shared, arraysFor(program.ops.length));
  shared.program = program;
  return shared;
}

/** Creates memory for walks with a program. */
export function createPikeMemory(program: Program): PikeMemory {
  return {
    program,
    ...arraysFor(program.ops.length),
    judged: new Uint32Array(LOOKS.length),
    judgement: new Uint8Array(LOOKS.length),
    clock: 0,
    at: 0,
    arrived: 0,
    carried: 0,
    worked: 0,
  };
}

/** An interrupted walk: what it needs to go on, in as little memory as its threads take. */
export interface SavedPike {
  /** Offset of the next byte. */
  readonly at: number;
  /** Instructions to be followed there. */
  readonly arrivals: Int32Array;
  /** Threads within a character there. */
  readonly carried: ThreadList;
}

/** Returns what an interrupted walk needs to go on. */
export function savePike({ at, arrived, arrivals, carried, threads }: PikeMemory): SavedPike {
  return {
    at,
    arrivals: arrivals.slice(0, arrived),
    carried: { instructions: threads.instructions.slice(0, carried), nodes: threads.nodes.slice(0, carried) },
  };
}

/** Puts a walk where it was interrupted; the memory is that of its program. */
export function restorePike(memory: PikeMemory, { at, arrivals, carried }: SavedPike): void {
  memory.at = at;
  memory.arrived = arrivals.length;
  memory.arrivals.set(arrivals);
  memory.carried = carried.nodes.length;
  memory.threads.instructions.set(carried.instructions);
  memory.threads.nodes.set(carried.nodes);
}

/** Returns the bytes of an interrupted walk. */
export function savedBytes({ arrivals, carried }: SavedPike): number {
  return arrivals.byteLength + carried.instructions.byteLength + carried.nodes.byteLength;
}

/** Whether a message holds a match. */
export function pikeMatches(memory: PikeMemory, message: Message): boolean {
  pikeBegin(memory, message);
  return pikeContinue(memory, message, { steps: Infinity }) === true;
}

/** Puts a walk at the beginning of a message. */
export function pikeBegin(memory: PikeMemory, { start }: Message): void {
  memory.at = start;
  memory.arrivals[0] = memory.program.start;
  memory.arrived = 1;
  memory.carried = 0;
}

/**
 * Goes on with a walk.
 *
 * @param memory Where it stands.
 * @param message The message that it began with.
 * @param options After how many steps, of an instruction followed or a thread moved, to stop at the next place.
 * @returns `undefined` where it stopped.
 */
export function pikeContinue(memory: PikeMemory, message: Message, { steps }: { steps: number }): boolean | undefined {
  const { start: first, anchored } = memory.program;
  const last = memory.worked + steps;
  for (;;) {
    const count = follow(memory, message);
    if (count < 0) return true;
    if (memory.at >= message.end || (anchored && count === 0)) return false;
    take(memory, count, message.bytes[memory.at] as number);
    memory.at += 1;
    if (!anchored) memory.arrivals[memory.arrived++] = first;
    memory.worked += 1 + count;
    if (memory.worked >= last) return undefined;
  }
}

/** Lets every thread take a byte. */
function take(memory: PikeMemory, count: number, byte: number): void {
  const { program: { x, nodes }, threads, next, arrivals } = memory;
  let arrived = 0;
  let carried = 0;
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
  memory.arrived = arrived;
  memory.carried = carried;
}

/**
 * Follows all that arrives to instructions that take bytes, and adds those to the threads. How many threads there are
 * then; -1 at a match.
 */
function follow(memory: PikeMemory, message: Message): number {
  const { program: { ops, x, y }, seen, stack, arrivals, arrived, threads } = memory;
  const now = tick(memory);
  let count = memory.carried;
  let followed = 0;
  for (let index = 0; index < arrived; index += 1) {
    let height = 0;
    stack[height++] = arrivals[index] as number;
    while (height > 0) {
      const instruction = stack[--height] as number;
      followed += 1;
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
          if (judge(memory, message, y[instruction] as number)) stack[height++] = x[instruction] as number;
          break;
        default:
          threads.instructions[count] = instruction;
          threads.nodes[count++] = y[instruction] as number;
      }
    }
  }
  memory.worked += followed;
  return count;
}

/** Judges each kind of place once. */
function judge({ judged, judgement, clock, at }: PikeMemory, message: Message, look: number): boolean {
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
