/**
 * Logs for the bench: lines as a container runtime writes them, the same for the same seed.
 *
 * Both formats of one seed hold the same records, so that they give the same counts. Times have nanoseconds without
 * trailing zeros and never step back; one record in 2,000 is the first part of a cut line. Where random
 * words speak, every record has a ` id=` with nine digits at its end. Where applications do, a body may have several
 * lines, each a record.
 *
 * @module
 */

import { createRandom } from "../support/random.ts";
import { createLogBodies, type LogSpeakers } from "./_log_bodies.ts";

export type { LogSpeakers };

/** How lines are written: as CRI runtimes do, or as Docker's json-file driver does. */
export type LogFormat = "cri" | "docker";

/** A line of random words has about so many bytes on average in CRI; in Docker's form it is longer. */
export const LINE_BYTES = 190;
/** A line of applications. */
export const APPLICATION_LINE_BYTES = 271;

/** What lines to make. */
export interface LogLinesOptions {
  /** The form. */
  readonly format: LogFormat;
  /** How many. */
  readonly lines: number;
  /** Another seed gives other lines. @default {1} */
  readonly seed?: number;
  /** Who speaks. @default {"words"} */
  readonly speakers?: LogSpeakers;
}

/** The seed of every log, unless another is asked for. */
export const DEFAULT_SEED = 1;

const FIRST_SECOND = Date.UTC(2024, 2, 4, 5, 7, 41) / 1_000;
const MAX_STEP_NANOS = 380_000;
const SECOND_NANOS = 1_000_000_000;

/** Makes the lines in blocks; a block is good until the next one is asked for, which overwrites it. */
export function* logLines(options: LogLinesOptions): Generator<Uint8Array> {
  const { format, lines, seed = DEFAULT_SEED, speakers = "words" } = options;
  const pool = createLogBodies(seed, speakers);
  const encoder = new TextEncoder();
  const bytesOf = (text: string): Uint8Array => encoder.encode(text);
  const bodies = pool.bodies.map((body) => body.split("\n").map((line) => bodyLine(line, format)));
  const numbered = speakers === "words";
  const parts = formatParts(format);
  const block = new Uint8Array(1024 * 1024);
  const roomForLine = 128 + bodies.flat().reduce((longest, { bytes }) => Math.max(longest, bytes.length), 0);
  const random = createRandom(seed + 1);
  let second = FIRST_SECOND;
  let nanos = 0;
  let day = bytesOf(secondText(second));
  let used = 0;

  const put = (bytes: Uint8Array): void => {
    block.set(bytes, used);
    used += bytes.length;
  };
  const putNumber = (value: number, digits: number): void => {
    for (let at = used + digits - 1, rest = value; at >= used; at -= 1) {
      block[at] = 0x30 + rest % 10;
      rest = (rest / 10) | 0;
    }
    used += digits;
  };
  const putTime = (): void => {
    put(day);
    if (nanos > 0) {
      block[used++] = 0x2e;
      putNumber(nanos, 9);
      while (block[used - 1] === 0x30) used -= 1;
    }
    block[used++] = 0x5a;
  };

  let body: readonly BodyLine[] = [];
  let next = 0;
  for (let line = 0; line < lines; line += 1) {
    nanos += random.int(MAX_STEP_NANOS);
    if (nanos >= SECOND_NANOS) {
      nanos -= SECOND_NANOS;
      second += 1;
      day = bytesOf(secondText(second));
    }
    if (next === body.length) {
      body = bodies[pool.next(random)] ?? [];
      next = 0;
    }
    const said = body[next++];
    if (said === undefined) throw new RangeError("Cannot make a log line: the pool has no such body");
    const kind = parts[random.oneIn(2_000) ? "part" : "whole"][random.oneIn(5) ? "stderr" : "stdout"];
    if (format === "cri") putTime();
    put(kind.before);
    const start = used;
    put(said.bytes);
    for (const { at, radix } of said.slots) block[start + at] = HEX_DIGITS[random.int(radix)] ?? 0x30;
    if (numbered) {
      put(parts.id);
      putNumber(100_000_000 + random.int(900_000_000), 9);
    }
    put(kind.after);
    if (format === "docker") {
      putTime();
      put(parts.end);
    }
    if (used + roomForLine > block.length) {
      yield block.subarray(0, used);
      used = 0;
    }
  }
  if (used > 0) yield block.subarray(0, used);
}

/** A line of a body, and where each record gets a digit of its own. */
interface BodyLine {
  readonly bytes: Uint8Array;
  readonly slots: readonly { readonly at: number; readonly radix: number }[];
}

const HEX_DIGITS = new TextEncoder().encode("0123456789abcdef");

/** The placeholders have three bytes of UTF-8 each, of which the last tells which one it is. */
function bodyLine(line: string, format: LogFormat): BodyLine {
  const encoded = new TextEncoder().encode(format === "cri" ? line : escaped(line));
  const slots: { at: number; radix: number }[] = [];
  let length = 0;
  for (let from = 0; from < encoded.length; from += 1) {
    const last = encoded[from] === 0xee && encoded[from + 1] === 0x80 ? encoded[from + 2] : undefined;
    if (last === 0x80 || last === 0x81) {
      slots.push({ at: length, radix: last === 0x80 ? 10 : 16 });
      from += 2;
    }
    encoded[length++] = encoded[from] ?? 0;
  }
  return { bytes: encoded.slice(0, length), slots };
}

interface FormatParts {
  readonly whole: StreamParts;
  readonly part: StreamParts;
  readonly id: Uint8Array;
  readonly end: Uint8Array;
}

type StreamParts = Readonly<Record<"stdout" | "stderr", { readonly before: Uint8Array; readonly after: Uint8Array }>>;

/** What stands around a body. */
function formatParts(format: LogFormat): FormatParts {
  const encoder = new TextEncoder();
  const around = (before: string, after: string): { before: Uint8Array; after: Uint8Array } => ({
    before: encoder.encode(before),
    after: encoder.encode(after),
  });
  const cri = (tag: string): StreamParts => ({
    stdout: around(` stdout ${tag} `, "\n"),
    stderr: around(` stderr ${tag} `, "\n"),
  });
  const docker = (end: string): StreamParts => ({
    stdout: around('{"log":"', `${end}","stream":"stdout","time":"`),
    stderr: around('{"log":"', `${end}","stream":"stderr","time":"`),
  });
  return {
    ...(format === "cri" ? { whole: cri("F"), part: cri("P") } : { whole: docker("\\n"), part: docker("") }),
    id: encoder.encode(" id="),
    end: encoder.encode('"}\n'),
  };
}

function secondText(second: number): string {
  return new Date(second * 1_000).toISOString().slice(0, 19);
}

/** The inside of a JSON string, with the escapes that Docker writes beside those that JSON demands. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}
