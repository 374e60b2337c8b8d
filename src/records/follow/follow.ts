/**
 * A log's records as they are written, for as long as its container lives.
 *
 * Promises each whole line once and in order, whatever is done to the file: a file that was replaced is read to its end before the next one, a line is sent when
 * its line feed is there – or when nothing can follow it any more. Drain, wait, drain: waiting may be wrong in either direction, draining makes it right.
 *
 * @module
 */
import { openGzipLog } from "../../logs/gzip_log.ts";
import { LogReadError, type OpenLogFile } from "../../logs/log_file.ts";
import type { BlockPool } from "../scan/block_pool.ts";
import { sendAtHand, sendForward, streamForward } from "../scan/forward.ts";
import type { RateLimiter } from "../../scheduling/rate_limiter.ts";
import { FollowQueue, type FollowQueueOptions } from "./rotation_queue.ts";
import {
  type Cursor,
  forgetFound,
  freshFile,
  isIntact,
  isIntactIn,
  isReady,
  knowHead,
  moveTo,
  moveToEnd,
  noteSearched,
  noteSize,
  sizeOf,
  sureBytes,
  wasCut,
} from "./cursor.ts";
import { type LogScan, openScan, scanLog, type ScanOptions } from "../scan/log_scan.ts";
import type { RecordQuery } from "../query.ts";
import type { RecordSink } from "../record_sink.ts";
import type { RowBatch } from "../scan/row_batch.ts";

/** How long after its stop a record may still be written, in milliseconds: clocks and writers are not that exact. */
const STOP_SLACK_MS = 2_000;

/** What a follow works with. */
export interface FollowOptions extends ScanOptions, FollowQueueOptions {
  /** Begin with what is there, with the next whole line that is written, or with the first line that begins at that byte or later. */
  readonly from: "start" | "end" | number;
  /** Sends what comes before the file, while the files that follow it are opened as they appear. Called from the start only. */
  readonly before?: ((options: ScanOptions) => Promise<void>) | undefined;
  /** The node's clock in milliseconds since 1970: a stop that it has passed ends the follow. @default {Date.now} */
  readonly now?: (() => number) | undefined;
  /** Paces the reads of what is written. @default none: each sign of a change is followed at once */
  readonly rateLimiter?: RateLimiter | undefined;
}

/**
 * Sends the records that the query asks for, and those that are still to be written; resolves when no more can come. Owns the file, and closes it.
 *
 * @throws {LogLossError} when something of what was written cannot be sent, after what can be; or when the client is so slow that rotated files cannot be held
 * for it
 * @throws {TooManyFilesError} when there was no descriptor for the next file for a minute
 */
export async function followLog(first: OpenLogFile, query: RecordQuery, options: FollowOptions): Promise<void> {
  using queue = openQueue(first, { ...options, wakesEveryTick: query.stop !== undefined });
  const sink: RecordSink = {
    send: (batch) => options.sink.send(batch),
    ready: async () => {
      await queue.unlessOver(options.sink.ready());
      queue.progress();
    },
  };
  // A search that finds nothing for a long time is no client that takes nothing.
  const pool: BlockPool = {
    ...options.pool,
    take: (taking) => {
      queue.progress();
      return options.pool.take(taking);
    },
  };
  try {
    await follow(queue, query, { ...options, pool, sink });
  } finally {
    for (const cursor of [...queue.retired, ...queue.files]) await closeScan(cursor, options);
  }
}

/** The queue owns the file once it is there. */
function openQueue(first: OpenLogFile, options: FollowQueueOptions): FollowQueue {
  try {
    return new FollowQueue(first, options);
  } catch (error) {
    first[Symbol.dispose]();
    throw error;
  }
}

async function follow(queue: FollowQueue, query: RecordQuery, options: FollowOptions): Promise<void> {
  const { from, rateLimiter, now = Date.now } = options;
  const [first] = queue.files;
  if (first === undefined) throw new RangeError("Cannot follow a log without a file");
  if (from !== "start") {
    moveToEnd(first, from === "end" ? undefined : from);
  } else {
    await options.before?.(options);
    noteSize(first, first.file.size());
    await readIntact(
      first,
      options,
      (sink) => streamForward(first.file, query, { ...options, sink, lastLine: "left" }),
    );
  }
  while (true) {
    await queue.changed();
    await rateLimiter?.next();
    queue.throwIfOver();
    // All that was told until now is read now.
    queue.noticed();
    const isGone = queue.isGone;
    const isPast = query.stop !== undefined && now() >= query.stop.seconds * 1000 + STOP_SLACK_MS;
    queue.closeRetired();
    for (const cursor of queue.retired) await drain(cursor, query, { ...options, queue, lastLine: "left" });
    await drainFiles(queue, query, { ...options, isGone });
    queue.throwIfLost();
    if (isGone || isPast) return;
  }
}

