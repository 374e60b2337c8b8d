/**
 * The search for the end of a message: the next line with a whole message, from some line on.
 *
 * Needed where a stop time falls into a message that was written in parts: they are left out when the last of them lies
 * beyond the stop, and sent when none ever follows. Reads each byte at most once for a run of parts, since the result
 * holds for all of them, whichever of them is looked up first.
 *
 * @module
 */
import type { LogScan } from "./log_scan.ts";
import { isBeyond } from "../query.ts";
import type { NextFinal } from "./scan.ts";

const LINE_FEED = 0x0a;
const FIRST_READ_BYTES = 64 * 1024;

/**
 * Finds the first line at or after file offset `from`, a line's start, that closes a message. Where none does, no part
 * is held back.
 */
export async function findNextFinal(
  log: LogScan,
  from: number,
): Promise<NextFinal> {
  const { file, pool, signal, scan: { format, head, query, nextFinal: known } } = log;
  let offset = from;
  // Whether `offset` is within a line whose header was read before.
  let inLine = false;
  while (true) {
    using lent = await pool.take({ signal });
    // The end of a message is seldom far.
    const bytes = lent.item.bytes.subarray(0, offset === from ? FIRST_READ_BYTES : lent.item.bytes.length);
    const read = await file.read(bytes, offset);
    signal.throwIfAborted();
    if (read === 0) return { from, upTo: Infinity, beyond: false };
    let start = 0;
    while (start < read) {
      const feed = bytes.indexOf(LINE_FEED, start);
      const whole = feed >= 0 && feed < read;
      // A line that is cut here is read again from its start, unless the block holds nothing else.
      if (!whole && !inLine && start > 0 && read === bytes.length) break;
      const end = whole ? feed : read;
      if (!inLine && known !== undefined && offset + start >= known.from && offset + start < known.upTo) {
        return { ...known, from };
      }
      if (!inLine && format.read(bytes, start, end, head) && head.final) {
        return { from, upTo: offset + start, beyond: isBeyond(query, head) };
      }
      inLine = !whole;
      start = whole ? feed + 1 : read;
    }
    offset += start;
  }
}
