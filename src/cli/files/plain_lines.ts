/**
 * Lines of no container log: each is a message, without a time.
 *
 * Only for files that hold no record of a log where one would be told by: the agent itself takes no such lines.
 *
 * @module
 */
import type { LineFormat, LineHead } from "../../logs/line_head.ts";

function read(_bytes: Uint8Array, start: number, end: number, head: LineHead): boolean {
  head.seconds = 0;
  head.nanos = 0;
  head.messageStart = start;
  head.messageEnd = end;
  head.final = true;
  head.text = undefined;
  return true;
}

/** The format of such lines. */
export const plainLines: LineFormat = { kind: "plain", tagsParts: false, read };
