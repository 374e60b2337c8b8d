/**
 * Which parts of a log can hold lines within the time bounds, by samples.
 *
 * A log up to 16 MiB – more than the kubelet lets one grow before it is rotated – is one part, read from end to end, so
 * that nothing is missed however its clock jumped. A larger one is cut at up to 256 offsets; a part is left out when
 * the times at both of its ends are in order and, with slack, lie on the same side of the bounds. So a clock that was
 * set back or ahead is seen, unless within that very part it was set right again, or went on for so long that the part
 * ends later than it began: what the slack must cover is only such disorder.
 *
 * @module
 */
import { byteLines } from "../../logs/byte_lines.ts";
import { compareTime, type Time } from "../../logs/time.ts";
import type { LogScan } from "./log_scan.ts";

const LINE_FEED = 0x0a;
/** Logs up to this size are read from end to end. */
const LINEAR_BYTES = 16 * 1024 * 1024;
/** The smallest part of a larger log. */
const MIN_PART_BYTES = 1024 * 1024;
/** The most parts of a log. */
const MAX_PARTS = 256;
/** Samples taken at the same time. */
const SAMPLES_AT_ONCE = 16;
/**
 * Parts are told in waves. Those of a wave that lie side by side are one range, since long ranges are scanned in
 * parallel. The first wave has so many cuts, so that the first line is not held up, and each further one has more.
 */
const FIRST_WAVE_CUTS = 16;
const WAVE_FACTOR = 4;
/** How far times may run against each other within a part, in seconds. */
const SLACK_SECONDS = 60;
/**
 * How much is read to find a line and its time: mostly the first of these is enough, the last holds any line that a
 * runtime writes.
 */
const SAMPLE_BYTES = 16 * 1024;
const LONG_SAMPLE_BYTES = 128 * 1024;

/** A range of bytes; both ends are starts of lines, or the ends of the log. */
export interface ByteRange {
  /** The first byte. */
  readonly from: number;
  /** The end, exclusive. */
  readonly to: number;
}

/** Where a line begins near a cut, and its time; `time` is unset where none could be read. */
interface Sample {
  readonly offset: number;
  readonly time: Readonly<Time> | undefined;
}

/** What can be set, for tests. */
export interface TimeRangesOptions {
  /** Which end to begin with. */
  readonly direction: "forward" | "backward";
  /** Whether the last part of the log is read whatever its times. @default {false} */
  readonly keepLast?: boolean;
  /** The size of the log up to which it is one part. @default {16777216} */
  readonly linearBytes?: number;
  /** The size of a part, at least. @default {1048576} */
  readonly minPartBytes?: number;
}

/**
 * The ranges of the first `size` bytes that may hold records within the query's bounds, in the order of the direction.
 */
export async function* timeRanges(
  log: LogScan,
  size: number,
  options: TimeRangesOptions,
): AsyncGenerator<ByteRange> {
  const {
    direction,
    keepLast = false,
    linearBytes = LINEAR_BYTES,
    minPartBytes = MIN_PART_BYTES,
  } = options;
  const { start, stop } = log.scan.query;
  if (size <= linearBytes || (start === undefined && stop === undefined)) {
    yield { from: 0, to: size };
    return;
  }
  const parts = Math.min(MAX_PARTS, Math.ceil(size / minPartBytes));
  const partBytes = Math.ceil(size / parts);
  const cuts = Array.from(
    { length: parts + 1 },
    (_, part) => Math.min(part * partBytes, size),
  );
  if (direction === "backward") cuts.reverse();
  let edge: Sample | undefined;
  let count = FIRST_WAVE_CUTS;
  for (let first = 0; first < cuts.length; count *= WAVE_FACTOR) {
    let joined: ByteRange | undefined;
    const wave = cuts.slice(first, first += count);
    for (const sample of await samplesAt(log, wave, size)) {
      // The cut is in a stretch without a line feed, which belongs to one part, whatever its length.
      if (sample === undefined) continue;
      const part = edge && partBetween(edge, sample);
      edge = sample;
      if (part === undefined || !mayHold(log, part) && !(keepLast && part.to === size)) continue;
      const isNext = joined !== undefined && (joined.to === part.from || joined.from === part.to);
      if (joined !== undefined && !isNext) yield joined;
      joined = {
        from: isNext ? Math.min(joined?.from ?? part.from, part.from) : part.from,
        to: isNext ? Math.max(joined?.to ?? part.to, part.to) : part.to,
      };
    }
    if (joined !== undefined) yield joined;
  }
}

