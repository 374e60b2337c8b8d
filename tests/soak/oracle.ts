/**
 * What a stream of a soak's log must hold: each line once and in order, from where it has to begin to where it has to
 * end.
 *
 * @module
 */
import { parseSoakText } from "./lines.ts";

/** What a stream was asked for. */
export interface Expectation {
  /** The number of its log. */
  readonly log: number;
  /** 1 forward, -1 backward. */
  readonly direction: 1 | -1;
  /** The distance of two numbers: 1, or more where a pattern leaves lines out. */
  readonly step: number;
}

/** How a stream ended, and what had to be in it. */
export interface StreamEnd {
  /** Whether it came to its end by itself, with status OK. */
  readonly isWhole: boolean;
  /** Whether the agent has told of a loss: a `log-gap` trailer, or DATA_LOSS. */
  readonly isLossTold: boolean;
  /** Whether a gap can have been told at all: not where the client has cancelled. */
  readonly isTellable: boolean;
  /** The lowest number that was there all the time; undefined where that is not known. */
  readonly oldest?: number | undefined;
  /** The first number that may be missing at the end: what was written when the stream was asked for. */
  readonly written?: number | undefined;
}

/** Watches one stream. */
export class StreamOracle {
  /** What the stream was asked for. */
  readonly expected: Expectation;
  #first: number | undefined;
  #last: number | undefined;
  #gap: string | undefined;
  #problem: string | undefined;
  /** Lines so far. */
  lines = 0;

  /** Nothing has come yet. */
  constructor(expected: Expectation) {
    this.expected = expected;
  }

  /** The number of the newest line. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The number of the first line that came. */
  get first(): number | undefined {
    return this.#first;
  }

  /** Takes the next message. */
  take(message: Uint8Array): void {
    this.lines += 1;
    const line = parseSoakText(message);
    if (line === undefined) {
      this.#problem ??= `a line is not what was written, after ${this.#last}`;
      return;
    }
    const { log, direction, step } = this.expected;
    const { sequence } = line;
    if (line.log !== log) this.#problem ??= `a line of log ${line.log} in a stream of log ${log}`;
    if (this.#last !== undefined) {
      const distance = (sequence - this.#last) * direction;
      if (distance === 0) this.#problem ??= `line ${sequence} came twice`;
      else if (distance < 0) this.#problem ??= `line ${sequence} came after ${this.#last}`;
      else if (distance !== step) this.#gap ??= `${distance / step - 1} lines are missing after ${this.#last}`;
    }
    this.#first ??= sequence;
    this.#last = sequence;
  }

  /** What is wrong with the stream as a whole; undefined where nothing is. */
  end({ isWhole, isLossTold, isTellable, oldest, written }: StreamEnd): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (isLossTold) return undefined;
    if (this.#gap !== undefined) return isTellable ? this.#gap : undefined;
    if (!isWhole || oldest === undefined || written === undefined) return undefined;
    const { direction, step } = this.expected;
    // Nothing that the pattern finds need be there.
    if (written - oldest < step) return undefined;
    const [low, high] = direction === 1 ? [this.#first, this.#last] : [this.#last, this.#first];
    if (low === undefined || high === undefined) return `nothing came, and ${written - oldest} lines are there`;
    if (low >= oldest + step) return `the oldest line is ${low}, and ${oldest} is there`;
    if (high < written - step) return `the newest line is ${high}, and ${written - 1} is there`;
    return undefined;
  }
}
