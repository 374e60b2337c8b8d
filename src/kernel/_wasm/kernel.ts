// The module: what TypeScript may call. 
import * as layout from "./layout";
import { everyLine as everyLineOf, scannedTo as scannedToOf } from "./lines";
import {
  countLines as countLinesOf,
  holdsNeedle as holdsNeedleOf,
  linesTried as linesTriedOf,
  linesWithNeedle as linesWithNeedleOf,
} from "./needles";
import { linesDone as linesDoneOf, slowRows as slowRowsOf, textEnd as textEndOf } from "./rows";
import { bytesWritten as bytesWrittenOf } from "./frames";
import { comparisons as comparisonsOf } from "./verify";

/** Addresses and sizes, in the order in which `kernel/layout.ts` names them. */
export function area(index: i32): usize {
  switch (index) {
    case 0: return layout.SLACK;
    case 1: return layout.PLAN;
    case 2: return layout.LINES;
    case 3: return usize(layout.MAX_LINES);
    case 4: return usize(layout.MAX_ROWS);
    case 5: return layout.ROW_SECONDS;
    case 6: return layout.ROW_NANOS;
    case 7: return layout.ROW_LINE_START;
    case 8: return layout.ROW_LINE_END;
    case 9: return layout.ROW_MESSAGE_START;
    case 10: return layout.ROW_MESSAGE_END;
    case 11: return layout.ROW_TRIMMED_END;
    case 12: return layout.ROW_FLAGS;
    case 13: return layout.OUT;
    case 14: return layout.OUT_BYTES;
    case 15: return layout.TEXT;
    case 16: return layout.TEXT_BYTES;
    case 17: return layout.BLOCKS;
    case 18: return layout.SPANS;
    case 19: return layout.CLASSES;
    case 20: return layout.TABLE;
    case 21: return usize(layout.TABLE_ENTRIES);
    case 22: return layout.REQUIRED;
    default: return layout.REQUIRED_BYTES;
  }
}

export { setStart, setStop, fillRows } from "./rows";
export { putFrames } from "./frames";
export { judgeSpans, keepMatchingLines, spansOfLines, spansOfRows } from "./walk";

export function everyLine(from: usize, to: usize): i32 {
  return everyLineOf(from, to);
}

export function linesWithNeedle(from: usize, to: usize): i32 {
  return linesWithNeedleOf(from, to);
}

export function countLines(from: usize, to: usize): i32 {
  return countLinesOf(from, to);
}

export function comparisons(): i32 {
  return comparisonsOf;
}

export function linesTried(): i32 {
  return linesTriedOf;
}

export function holdsNeedle(from: usize, to: usize): bool {
  return holdsNeedleOf(from, to);
}

export function scannedTo(): usize {
  return scannedToOf;
}

export function linesDone(): i32 {
  return linesDoneOf;
}

export function slowRows(): i32 {
  return slowRowsOf;
}

export function textEnd(): usize {
  return textEndOf();
}

export function bytesWritten(): i32 {
  return bytesWrittenOf;
}
