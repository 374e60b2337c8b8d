/**
 * The lines of CRI logs, as runtimes write them and no looser: `2006-01-02T15:04:05.999999999Z stdout F message`.
 *
 * The agent, which reads nothing but container logs, takes a date for a time and what follows by its place, as the
 * original does. A file that is named on the command line may be any program's own log, whose lines begin with a date,
 * too: `2006-01-02 15:04:05,999 INFO message` would lose its first words.
 *
 * @module
 */
import { cri } from "../../logs/cri.ts";
import type { LineFormat, LineHead } from "../../logs/line_head.ts";

const BLANK = 0x20;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const COLON = 0x3a;
const TAG_FINAL = 0x46;
const TAG_PART = 0x50;
/** Bytes of `2006-01-02`, before the `T`. */
const DATE_BYTES = 10;
const STREAMS = ["stdout ", "stderr "].map((stream) => new TextEncoder().encode(stream));

function read(bytes: Uint8Array, start: number, end: number, head: LineHead): boolean {
  if (!cri.read(bytes, start, end, head)) return false;
  let from = start;
  while (bytes[from] === 0) from++;
  const blank = bytes.indexOf(BLANK, from);
  const tag = blank + 8;
  return bytes[from + DATE_BYTES] === LETTER_T && hasZone(bytes, blank) &&
    STREAMS.some((stream) => stream.every((byte, at) => bytes[blank + 1 + at] === byte)) &&
    (bytes[tag] === TAG_FINAL || bytes[tag] === TAG_PART) &&
    (tag + 1 === end || bytes[tag + 1] === BLANK || bytes[tag + 1] === COLON);
}

/** Whether the time that ends at `end` has a zone: `Z` or `+01:00`. */
function hasZone(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 1] === LETTER_Z ||
    bytes[end - 3] === COLON && (bytes[end - 6] === 0x2b || bytes[end - 6] === 0x2d);
}

/** The CRI line format, strictly. */
export const strictCri: LineFormat = { kind: "strict cri", tagsParts: true, read };
