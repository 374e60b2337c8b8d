/**
 * The lines of CRI logs: `<time> <stdout|stderr> <tag> <message>`.
 *
 * Format: kubernetes, `staging/src/k8s.io/cri-client/pkg/logs`; tag `F` closes a message, `P` says that more of it
 * follows. As the original agent does, the time must be readable and what follows it is taken by its place: nine bytes
 * of stream, tag and blanks, then the message. So a line with another stream name of six letters or a tag such as
 * `F:x` is still a record.
 *
 * @module
 */
import type { LineFormat, LineHead } from "./line_head.ts";
import { readTime } from "./time.ts";

const NUL = 0x00;
const BLANK = 0x20;
const TAG_FINAL = 0x46;
/** Bytes of `stdout F `, between the time's blank and the message. */
const STREAM_AND_TAG = 9;
/** The longest text that can still be a time: `+99999-12-31T23:59:59.` with a generous fraction and an offset. */
const MAX_TIME_BYTES = 64;

function read(
  bytes: Uint8Array,
  start: number,
  end: number,
  head: LineHead,
): boolean {
  // A log that was cut under its writer has a hole before the next line.
  let blank = start;
  while (blank < end && bytes[blank] === NUL) blank++;
  const from = blank;
  const last = Math.min(end, from + MAX_TIME_BYTES);
  while (blank < last && bytes[blank] !== BLANK) blank++;
  // A line that ends right behind its tag has an empty message.
  if (blank === last || end - blank < STREAM_AND_TAG) return false;
  if (!readTime(bytes, from, blank, head)) return false;
  head.messageStart = Math.min(blank + 1 + STREAM_AND_TAG, end);
  head.messageEnd = end;
  head.final = bytes[blank + STREAM_AND_TAG - 1] === TAG_FINAL;
  head.text = undefined;
  return true;
}

/** The CRI line format. */
export const cri: LineFormat = { kind: "cri", tagsParts: true, read };
