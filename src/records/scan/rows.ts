/**
 * The kernel's rows as this room changes them: rows that the slow twin fills, rows that are dropped.
 *
 * @module
 */
import { FINAL, kernel } from "../../kernel/kernel.ts";
import type { LineHead } from "../../logs/line_head.ts";
import { isUtf8, repairedUtf8, trimmedEnd } from "../../logs/text.ts";

/** The most bytes of message in one record: what gRPC clients take by default (4 MiB), less the record's other fields. A block is smaller. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024 - 64;

const { memory, rows, text } = kernel;
const LINE_FEED = 0x0a;

/** Moves a row to a place before it. */
export function moveRow(from: number, to: number): void {
  if (from === to) return;
  rows.seconds[to] = rows.seconds[from] ?? 0;
  rows.nanos[to] = rows.nanos[from] ?? 0;
  rows.lineStart[to] = rows.lineStart[from] ?? 0;
  rows.lineEnd[to] = rows.lineEnd[from] ?? 0;
  rows.messageStart[to] = rows.messageStart[from] ?? 0;
  rows.messageEnd[to] = rows.messageEnd[from] ?? 0;
  rows.trimmedEnd[to] = rows.trimmedEnd[from] ?? 0;
  rows.flags[to] = rows.flags[from] ?? 0;
}

/**
 * Fills a row from a head that was read in the kernel's memory. The message is trimmed, and repaired to be UTF-8; where it is not in a block as it is to be
 * sent, it is put to address `textAt`. Returns the end of what was put there, or `undefined` when there is no room for it.
 */
export function fillRow(row: number, head: LineHead, textAt: number): number | undefined {
  const source = head.text ?? memory;
  const end = trimmedEnd(source, head.messageStart, head.messageEnd);
  rows.seconds[row] = head.seconds;
  rows.nanos[row] = head.nanos;
  rows.flags[row] = head.final ? FINAL : 0;
  const isSound = isUtf8(source, head.messageStart, end);
  if (isSound && head.text === undefined) {
    rows.messageStart[row] = head.messageStart;
    rows.messageEnd[row] = head.messageEnd;
    rows.trimmedEnd[row] = end;
    return textAt;
  }
  const sound = isSound ? source.subarray(head.messageStart, end) : repairedUtf8(source, head.messageStart, end);
  return sound.length > roomAt(textAt) ? undefined : writeText(row, sound, textAt);
}

/** How long a message may be that is put to address `textAt`, in bytes. */
function roomAt(textAt: number): number {
  return Math.min(MAX_MESSAGE_BYTES, text.address + text.bytes - textAt);
}

/**
 * Puts a message's text to address `textAt` and makes it the row's; returns its end.
 *
 * @throws {RangeError} when there is no room, or it is too long for a record: the row still holds what another caller left
 */
export function writeText(row: number, message: Uint8Array, textAt: number): number {
  const room = roomAt(textAt);
  if (message.length > room) {
    throw new RangeError(`Cannot make a record of ${message.length} bytes: there is room for ${room}`);
  }
  const end = textAt + message.length;
  memory.set(message, textAt);
  rows.messageStart[row] = textAt;
  rows.messageEnd[row] = end;
  rows.trimmedEnd[row] = end;
  return end;
}

/** Where the line of a row begins: the address from which to go on when that row was not sent. */
export function rowStart(row: number): number {
  return rows.lineStart[row] ?? 0;
}

/** Where the line of a row ends, with its line feed: the address up to which to go on when that row was not sent. */
export function rowEnd(row: number, limit: number): number {
  return lineEndWithFeed(rows.lineEnd[row] ?? 0, limit);
}

/** The end of a line behind its line feed, where it has one before `limit`. */
export function lineEndWithFeed(end: number, limit: number): number {
  return end < limit && memory[end] === LINE_FEED ? end + 1 : end;
}
