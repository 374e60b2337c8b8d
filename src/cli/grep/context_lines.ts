/**
 * Which messages are printed when those before and after each match are wanted, too: groups that overlap are one.
 *
 * Bounded: of the messages before a match no more are kept than are wanted, and no more bytes than
 * {@linkcode MAX_CONTEXT_BYTES}.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { createOutput, type Output, putBytes, takeAll } from "../files/output.ts";
import type { PutRecord } from "../files/sinks.ts";

/** The most bytes that are kept of the messages before a match. */
export const MAX_CONTEXT_BYTES: number = 16 * 1024 * 1024;

/** How many messages beside each match are printed. */
export interface ContextOptions {
  /** Before it. */
  readonly before: number;
  /** Behind it. */
  readonly after: number;
  /** Puts a message that matches. */
  readonly putMatch: PutRecord;
  /** Puts one beside it. */
  readonly putContext: PutRecord;
  /** What is put between groups; nothing where that is empty. */
  readonly separator: Uint8Array;
  /** Whether a group was printed before, by any file. */
  readonly groups: { hasPrinted: boolean };
}

/** A message that is printed only where it stands beside a match. */
export interface OtherMessage {
  /** Its row. */
  readonly row: number;
  /** Whether it matches. */
  readonly isMatch: boolean;
}

/** A message, as it is printed. */
interface Line {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Takes the messages of a file in their order. */
export interface MessageLines {
  /** Takes one that matches. */
  match(out: Output, batch: RowBatch, row: number): void;
  /** Takes one that does not. */
  other(out: Output, batch: RowBatch, other: OtherMessage): void;
  /** How many messages behind the last match are still wanted. */
  readonly afterLeft: number;
}

/** Puts matches and what is beside them. */
export class ContextLines implements MessageLines {
  readonly #options: ContextOptions;
  readonly #scratch = createOutput();
  /** The messages before the next one, oldest first; those before `#first` are gone. */
  #before: Line[] = [];
  #first = 0;
  #bytes = 0;
  /** The number of the next message, and the first number that was not printed. */
  #next = 0;
  #printed = 0;
  #afterLeft = 0;

  constructor(options: ContextOptions) {
    this.#options = options;
  }

  /** How many messages behind the last match are still wanted. */
  get afterLeft(): number {
    return this.#afterLeft;
  }

  /** Takes a message that matches. */
  match(out: Output, batch: RowBatch, row: number): void {
    const { putMatch, after } = this.#options;
    this.#putBefore(out);
    putMatch(out, batch, row);
    this.#printed = ++this.#next;
    this.#afterLeft = after;
  }

  /** Takes one that does not, or one that matches where no more matches are wanted. */
  other(out: Output, batch: RowBatch, { row, isMatch }: OtherMessage): void {
    const { before, putContext, putMatch } = this.#options;
    if (this.#afterLeft > 0) {
      this.#afterLeft--;
      if (isMatch) putMatch(out, batch, row);
      else putContext(out, batch, row);
      this.#printed = ++this.#next;
      return;
    }
    if (before > 0) {
      putContext(this.#scratch, batch, row);
      this.#keep({ at: this.#next, bytes: takeAll(this.#scratch) });
    }
    this.#next++;
  }

  #keep(line: Line): void {
    this.#before.push(line);
    this.#bytes += line.bytes.length;
    while (this.#before.length - this.#first > this.#options.before || this.#bytes > MAX_CONTEXT_BYTES) {
      this.#bytes -= this.#before[this.#first++]?.bytes.length ?? 0;
    }
    if (this.#first < 1024) return;
    this.#before = this.#before.slice(this.#first);
    this.#first = 0;
  }

  /** Puts the messages before a match, and what stands between groups. */
  #putBefore(out: Output): void {
    const { before, after, separator, groups } = this.#options;
    const lines = this.#before.slice(this.#first);
    const from = lines[0]?.at ?? this.#next;
    const isApart = this.#printed === 0 || from > this.#printed;
    if (before + after > 0 && groups.hasPrinted && isApart) putBytes(out, separator, 0, separator.length);
    for (const { bytes } of lines) putBytes(out, bytes, 0, bytes.length);
    groups.hasPrinted = true;
    this.#before = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}
