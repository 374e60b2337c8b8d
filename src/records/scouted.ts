/**
 * A long part of a log in which little is found, read with the help of scouts: they look at segments ahead, and here their candidates are judged and sent.
 *
 * @module
 */
import { turn } from "../logs/turns.ts";
import type { LogScan } from "./log_scan.ts";
import { sendLongLine } from "./long_line.ts";
import { rowStart } from "./rows.ts";
import type { Found } from "./scout.ts";
import type { ScoutTeam } from "./scouts.ts";
import { countSkipped, selectForward } from "./select.ts";
import type { ByteRange } from "./time_ranges.ts";

/** What a scout looks at before it answers, at most: a few milliseconds' work. */
const MAX_SEGMENT_BYTES = 16 * 1024 * 1024;
/** … and at least. */
const MIN_SEGMENT_BYTES = 1024 * 1024;
/** A segment is one of so many that are left, so that all scouts are done at about the same time. */
const SEGMENTS_LEFT = 8;
/** What is shorter has been read before scouts have begun. */
const MIN_SCOUTED_BYTES = 16 * 1024 * 1024;
/** So many segments are under way for each scout, so that none waits for its next one. */
const SEGMENTS_AHEAD = 2;

/** Whether scouts can help with a range of the log: it is long, and whether a line is wanted is told by that line alone. */
export function canScout({ file, scan, scouts }: LogScan, range: ByteRange): boolean {
  return scouts !== undefined && file.id !== undefined && scan.query.search !== undefined && !scan.holdsParts &&
    scan.plan.bytes[0] !== 0 && range.to - range.from >= MIN_SCOUTED_BYTES;
}

/**
 * Sends the records of the lines in the range, as far as scouts see to it; resolves to the offset from which to go on without them, which is where the range
 * begins when they are not there.
 */
export async function sendScouted(log: LogScan, range: ByteRange): Promise<number> {
  using team = log.scouts?.lend();
  if (team === undefined) return range.from;
  const ahead = segments(log, range, team);
  const { signal } = log;
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  const onAbort = (): void => end(signal.reason);
  signal.addEventListener("abort", onAbort);
  ended.catch(() => {});
  try {
    let offset = range.from;
    for (const look of ahead) {
      const found = await Promise.race([look, ended]);
      // Not where the one before ended: the file is not what it was.
      if (found?.from !== offset) break;
      if (found.offsets.length > 0) await sendFound(log, found);
      offset = found.upTo;
      if (!found.isAll) break;
    }
    return offset;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The answers for one segment after the other; some are asked for before they are taken. */
function* segments(
  { file, scan }: LogScan,
  range: ByteRange,
  team: ScoutTeam,
): Generator<Promise<Found | undefined>> {
  const asked: Promise<Found | undefined>[] = [];
  const { path, id = "" } = file;
  let from = range.from;
  while (true) {
    while (from < range.to && asked.length < team.size * SEGMENTS_AHEAD) {
      const share = Math.ceil((range.to - from) / SEGMENTS_LEFT);
      const to = Math.min(from + Math.max(MIN_SEGMENT_BYTES, Math.min(share, MAX_SEGMENT_BYTES)), range.to);
      asked.push(team.look({ path, id, plan: scan.plan.bytes, from, to }));
      from = to;
    }
    const next = asked.shift();
    if (next === undefined) return;
    yield next;
  }
}

/** Judges lines that were found, and sends those that are records of the query. */
async function sendFound(log: LogScan, found: Found): Promise<void> {
  let line = 0;
  while (line < found.ends.length) {
    await turn();
    const step = await sendSome(log, found, line);
    if (step.sent > 0) await log.sink.ready();
    if (step.done === 0) await sendLongLine(log, found.offsets[line] ?? 0, { direction: "forward" });
    line += Math.max(1, step.done);
  }
}

/** Sends the records of the lines from the given one on, as many as one batch takes; none of the lines is done with where the first takes longer than a turn. */
async function sendSome(
  { pool, scan, signal, sink }: LogScan,
  { lines, ends }: Found,
  line: number,
): Promise<{ readonly done: number; readonly sent: number }> {
  using lent = await pool.take({ signal });
  const { address, bytes } = lent.item;
  const start = ends[line - 1] ?? 0;
  let next = line;
  while (next < ends.length && (ends[next] ?? 0) - start <= bytes.length) next++;
  const length = (ends[next - 1] ?? 0) - start;
  bytes.set(lines.subarray(start, start + length));
  // No part of a message is held back here, so it does not matter where in the file the lines were.
  const selected = selectForward({ from: address, to: address + length, offset: 0 }, scan);
  const sent = selected.rows === 0 ? 0 : sink.send(selected.rows);
  countSkipped(scan, sent);
  const rest = (sent < selected.rows ? rowStart(sent) : selected.rest) - address + start;
  let done = line;
  while (done < next && (ends[done] ?? 0) <= rest) done++;
  return { done: done - line, sent };
}
