/**
 * Where the preferred match is.
 *
 * Owns the walk that keeps threads in their order of preference and remembers where each began. Slower than a verdict;
 * for what is shown to people.
 *
 * @module
 */
import type { Look } from "../syntax/hir.ts";
import { isPlace, type Message } from "./_looks.ts";
import { LOOKS, OP, type Program } from "./_program.ts";
import { afterByte, TAKEN } from "./_utf8_nodes.ts";

/** The bytes of a match. */
export interface MatchRange {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset after its last byte. */
  readonly end: number;
}

/**
 * A thread: an instruction, the node of it that comes next (-1 where it is still to be followed), and where it began.
 */
interface Thread {
  readonly instruction: number;
  readonly node: number;
  readonly start: number;
}

/**
 * The leftmost match, and of those that begin there the one that the pattern prefers.
 *
 * @param program The pattern.
 * @param message Where to look; its edges are those that the pattern's places mean.
 * @param from Offset in it from which on a match may begin.
 */
export function findMatch(program: Program, message: Message, from: number): MatchRange | undefined {
  let found: MatchRange | undefined;
  let arrivals: Thread[] = [];
  for (let at = from; at <= message.end; at += 1) {
    if (found === undefined) arrivals.push({ instruction: program.start, node: -1, start: at });
    const { threads, match } = follow(program, message, { at, arrivals });
    if (match !== undefined) found = { start: match.start, end: at };
    if (found !== undefined && threads.length === 0) break;
    const byte = at < message.end ? message.bytes[at] as number : -1;
    arrivals = threads.flatMap(({ instruction, node, start }) => {
      const next = afterByte(program.nodes, node, byte);
      if (next === TAKEN) return [{ instruction: program.x[instruction] as number, node: -1, start }];
      return next >= 0 ? [{ instruction, node: next, start }] : [];
    });
  }
  return found;
}

/**
 * Threads that take the next byte, in order, down to the first that is a match: whatever comes after that is not
 * preferred any more.
 */
function follow(
  { ops, x, y }: Program,
  message: Message,
  { at, arrivals }: { at: number; arrivals: readonly Thread[] },
): { threads: Thread[]; match: Thread | undefined } {
  const seen = new Set<number>();
  const threads: Thread[] = [];
  for (const arrival of arrivals) {
    if (arrival.node >= 0) {
      threads.push(arrival);
      continue;
    }
    const stack = [arrival.instruction];
    for (let instruction = stack.pop(); instruction !== undefined; instruction = stack.pop()) {
      if (seen.has(instruction)) continue;
      seen.add(instruction);
      const to = x[instruction] as number;
      const operand = y[instruction] as number;
      switch (ops[instruction]) {
        case OP.match:
          return { threads, match: arrival };
        case OP.split:
          stack.push(operand, to);
          break;
        case OP.jump:
          stack.push(to);
          break;
        case OP.look:
          if (isPlace(LOOKS[operand] as Look, message, at)) stack.push(to);
          break;
        default:
          threads.push({ instruction, node: operand, start: arrival.start });
      }
    }
  }
  return { threads, match: undefined };
}
