/**
 * What becomes of a part of a message when the stop time may cut that message: it is sent only where the message ends
 * within the bounds.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";
import { isBeyond } from "../query.ts";
import { rowBuffer } from "./row_batch.ts";
import type { NextFinal, Scan } from "./scan.ts";
import type { BlockLines } from "./whole_lines.ts";

const { memory } = kernel;
const LINE_FEED = 0x0a;

/** Decides over the part in a row; `unknown` where its message ends neither in the block nor in what is known. */
export function fateOfPart(lines: BlockLines, scan: Scan, row: number): "sent" | "left out" | "unknown" {
  const address = rowBuffer.lineStart(row);
  const start = lines.offsetOf?.(address) ?? lines.offset + address;
  const known = scan.nextFinal;
  if (known !== undefined && start >= known.from && start < known.upTo) return known.beyond ? "left out" : "sent";
  // The lines that follow a found one in the file are not in the block.
  if (lines.offsetOf !== undefined) return "unknown";
  const found = nextFinalWithin(lines, scan, row);
  if (found === undefined) return "unknown";
  scan.nextFinal = found;
  return found.beyond ? "left out" : "sent";
}

/** Finds the next whole message behind a row's line, in the block and in what is known already. */
function nextFinalWithin(lines: BlockLines, scan: Scan, row: number): NextFinal | undefined {
  const { format, head, query, nextFinal } = scan;
  const from = lines.offset + rowBuffer.lineStart(row);
  for (let start = rowBuffer.lineEnd(row) + 1; start < lines.to;) {
    if (nextFinal !== undefined && lines.offset + start >= nextFinal.from && lines.offset + start < nextFinal.upTo) {
      return { ...nextFinal, from };
    }
    const feed = memory.subarray(start, lines.to).indexOf(LINE_FEED);
    const end = feed < 0 ? lines.to : start + feed;
    if (format.read(memory, start, end, head) && head.final) {
      return { from, upTo: lines.offset + start, beyond: isBeyond(query, head) };
    }
    start = end + 1;
  }
  // Backward, the lines behind the block were read before it.
  if (nextFinal !== undefined && nextFinal.from === lines.offset + lines.to) return { ...nextFinal, from };
  return undefined;
}
