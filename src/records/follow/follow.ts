/**
 * A log's records as they are written, for as long as its container lives.
 *
 * Sends each whole line once and in order, whatever is done to the file: a file that was replaced is read to its end
 * before the next one, a line is sent when its line feed is there, or when nothing can follow it any more. Drain,
 * wait, drain: waiting may be wrong in either direction, draining makes it right.
 *
 * @module
 */
import { openGzipLog } from "../../logs/gzip_log.ts";
import { LogReadError, type OpenLogFile } from "../../logs/log_file.ts";
import type { BlockPool } from "../scan/block_pool.ts";
import { sendAtHand, sendForward, streamForward } from "../scan/forward.ts";
import type { RateLimiter } from "../../scheduling/rate_limiter.ts";
import type { OpenPosition } from "../log_position.ts";
import { RotationQueue, type RotationQueueOptions } from "./rotation_queue.ts";
import { Cursor } from "./cursor.ts";
import { type LogScan, scanLog, type ScanOptions } from "../scan/log_scan.ts";
import type { RecordQuery } from "../query.ts";
import type { RecordSink } from "../record_sink.ts";
import type { LastLine } from "../scan/whole_lines.ts";

/** How long after its stop a record may still be written, in milliseconds: clocks and writers are not that exact. */
const STOP_SLACK_MS = 2_000;

/** What a follow works with. */
export interface FollowOptions extends ScanOptions, RotationQueueOptions {
  /**
   * Begin with what is there, with the next whole line that is written, or with the first line that begins at that
   * byte or later.
   */
  readonly from: "start" | "end" | number;
  /**
   * Sends what comes before the file, while the files that follow it are opened as they appear. Called from the start
   * only.
   */
  readonly before?: ((options: ScanOptions) => Promise<void>) | undefined;
  /**
   * Asked for after `before`: a rotated file whose writer may still write to it, and up to where it was read. It is
   * read on before the file; the follow owns it. @default none
   */
  readonly rotated?: (() => OpenPosition | undefined) | undefined;
  /** The node's clock in milliseconds since 1970: a stop that it has passed ends the follow. @default {Date.now} */
  readonly now?: (() => number) | undefined;
  /** Limits how often what is written is read. @default none: each change is read at once */
  readonly rateLimiter?: RateLimiter | undefined;
}

/**
 * Sends the records that the query asks for, and those that are still to be written; resolves when no more can come.
 * Owns the file, and closes it.
 *
 * @throws {LogLossError} when something of what was written cannot be sent, after what can be; when the next file could
 * not be opened for a minute; or when the client is so slow that rotated files cannot be held for it
 * @throws {LogReadError} when a read of the log fails
 * @throws {TooManyFilesError} when there was no descriptor for the next file for a minute
 */
