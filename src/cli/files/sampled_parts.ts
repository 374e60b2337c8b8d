/**
 * Whether a log holds parts of messages that the runtime cut.
 *
 * Told by a sample of its lines, since a look at each of them would cost as much as a search: by its beginning, and,
 * where any part of it can be read, by some of its lines from there to its end.
 *
 * @module
 */
import { byteLines } from "../../logs/byte_lines.ts";
import type { LineFormat } from "../../logs/line_head.ts";
import { criMessageStart, dockerStreamKey } from "../../logs/line_stream.ts";
import type { LogFile } from "../../logs/log_file.ts";

const FIRST_BYTES = 16 * 1024;
/** A sample costs a fraction of a millisecond, of a short search that counts. */
const SAMPLES = 8;
/** As much as a runtime puts into one line, so that a sample within a part is told by having no end of a line. */
const SAMPLE_BYTES = 16 * 1024;

const TAG_PART = 0x50;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
/** Bytes of `","`, from the end of Docker's message to the key of the stream. */
const BEFORE_KEY = 2;

/** What is sampled. */
export interface SampledPartsOptions {
  /** How its lines read. */
  readonly format: LineFormat;
  /** Whether it can be read at any position. */
  readonly canSeek: boolean;
}

/** Reports whether parts are in the sample. */
export async function samplesParts(file: LogFile, { format, canSeek }: SampledPartsOptions): Promise<boolean> {
  if (format.kind === "plain") return false;
  const isDocker = format.kind === "docker";
  if (holdsPart(await bytesAt(file, 0, FIRST_BYTES), { isDocker, isFirst: true })) return true;
  const size = file.size();
  if (!canSeek || size <= FIRST_BYTES) return false;
  const step = Math.max(SAMPLE_BYTES, (size - FIRST_BYTES) / SAMPLES);
  for (let from = size - SAMPLE_BYTES; from >= FIRST_BYTES - SAMPLE_BYTES; from -= step) {
    const sample = await bytesAt(file, Math.floor(from), SAMPLE_BYTES);
    if (holdsPart(sample, { isDocker, isFirst: false })) return true;
  }
  return false;
}

async function bytesAt(file: LogFile, from: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await file.read(bytes, from));
}

/** Reports whether one of the lines is a part, of which a sample may hold only the beginning or the end. */
function holdsPart(
  bytes: Uint8Array,
  { isDocker, isFirst }: { readonly isDocker: boolean; readonly isFirst: boolean },
): boolean {
  let lines = 0;
  for (const { start, end, isClosed } of byteLines(bytes)) {
    lines++;
    // What is a part is told by the end of Docker's lines, by the beginning of CRI's.
    if (
      isDocker ? isClosed && isDockerPart(bytes, start, end) : (isFirst || lines > 1) && isCriPart(bytes, start, end)
    ) {
      return true;
    }
  }
  return lines === 1 && bytes.length >= SAMPLE_BYTES;
}

function isCriPart(bytes: Uint8Array, start: number, end: number): boolean {
  const message = criMessageStart(bytes, start, end);
  return message < end && bytes[message - 2] === TAG_PART;
}

/** The message of the last part ends in a line feed: `\n","stream":"std`. */
function isDockerPart(bytes: Uint8Array, start: number, end: number): boolean {
  const key = dockerStreamKey(bytes, start, end);
  if (key === undefined) return false;
  const last = key - BEFORE_KEY - 1;
  return bytes[last] !== LETTER_N || bytes[last - 1] !== BACKSLASH;
}
