/**
 * The lines of Docker's json-file logs: `{"log":"<message>\n","stream":"stdout","time":"<RFC 3339>"}`.
 *
 * Format: moby, `daemon/logger/jsonfilelog`. A message over 16 KiB is cut there; the line that closes it is the one
 * whose `log` ends in a line feed. Keys may come in any order and others may stand between them, as the original agent
 * allows; a time that cannot be read is 1970-01-01.
 *
 * @module
 */
import type { LineFormat, LineHead } from "./line_head.ts";
import { readTime } from "./time.ts";

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

function read(
  bytes: Uint8Array,
  start: number,
  end: number,
  head: LineHead,
): boolean {
  let at = start;
  while (at < end && (bytes[at] ?? 0) <= 0x20) at++;
  if (bytes[at] !== OPENING_BRACE) return false;
  let line: unknown;
  try {
    line = JSON.parse(decoder.decode(bytes.subarray(at, end)));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
  const { log, time } = line as { log?: unknown; time?: unknown };
  if (typeof log !== "string" || typeof time !== "string") return false;
  const header = encoder.encode(time);
  if (!readTime(header, 0, header.length, head)) {
    head.seconds = 0;
    head.nanos = 0;
  }
  const text = encoder.encode(log);
  head.final = text[text.length - 1] === LINE_FEED;
  head.text = text;
  head.messageStart = 0;
  // The line feed ends the line, it is no part of what is searched: `$` matches before it.
  head.messageEnd = head.final ? text.length - 1 : text.length;
  return true;
}

/** The line format of Docker's json-file driver. */
export const dockerJson: LineFormat = { kind: "docker", tagsParts: false, read };