/** Reads all that is there to be read; leaves the files that their writer has left. */
async function drainFiles(
  queue: FollowQueue,
  query: RecordQuery,
  options: FollowOptions & { readonly isGone: boolean },
): Promise<void> {
  const { isGone } = options;
  while (true) {
    const [cursor, ...later] = queue.files;
    if (cursor === undefined) return;
    if (cursor.isGzipped) {
      await sendGzipped(cursor, query, { ...options, queue });
      queue.retireFirst();
      continue;
    }
    // Looked at before the file is drained: what was written to it until then is read.
    const isLeft = later.some(({ file, offset }) => file.size() > offset) || (isGone && later.length > 0);
    await drain(cursor, query, { ...options, queue, lastLine: "left" });
    if ((isLeft || isGone) && queue.files[0] === cursor) {
      await drain(cursor, query, { ...options, queue, lastLine: "sent" });
    }
    // It was cut, and what was cut is in a copy.
    if (queue.files[0] !== cursor) continue;
    // The later file may have been none: it was put there, and taken away empty.
    if (!isLeft || queue.files.length === 1) return;
    await closeScan(cursor, options);
    queue.retireFirst();
  }
}

/** What a file of the queue is read with. */
interface DrainOptions extends FollowOptions {
  readonly queue: FollowQueue;
}

/** Sends the records of a rotated file that was compressed before it was seen. What of it cannot be read is lost. */
async function sendGzipped(cursor: Cursor, query: RecordQuery, options: DrainOptions): Promise<void> {
  const { signal, queue } = options;
  const { file, offset } = cursor;
  try {
    // The queue closes it.
    const lent = { path: file.path, size: file.size, read: file.read, [Symbol.dispose]: () => {} };
    using content = await openGzipLog(lent, { signal });
    const size = content.size();
    if (!content.isWhole) {
      queue.lose(file.path, `it is damaged, or too long: ${size} bytes of its content could be read`);
    }
    if (!(await isIntactIn(content, cursor))) return;
    const sink: RecordSink = {
      send: (batch) => sendOnce(cursor, { sink: options.sink, batch }),
      ready: () => options.sink.ready(),
    };
    const run = async (log: LogScan): Promise<void> =>
      void await sendForward(log, { from: offset, to: size }, { lastLine: "sent" });
    if (offset === 0) await streamForward(content, query, { ...options, sink });
    else await scanLog(content, query, { ...options, sink, run });
  } catch (error) {
    if (!(error instanceof LogReadError)) throw error;
    queue.lose(file.path, error.message);
  }
}

/** Sends the records from a place on to the end of its file. */
async function drain(
  cursor: Cursor,
  query: RecordQuery,
  options: DrainOptions & { readonly lastLine: "sent" | "left" },
): Promise<void> {
  const { lastLine, queue } = options;
  while (true) {
    options.signal.throwIfAborted();
    const known = sizeOf(cursor);
    if (wasCut(cursor, known)) {
      await closeScan(cursor, options);
      // What is in the copy comes first.
      if (queue.restart(cursor)) return;
      // It may have been cut after it was asked for its size.
      continue;
    }
    const size = Math.min(known, cursor.limit ?? Infinity);
    if (cursor.offset >= size || !(await isReady(cursor, size, options))) return forgetFound(cursor);
    const { offset } = cursor;
    await readIntact(cursor, options, async (sink) => {
      cursor.log ??= await openScan(freshFile(cursor), query, { ...options, sink });
      const { log } = cursor;
      // What was learnt of the file's end is no longer so.
      log.scan.nextFinal = undefined;
      const done = await sendAtHand(log, sureBytes(cursor, size), offset);
      if (done > 0) return offset + done;
      await log.reader.idle();
      return await sendForward(log, { from: offset, to: size }, { lastLine });
    });
    // What is written from now on is told by another sign.
    if (cursor.offset >= size && !cursor.isCut) return forgetFound(cursor);
    if (cursor.offset > offset || cursor.isCut) continue;
    noteSearched(cursor, size);
    forgetFound(cursor);
    // A format that was told without a whole line is told anew.
    if (offset === 0) await closeScan(cursor, options);
    return;
  }
}

/** The file was cut while it was read: what was read last may lie anywhere in what it holds now. */
class CutError extends Error {
  override readonly name = "CutError";
}

/** Reads on from a place, and moves it to where `read` has come. Nothing is sent that was read from a file after it was cut. */
async function readIntact(
  cursor: Cursor,
  { sink }: FollowOptions,
  read: (sink: RecordSink) => Promise<number>,
): Promise<void> {
  knowHead(cursor);
  const checked: RecordSink = {
    send: (batch) => {
      if (!cursor.isSure && !isIntact(cursor)) throw new CutError();
      return sendOnce(cursor, { sink, batch });
    },
    ready: () => sink.ready(),
  };
  try {
    moveTo(cursor, await read(checked));
  } catch (error) {
    if (!(error instanceof CutError)) throw error;
    cursor.isCut = true;
  }
}

/** Sends rows of a file and counts them; passes over those that were sent of the file that this one is a copy of. */
function sendOnce(cursor: Cursor, { sink, batch }: { readonly sink: RecordSink; readonly batch: RowBatch }): number {
  const passed = Math.min(batch.count, cursor.sentBefore);
  cursor.sentBefore -= passed;
  const sent = passed > 0 ? passed : sink.send(batch);
  cursor.sent += sent;
  return sent;
}

/** Forgets how a file's lines are read. */
async function closeScan(cursor: Cursor, { onSkip }: Pick<FollowOptions, "onSkip">): Promise<void> {
  const { log } = cursor;
  if (log === undefined) return;
  cursor.log = undefined;
  await log.reader.idle();
  onSkip?.(log.scan.skippedLines);
}
