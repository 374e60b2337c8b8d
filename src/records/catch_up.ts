/**
 * A catch-up read: a log's records from the first one up to where the log ends when the stream gets there.
 *
 * Reads on until it has reached every follow that is open by then, and not much farther. So a caller who asks for what
 * is there and for what comes next at the same time misses nothing in between. Goes along with a rotation meanwhile.
 *
 * Ends however fast the log is written: the end is asked for once, and after that only new follows move it. An
 * unfinished last line is left to a follow while it may be finished, or else sent as far as it is there.
 *
 * @module
 */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openGzipLog } from "../logs/gzip_log.ts";
import {
  type LogFolders,
  LogNotFoundError,
  LogReadError,
  type OpenLogFile,
  TooManyFilesError,
} from "../logs/log_file.ts";
import { LogCutError, uncutLog } from "../logs/uncut_log.ts";
import { Successors } from "./follow/successors.ts";
import type { Cursor } from "./follow/cursor.ts";
import { sendForward, streamForward } from "./scan/forward.ts";
import { endOfFile, endsLine, linkTarget, type LogPosition } from "./log_position.ts";
import { readOn } from "./scan/read_on.ts";
import { type LogScan, scanLog, type ScanOptions } from "./scan/log_scan.ts";
import type { RecordQuery } from "./query.ts";
import { timeRanges, type TimeRangesOptions } from "./scan/time_ranges.ts";

/**
 * Ticks of the event loop after which an unfinished line is read once more: most lines are being written, and soon
 * finished.
 */
const TICKS_FOR_LINE = 4;

/** After so long an unfinished line stays as it is, as when its writer was killed. */
const UNFINISHED_MS = 1_000;
/** What a stream of the past works with. */
export interface CatchUpOptions extends ScanOptions, Omit<TimeRangesOptions, "direction" | "keepLast"> {
  /** The name of the log's link. */
  readonly fileName: string;
  /** Where logs may lie. */
  readonly folders: LogFolders;
  /**
   * Bytes of the first file that are read before its end is asked for, up to the start of a line. @default what is
   * there now
   */
  readonly size?: number | undefined;
  /** Where the follows begin that are to be reached. @default none */
  readonly follows?: (() => Iterable<LogPosition>) | undefined;
  /** After so long without a write, an unfinished line is not waited for, in milliseconds. @default {1000} */
  readonly unfinishedMs?: number | undefined;
  /**
   * Called with where the stream ends: the start of a line. No follow begins between the last check for follows and
   * this call.
   */
  readonly onEnd?: ((position: LogPosition) => void) | undefined;
  /**
   * Called for each later file that could not be read as a whole, with the reason and the bytes lost, as far as known.
   */
  readonly onGap?: ((path: string, reason: string, lost?: { readonly lostBytes: number }) => void) | undefined;
}

/**
 * Sends the records that the query asks for. Does not close the first file.
 *
 * @throws {LogReadError} when the first file cannot be read; where that happens to a later one, it is a gap
 */
export async function catchUp(first: OpenLogFile, query: RecordQuery, options: CatchUpOptions): Promise<void> {
  const opened = new DisposableStack();
  const reading = new CatchUp(query, options);
  try {
    await reading.send(first, options.size);
    for (let next = reading.takeNext(); next.length > 0; next = reading.takeNext()) {
      for (const { file } of next) opened.use(file);
      const last = next.pop();
      for (const rotated of next) await reading.sendRotated(rotated);
      if (last === undefined || reading.endsInRotated(next.at(-1), last)) break;
      await reading.sendLast(last);
    }
    reading.tellLate();
  } finally {
    opened.dispose();
  }
}

