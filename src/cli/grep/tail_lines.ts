/**
 * The last matches of a file with the messages beside them, printed when the file has ended.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { createOutput, type Output, putBytes, takeAll } from "../files/output.ts";
import { type ContextOptions, MAX_CONTEXT_BYTES, type MessageLines, type OtherMessage } from "./context_lines.ts";

/** A message, as it is printed. */
interface Line {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A match: the messages before it, itself, and those behind it that do not match. */
interface Group {
  readonly at: number;
  readonly lines: Line[];
}

/** Keeps the last matches. */
export class TailLines implements MessageLines {
  readonly afterLeft = 0;
  readonly #options: ContextOptions & { readonly limit: number };
  readonly #scratch = createOutput();
  #before: Line[] = [];
  #bytes = 0;
  #groups: Group[] = [];
  #next = 0;

  constructor(options: ContextOptions & { readonly limit: number }) {
    this.#options = options;
  }

  match(_out: Output, batch: RowBatch, row: number): void {
    const { putMatch, limit } = this.#options;
    putMatch(this.#scratch, batch, row);
    const line = { at: this.#next++, bytes: takeAll(this.#scratch) };
    this.#groups.push({ at: line.at, lines: [...this.#before, line] });
    if (this.#groups.length >= 2 * limit) this.#groups = this.#groups.slice(-limit);
    this.#keep(line);
  }

  other(_out: Output, batch: RowBatch, { row }: OtherMessage): void {
    const { before, after, putContext } = this.#options;
    const at = this.#next++;
    const last = this.#groups.at(-1);
    const isBehind = last !== undefined && at - last.at <= after;
    if (!isBehind && before === 0) return;
    putContext(this.#scratch, batch, row);
    const line = { at, bytes: takeAll(this.#scratch) };
    if (isBehind) last.lines.push(line);
    this.#keep(line);
  }

  /** Puts what was kept. */
  put(out: Output): number {
    const { before, after, separator, groups, limit } = this.#options;
    const last = this.#groups.slice(-limit);
    let next = -1;
    for (const { lines } of last) {
      for (const { at, bytes } of lines) {
        if (at < next) continue;
        if (at > next && groups.hasPrinted && before + after > 0) putBytes(out, separator, 0, separator.length);
        putBytes(out, bytes, 0, bytes.length);
        groups.hasPrinted = true;
        next = at + 1;
      }
    }
    return last.length;
  }

  /** Keeps a message for the next match. A match among them is printed as one: its own group has it, too. */
  #keep(line: Line): void {
    const { before } = this.#options;
    if (before === 0) return;
    this.#before.push(line);
    this.#bytes += line.bytes.length;
    while (this.#before.length > before || this.#bytes > MAX_CONTEXT_BYTES) {
      this.#bytes -= this.#before.shift()?.bytes.length ?? 0;
    }
  }
}
