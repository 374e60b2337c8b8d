/**
 * Logs for the bench: lines as a container runtime writes them, about 190 bytes each, the same for the same seed.
 *
 * Both formats of one seed hold the same records, so that they give the same counts. Times have nanoseconds without
 * trailing zeros and never step back; one record in 2,000 is the first part of a cut line. Every record has a ` id=`
 * with nine digits at its end.
 *
 * @module
 */

import { createRandom } from "../support/random.ts";
import { createLogBodies } from "./_log_bodies.ts";

/** How lines are written: as CRI runtimes do, or as Docker's json-file driver does. */
export type LogFormat = "cri" | "docker";

/** A line has about so many bytes on average in CRI; in Docker's form it is longer. */
export const LINE_BYTES = 190;

/** What lines to make. */
export interface LogLinesOptions {
  /** The form. */
  readonly format: LogFormat;
  /** How many. */
  readonly lines: number;
  /** Another seed gives other lines. @default {1} */
  readonly seed?: number;
}

const FIRST_SECOND = Date.UTC(2024, 2, 4, 5, 7, 41) / 1_000;
const MAX_STEP_NANOS = 380_000;
const SECOND_NANOS = 1_000_000_000;

/** Makes the lines in blocks; a block is good until the next one is asked for, which overwrites it. */
export function* logLines(options: LogLinesOptions): Generator<Uint8Array> {
  const { format, lines, seed = 1 } = options;
  const pool = createLogBodies(seed);
  const encoder = new TextEncoder();
  const bytesOf = (text: string): Uint8Array => encoder.encode(text);
  const bodies = pool.bodies.map((body) => bytesOf(format === "cri" ? body : escaped(body)));
  const parts = formatParts(format);
  const block = new Uint8Array(1024 * 1024);
  const roomForLine = 128 + bodies.reduce((longest, { length }) => Math.max(longest, length), 0);
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

  for (let line = 0; line < lines; line += 1) {
    nanos += random.int(MAX_STEP_NANOS);
    if (nanos >= SECOND_NANOS) {
      nanos -= SECOND_NANOS;
      second += 1;
      day = bytesOf(secondText(second));
    }
    const body = bodies[pool.next(random)];
    if (body === undefined) throw new RangeError("Cannot make a log line: the pool has no such body");
    const kind = parts[random.oneIn(2_000) ? "part" : "whole"][random.oneIn(5) ? "stderr" : "stdout"];
    if (format === "cri") putTime();
    put(kind.before);
    put(body);
    put(parts.id);
    putNumber(100_000_000 + random.int(900_000_000), 9);
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