/** What lies between two samples, with the times at its ends. */
interface Part extends ByteRange {
  readonly first: Sample["time"];
  readonly last: Sample["time"];
}

/** Returns the part between two samples, or undefined where it is empty. */
function partBetween(a: Sample, b: Sample): Part | undefined {
  if (a.offset === b.offset) return undefined;
  const [from, to] = a.offset < b.offset ? [a, b] : [b, a];
  return { from: from.offset, to: to.offset, first: from.time, last: to.time };
}

/** Takes samples at the cuts, a few at a time. */
async function samplesAt(log: LogScan, cuts: readonly number[], size: number): Promise<(Sample | undefined)[]> {
  const samples: (Sample | undefined)[] = [];
  for (let first = 0; first < cuts.length; first += SAMPLES_AT_ONCE) {
    const some = cuts.slice(first, first + SAMPLES_AT_ONCE);
    samples.push(...await Promise.all(some.map((cut) => sampleAt(log, cut, size))));
    log.signal.throwIfAborted();
  }
  return samples;
}

/** Whether lines of a part may lie within the bounds. */
function mayHold(log: LogScan, { first, last }: Part): boolean {
  const { start, stop } = log.scan.query;
  // Where the clock was set back in between, the times on both sides do not bound those between them.
  if (first === undefined || last === undefined || compareTime(first, last) > 0) return true;
  return (start === undefined || last.seconds + SLACK_SECONDS >= start.seconds) &&
    (stop === undefined || first.seconds - SLACK_SECONDS <= stop.seconds);
}

/**
 * The first line that begins at or after byte `cut`, and the first time that can be read from there on; undefined where
 * none begins nearby.
 */
async function sampleAt(log: LogScan, cut: number, size: number): Promise<Sample | undefined> {
  if (cut === size) return { offset: size, time: await lastTime(log, size) };
  return await sampleOf(log, cut, SAMPLE_BYTES) ?? await sampleOf(log, cut, LONG_SAMPLE_BYTES);
}

async function sampleOf(log: LogScan, cut: number, sampleBytes: number): Promise<Sample | undefined> {
  const { file, scan: { format } } = log;
  const bytes = new Uint8Array(sampleBytes);
  // From the byte before the cut: a line that begins right at it is found, too.
  const from = Math.max(0, cut - 1);
  const read = await file.read(bytes, from);
  const first = cut === 0 ? 0 : bytes.subarray(0, read).indexOf(LINE_FEED) + 1;
  if (cut > 0 && first === 0) return undefined;
  const offset = from + first;
  const head = { ...log.scan.head };
  for (const { start, end } of byteLines(bytes, { from: first, to: read })) {
    if (format.read(bytes, start, end, head)) {
      return { offset, time: { seconds: head.seconds, nanos: head.nanos } };
    }
  }
  return { offset, time: undefined };
}

/** The time of the last line before byte `size` that has one, within a sample. */
async function lastTime(
  log: LogScan,
  size: number,
): Promise<Readonly<Time> | undefined> {
  const { file, scan: { format } } = log;
  const bytes = new Uint8Array(Math.min(SAMPLE_BYTES, size));
  const read = await file.read(bytes, size - bytes.length);
  const head = { ...log.scan.head };
  let time: Readonly<Time> | undefined;
  const first = bytes.indexOf(LINE_FEED) + 1;
  if (first === 0) return undefined;
  for (const { start, end } of byteLines(bytes, { from: first, to: read })) {
    if (format.read(bytes, start, end, head)) {
      time = { seconds: head.seconds, nanos: head.nanos };
    }
  }
  return time;
}