/** One stream of the past. */
class CatchUp {
  readonly #query: RecordQuery;
  readonly #options: CatchUpOptions;
  /** Those that were opened: a follow that begins in another one tells of a rotation. */
  readonly #known = new Set<string>();
  /** The files to go on with, the one that has the name now at the end. */
  #next: Cursor[] = [];
  /** Where the last of them ended before the rest of those before it was read: all in it came after that. */
  #nextEnd = 0;
  /** The files that the log has left, and up to where each was read. */
  readonly #left = new Map<OpenLogFile, number>();
  #hasSeenEnd = false;

  constructor(query: RecordQuery, options: CatchUpOptions) {
    this.#query = query;
    this.#options = options;
  }

  /** What to go on with, once. */
  takeNext(): Cursor[] {
    return this.#next.splice(0);
  }

  /** Sends what is in a file that has the name of the log. */
  async send(file: OpenLogFile, size: number = endOfFile(file).offset): Promise<void> {
    this.#known.add(file.id);
    await scanLog(file, this.#query, {
      ...this.#options,
      run: async (log) => {
        const ranges = timeRanges(log, size, {
          ...this.#options,
          direction: "forward",
          keepLast: true,
        });
        let end = 0;
        for await (const range of ranges) end = await sendForward(log, range, { lastLine: "left" });
        await this.#toEnd(log, file, end);
      },
    });
  }

  /** Sends what is in a file that lost the name before it was seen. */
  sendRotated({ file, isGzipped }: Cursor): Promise<void> {
    const { signal, onGap } = this.#options;
    this.#known.add(file.id);
    return this.#withGaps(file, async () => {
      if (!isGzipped) return void this.#left.set(file, await streamForward(file, this.#query, this.#options));
      // Whoever has opened it closes it.
      const content = await openGzipLog({ ...file, [Symbol.dispose]: () => {} }, { signal });
      try {
        if (!content.isWhole) onGap?.(file.path, "it is damaged, or too long");
        await streamForward(content, this.#query, this.#options);
      } finally {
        content[Symbol.dispose]();
      }
    });
  }

  /**
   * Reports whether the stream ends in the last file that lost the name: a follow began in it or before it, or its
   * writer may still be in it; and none began in the file that has the name now.
   */
  endsInRotated(left: Cursor | undefined, { file }: Cursor): boolean {
    const begins = this.#follows();
    const offset = left && this.#left.get(left.file);
    if (left === undefined || offset === undefined || (begins.length === 0 && this.#nextEnd > 0)) return false;
    if (begins.some(({ id }) => id === file.id || !this.#known.has(id))) return false;
    this.#options.onEnd?.(endOfFile({ ...left.file, size: () => offset }));
    return true;
  }

  /** Tells of what was written to a file after the next one was begun: it would come too late. */
  tellLate(): void {
    for (const [file, end] of this.#left) {
      const lostBytes = file.state().size - end;
      if (lostBytes > 0) this.#options.onGap?.(file.path, "it was written to after it was read", { lostBytes });
    }
  }

  /** Sends what is in the file that has the name now. */
  sendLast({ file }: Cursor): Promise<void> {
    return this.#withGaps(file, () => this.send(uncutLog(file, { direction: "forward" }), this.#nextEnd));
  }

  /** Reads a later file; what of it cannot be read is a gap. */
  async #withGaps({ path }: OpenLogFile, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof LogReadError)) throw error;
      this.#options.onGap?.(path, error.message, { lostBytes: error instanceof LogCutError ? error.lostBytes : 0 });
    }
  }

  /** Goes on from a place where the file ended when its scan began. */
  async #toEnd(log: LogScan, file: OpenLogFile, from: number): Promise<void> {
    let end = from;
    let checkedTo = end;
    /** The start of a line that was sent unfinished. */
    let lineStart: number | undefined;
    let hasWaited = false;
    // Nothing is waited for between the last look at the follows and the end.
    while (true) {
      const to = this.#lastFollowIn(file);
      const isFollowed = to !== undefined;
      if (isFollowed && to > Math.max(end, checkedTo)) {
        // It stays where it is for a follow that begins amid a long line, of which it gives nothing.
        checkedTo = to;
        const next = await readOn(log, end, { to });
        if (next > end) lineStart = undefined;
        end = next;
      } else if ((this.#isInUnknownFile() || !(this.#hasSeenEnd || isFollowed)) && this.#wasRotated(file)) {
        this.#hasSeenEnd = true;
        return void this.#left.set(file, await readOn(log, end, { to: file.size(), lastLine: "sent" }));
      } else if (!this.#hasSeenEnd && !isFollowed) {
        this.#hasSeenEnd = true;
        // Mostly nothing was written since: then there is no more to ask for, nor to wait for.
        if (file.size() === end) return this.#options.onEnd?.({ id: file.id, offset: lineStart ?? end });
        end = await readOn(log, end, { to: endOfFile(file).offset });
      } else if (!hasWaited && file.size() > end && !(this.#follows().length > 0 && this.#isBeingWritten(file))) {
        hasWaited = true;
        const next = await this.#sendUnfinished(log, file, end);
        if (next > end && !endsLine(file, next)) lineStart = end;
        end = next;
      } else {
        return this.#options.onEnd?.({ id: file.id, offset: lineStart ?? end });
      }
    }
  }

  /**
   * Sends the last line as far as it is there, unless it is finished soon or a follow begins before it. Resolves to
   * where that ends.
   */
  async #sendUnfinished(log: LogScan, file: OpenLogFile, from: number): Promise<number> {
    for (let tick = 0; tick < TICKS_FOR_LINE; tick++) await setImmediate();
    this.#options.signal.throwIfAborted();
    const end = await readOn(log, from, { to: from + 1 });
    if (end > from || (this.#follows().length > 0 && this.#isBeingWritten(file))) return end;
    return await readOn(log, from, { to: from + 1, lastLine: "sent" });
  }

  /** Where the last of the follows begins that are in this file; undefined where none is. */
  #lastFollowIn(file: OpenLogFile): number | undefined {
    const offsets = this.#follows().filter(({ id }) => id === file.id).map(({ offset }) => offset);
    return offsets.length === 0 ? undefined : Math.max(...offsets);
  }

  #follows = (): readonly LogPosition[] => [...this.#options.follows?.() ?? []];

  #isInUnknownFile(): boolean {
    return this.#follows().some(({ id }) => !this.#known.has(id));
  }

  #link(): string {
    return join(this.#options.folders.containerLogsDir, this.#options.fileName);
  }

  /**
   * Reports whether more of an unfinished line may come soon. Where the log has gone on to another file, a follow sends
   * it.
   */
  #isBeingWritten({ id }: OpenLogFile): boolean {
    const { unfinishedMs = UNFINISHED_MS } = this.#options;
    const target = linkTarget(this.#link());
    return target?.id !== id || Date.now() - target.modifiedMs < unfinishedMs;
  }

  /**
   * Whether the log has gone on to another file; those to go on with are opened then. It has not while there is nothing
   * in the next one, in which no follow has begun: its writer may still be in this one.
   */
  #wasRotated(file: OpenLogFile): boolean {
    const { fileName, folders, onGap } = this.#options;
    const link = this.#link();
    const target = linkTarget(link);
    if (target === undefined || target.id === file.id) return false;
    try {
      const successors = new Successors(file, { link, fileName, folders, onGap });
      const next = successors.open({ newest: file, held: this.#known, closed: () => [] });
      this.#nextEnd = next.length === 0 ? 0 : endOfFile(next.at(-1)?.file ?? file).offset;
      const isBegun = next.length > 1 || this.#nextEnd > 0 || this.#isInUnknownFile();
      if (!isBegun) next.pop()?.file[Symbol.dispose]();
      this.#next = next;
    } catch (error) {
      if (!(error instanceof LogNotFoundError || error instanceof TooManyFilesError)) throw error;
      onGap?.(file.path, `what came after it cannot be read: ${error.message}`);
    }
    return this.#next.length > 0;
  }
}