export async function followLog(first: OpenLogFile, query: RecordQuery, options: FollowOptions): Promise<void> {
  const queue = openQueue(first, { ...options, wakesEveryTick: query.stop !== undefined });
  const sink: RecordSink = {
    send: (batch) => options.sink.send(batch),
    ready: async () => {
      await queue.signal.unlessOver(options.sink.ready());
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
    await queue[Symbol.asyncDispose]();
  }
}

/** The queue owns the file once it is there. */
function openQueue(first: OpenLogFile, options: RotationQueueOptions): RotationQueue {
  try {
    return new RotationQueue(first, options);
  } catch (error) {
    first[Symbol.dispose]();
    throw error;
  }
}

async function follow(queue: RotationQueue, query: RecordQuery, options: FollowOptions): Promise<void> {
  const { from, rateLimiter, now = Date.now } = options;
  const { signal } = queue;
  const [first] = queue.files;
  if (first === undefined) throw new RangeError("Cannot follow a log without a file");
  if (from !== "start") {
    first.moveToEnd(from === "end" ? undefined : from);
  } else {
    await options.before?.(options);
    first.noteSize();
  }
  const rotated = options.rotated?.();
  if (rotated !== undefined) {
    const cursor = new Cursor(rotated.file);
    queue.precede(cursor);
    cursor.moveTo(rotated.position.offset);
    queue.signal.notify();
  } else if (from === "start") {
    await first.read(
      options.sink,
      (sink) => streamForward(first.file, query, { ...options, sink, lastLine: "left" }),
    );
  }
  // Made once: a line costs no more than it has to.
  const reading: Reading = { ...options, queue, query, lastLine: "left" };
  while (true) {
    await signal.changed();
    await rateLimiter?.next(options);
    signal.throwIfOver();
    // All that was written until now is read now.
    signal.noticed();
    const isGone = queue.link === "gone";
    const isPast = query.stop !== undefined && now() >= query.stop.seconds * 1000 + STOP_SLACK_MS;
    if (queue.retired.length > 0) await drainRetired(reading);
    await drainFiles(reading, { isGone });
    queue.throwIfLost();
    if (!isGone && !isPast) continue;
    if (options.figures !== undefined) options.figures.followEnd = isGone ? "log removed" : "stop time passed";
    return;
  }
}

/** What a file is read with. */
interface Reading extends FollowOptions {
  readonly queue: RotationQueue;
  readonly query: RecordQuery;
  /** What becomes of a last line that no line feed closes. */
  readonly lastLine: LastLine;
}

/** Reads what was written last to the files that their writer has left. Holds no block of them after that. */
async function drainRetired(reading: Reading): Promise<void> {
  const { queue } = reading;
  await queue.closeRetired();
  for (const cursor of queue.retired) {
    await drain(cursor, reading);
    await cursor.closeScan();
  }
}

/** Reads all that is there, and retires the files that their writer has left. */
async function drainFiles(reading: Reading, { isGone }: { readonly isGone: boolean }): Promise<void> {
  const { queue } = reading;
  while (true) {
    const [cursor, ...later] = queue.files;
    if (cursor === undefined) return;
    if (cursor.isGzipped) {
      await sendGzipped(cursor, reading);
      await retireFirst(reading);
      continue;
    }
    // Asked before the file is drained: what was written to it until then is read.
    const isLeft = later.some(({ file, offset }) => file.size() > offset) || (isGone && later.length > 0);
    await drain(cursor, reading);
    if ((isLeft || isGone) && queue.files[0] === cursor) await drain(cursor, { ...reading, lastLine: "sent" });
    // It was cut, and what was cut is in a copy.
    if (queue.files[0] !== cursor) continue;
    // The later file may have been none: it was put there, and taken away empty.
    if (!isLeft || queue.files.length === 1) return;
    await retireFirst(reading);
  }
}

/** Retires the first file: it was rotated away, and has been read. */
async function retireFirst({ queue, figures }: Reading): Promise<void> {
  if (figures !== undefined) {
    figures.rotatedFiles++;
    figures.rotations++;
  }
  await queue.retireFirst();
}

/** Sends the records of a rotated file that was compressed before it was seen. What of it cannot be read is lost. */
async function sendGzipped(cursor: Cursor, reading: Reading): Promise<void> {
  const { signal, query, queue } = reading;
  const { file, offset } = cursor;
  try {
    // The cursor closes it.
    const lent = { path: file.path, size: file.size, read: file.read, [Symbol.dispose]: () => {} };
    using content = await openGzipLog(lent, { signal });
    const size = content.size();
    if (!content.isWhole) {
      queue.lose(file.path, `it is damaged, or too long: ${size} bytes of its content could be read`);
    }
    if (!(await cursor.isIntactIn(content))) {
      // Only the first bytes were compared when it was opened.
      if (content.isWhole) {
        queue.lose(file.path, "it is no copy of the log that was cut: what was not read of that is lost");
      }
      return;
    }
    const sink = cursor.contentSink(reading.sink);
    const run = async (log: LogScan): Promise<void> =>
      void await sendForward(log, { from: offset, to: size }, { lastLine: "sent" });
    if (offset === 0) await streamForward(content, query, { ...reading, sink });
    else await scanLog(content, query, { ...reading, sink, run });
  } catch (error) {
    if (!(error instanceof LogReadError)) throw error;
    queue.lose(file.path, error.message);
  }
}

/** Sends the records from a cursor on to the end of its file. */
async function drain(cursor: Cursor, reading: Reading): Promise<void> {
  const { lastLine, query, queue, signal, sink } = reading;
  while (true) {
    signal.throwIfAborted();
    const size = cursor.checkSize();
    if (size === undefined) {
      await cursor.closeScan();
      // What is in the copy comes first.
      if (queue.restart(cursor)) return;
      // It may have been cut after it was asked for its size.
      continue;
    }
    const isReady = cursor.offset < size && cursor.isReady(size, reading);
    // Without a tick where that is known at once.
    if (!(typeof isReady === "boolean" ? isReady : await isReady)) {
      if (cursor.state === "cut") continue;
      return cursor.tail.forget();
    }
    const { offset } = cursor;
    await cursor.read(sink, async (checked) => {
      const log = cursor.scan ?? await cursor.openScan(query, { ...reading, sink: checked });
      // What was learnt of the file's end is no longer so.
      log.scan.nextFinal = undefined;
      const done = await sendAtHand(log, cursor.sureBytes(size), offset);
      if (done > 0) return offset + done;
      await log.reader.idle();
      return await sendForward(log, { from: offset, to: size }, { lastLine });
    });
    if (cursor.state === "cut") continue;
    // What is written from now on is another change.
    if (cursor.offset >= size) return cursor.tail.forget();
    if (cursor.offset > offset) continue;
    cursor.noteSearched(size);
    cursor.tail.forget();
    // A format that was found without a whole line is found anew.
    if (offset === 0) await cursor.closeScan();
    return;
  }
}
