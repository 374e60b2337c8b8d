/**
 * The files of one followed log: opened as they appear under its name, in their order, however slowly they are read.
 *
 * Owns what a rotation, a retarget, a replacement or a deletion does to the queue; reading the files is the follow's. A look at the name costs a microsecond
 * or two, an event or a round of {@linkcode LogChanges} is the reason for one. When the name leads to another file, that one is opened, and before it those
 * that had the name in between.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { ChangeKind, LogChanges } from "../../logs/log_changes.ts";
import { type LogFolders, LogNotFoundError, type OpenLogFile, systemErrorText } from "../../logs/log_file.ts";
import { isSameStat, type LogStat, statLog } from "../../logs/log_stat.ts";
import type { KnownContent } from "../../logs/gzipped_copy.ts";
import { asCopy } from "./copies.ts";
import { createRetiredFiles, type RetiredFiles } from "./retired_files.ts";
import { LogLossError } from "./log_loss.ts";
import { createCursor, type Cursor, cutBytes, moveTo, noteSize, restart, unreadBytes } from "./cursor.ts";
import { createRetries, type Retries } from "./open_retries.ts";
import { createSuccessors, type Successors } from "./successors.ts";

const MAX_FILES = 64;
const STALL_MS = 60_000;
const GONE_MS = 3_000;

/** What a queue works with. */
export interface FollowQueueOptions {
  /** The name of the log's link. */
  readonly fileName: string;
  /** Where logs may lie. */
  readonly folders: LogFolders;
  /** Tells when to look. */
  readonly changes: LogChanges;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: (() => number) | undefined;
  /** Told of each file of which something is lost, and why: the follow ends with a {@linkcode LogLossError} once it has sent what is there. */
  readonly onGap?: ((path: string, reason: string) => void) | undefined;
  /** Told each time a file was cut. */
  readonly onCut?: (() => void) | undefined;
  /** Told why the follow cannot go on now, once for each reason; and that what was last written to a file may be lost. */
  readonly onProblem?: ((path: string, reason: string) => void) | undefined;
  /** Told when all that is known of has been opened and read, and a sign of a change is waited for. */
  readonly onIdle?: (() => void) | undefined;
  /** Whether every round is a sign of a change, for a reader that goes by the clock. @default {false} */
  readonly wakesEveryTick?: boolean;
  /** Files that are held open for a slow reader. @default {64} */
  readonly maxFiles?: number;
  /** Milliseconds that rotated files are held open for a reader that makes no progress, and that a file which cannot be opened is waited for. @default {60_000} */
  readonly stallMs?: number;
  /** Milliseconds after which a missing link means that its container is gone. @default {3_000} */
  readonly goneMs?: number;
}

/** The files of a log. A class, since there may be thousands: its methods are the same for all. */
export class FollowQueue implements Disposable {
  readonly #options: FollowQueueOptions;
  readonly #link: string;
  readonly #files: Cursor[];
  /** Made when the first one is left: most follows never see a rotation. */
  #retired: RetiredFiles | undefined;
  readonly #successors: Successors;
  #failure: { readonly reason: unknown } | undefined;
  #missingSince: number | undefined;
  /** Looks when the link has been missing for long enough: with many follows the next round may be later. */
  #goneTimer: ReturnType<typeof setTimeout> | undefined;
  #isGone = false;
  /** Made at the first error. */
  #retries: Retries | undefined;
  /** Ends the follow when all that is there has been read. */
  #loss: Error | undefined;
  /** Since when the link leads nowhere and the file that it led to has had this size. */
  #dangling: { readonly size: number; readonly sinceMs: number } | undefined;
  #progressAt: number;
  #isClosed = false;
  /** The log as it was seen last. */
  #seen: LogStat | undefined;
  /** Rounds since the log was first seen as it is. */
  #sameTicks = 0;
  #isNew = true;
  #wake: (() => void) | undefined;
  #giveUp: (() => void) | undefined;
  #watch: Disposable;

  /** Follows a log from an open file on, which it owns from now on. */
  constructor(first: OpenLogFile, options: FollowQueueOptions) {
    const { fileName, folders, signal } = options;
    this.#options = options;
    this.#link = join(folders.containerLogsDir, fileName);
    this.#files = [createCursor(first)];
    this.#successors = createSuccessors(first, { link: this.#link, fileName, folders, onGap: this.#onGap });
    this.#progressAt = this.#now();
    signal.addEventListener("abort", this.#endWaiting, { once: true });
    this.#watch = this.#watchFile(first);
  }

  /** Those to be read, the one at hand first; never empty. */
  get files(): readonly Cursor[] {
    return this.#files;
  }

  /** Those that were left a moment ago. */
  get retired(): readonly Cursor[] {
    return this.#retired?.open() ?? [];
  }

  /** Whether the container is gone: what is there is all. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Closes those that were left long enough ago; only for the reader to call, between two reads. */
  closeRetired(): void {
    this.#retired?.forget(this.#files);
  }

  /** The first file is done with. */
  retireFirst(): void {
    const cursor = this.#files.shift();
    if (cursor === undefined || this.#files.length === 0) {
      throw new RangeError("Cannot leave the only file of a followed log");
    }
    if (cursor.isGzipped) return cursor.file[Symbol.dispose]();
    this.#retired ??= createRetiredFiles();
    this.#retired.keep(cursor);
    this.#retired.forget(this.#files);
    cursor.limit = undefined;
  }

  /** The reader has made progress. */
  progress(): void {
    this.#progressAt = this.#now();
  }

  /** Resolves at the next sign of a change since it was last asked; rejects with what ends the follow. */
  async changed(): Promise<void> {
    this.throwIfOver();
    if (!this.#isNew) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#options.onIdle?.();
      await promise;
      this.#wake = undefined;
      this.throwIfOver();
    }
    this.#isNew = false;
  }

  /** Takes what was told since `changed` resolved as if it had been told before. */
  noticed(): void {
    this.#isNew = false;
  }

  /** Throws what has ended the follow, if something has: the signal's reason, or what the queue has failed with. */
  throwIfOver(): void {
    const ended = this.#ending();
    if (ended !== undefined) throw ended.reason;
  }

  /** Notes that something of a file is lost. The follow ends when it has sent what is there. */
  lose(path: string, reason: string): void {
    this.#options.onGap?.(path, reason);
    this.#endWith(new LogLossError(`Cannot send all that was written to the log: ${basename(path)}: ${reason}`));
  }

  /**
   * Goes back to the start of a file that was cut. Returns whether what was cut is in a copy, which is the first file now.
   *
   * Without a copy, what was not read is lost: at least what its largest size tells.
   */
  restart(cursor: Cursor): boolean {
    const { onCut, onProblem } = this.#options;
    const { path } = cursor.file;
    const unread = cutBytes(cursor);
    const at = this.#files.indexOf(cursor);
    const copy = at < 0 ? undefined : this.#takeCopy(cursor) ?? this.#successors.copyOf(cursor);
    onCut?.();
    if (copy !== undefined) this.#files.splice(at, 0, copy);
    else if (unread > 0) this.lose(path, `it was cut before up to ${unread} bytes of it were read`);
    else onProblem?.(path, "it was cut: what was written to it and not read by then is lost");
    restart(cursor);
    return copy !== undefined;
  }

  /** Takes the copy of a file that was cut out of the queue: it may have been opened as a file that came after it. */
  #takeCopy(cut: Cursor): Cursor | undefined {
    for (const [at, { file, isGzipped }] of this.#files.entries()) {
      if (file.id === cut.file.id) continue;
      const copy = asCopy(cut, file, { isGzipped: isGzipped });
      if (copy === undefined) continue;
      this.#files.splice(at, 1);
      return copy;
    }
    return undefined;
  }

  /** Throws what was lost, if something was; for the reader to call when it has read what is there. */
  throwIfLost(): void {
    if (this.#loss !== undefined) throw this.#loss;
  }

  /** Settles as what its reader waits for, one at a time; or rejects with what ends the follow before that. */
  async unlessOver(waitedFor: Promise<void>): Promise<void> {
    this.throwIfOver();
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = () => reject(this.#ending()?.reason);
      waitedFor.then(resolve, reject);
    });
    this.#giveUp = undefined;
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#options.signal.removeEventListener("abort", this.#endWaiting);
    clearTimeout(this.#goneTimer);
    this.#watch[Symbol.dispose]();
    for (const { file } of this.#files) file[Symbol.dispose]();
    this.#retired?.[Symbol.dispose]();
  }

  get #newest(): Cursor {
    return this.#files[this.#files.length - 1] as Cursor;
  }

  #now(): number {
    const { clock } = this.#options;
    return clock === undefined ? performance.now() : clock();
  }

  #watchFile({ path }: OpenLogFile): Disposable {
    return this.#options.changes.watch({ link: this.#link, folder: dirname(path), file: path }, this.#onChange);
  }

  #signalChange(): void {
    this.#isNew = true;
    this.#wake?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= { reason: error };
    this.#endWaiting();
  }

  readonly #endWaiting = (): void => {
    this.#wake?.();
    this.#giveUp?.();
  };

  /** What has ended the follow. */
  #ending(): { readonly reason: unknown } | undefined {
    const { signal } = this.#options;
    return signal.aborted ? { reason: signal.reason } : this.#failure;
  }

  readonly #onGap = (path: string, reason: string): void => this.lose(path, reason);

  #endWith(loss: Error): void {
    this.#loss ??= loss;
    this.#signalChange();
  }

  readonly #onChange = (ring: ChangeKind, lookAtLink: () => LogStat): void => {
    if (this.#isClosed) return;
    // What is done to the name is told by events of its own.
    if (ring === "written") return this.#signalChange();
    try {
      this.#update(ring, lookAtLink());
      this.#retries = undefined;
    } catch (error) {
      this.#retry(error);
    }
    try {
      if (ring === "round") this.#retired?.tick();
      this.#checkLimits();
    } catch (error) {
      // Whoever calls it has others to call.
      this.#fail(error);
    }
  };

  /** Looks again at the next event or round, unless looks have failed for too long. */
  #retry(error: unknown): void {
    const { stallMs = STALL_MS, onProblem } = this.#options;
    this.#retries ??= createRetries({
      limitMs: stallMs,
      sinceMs: this.#dangling?.sinceMs ?? this.#now(),
      onError: (reason) => onProblem?.(this.#link, reason),
    });
    try {
      const final = this.#retries.failed(error, this.#now());
      if (final !== undefined) this.#endWith(final);
      // What is open may have grown.
      this.#signalChange();
    } catch (defect) {
      this.#fail(defect);
    }
  }

  #update(ring: ChangeKind, found: LogStat): void {
    const { wakesEveryTick = false } = this.#options;
    if (found.kind === "file") {
      this.#noteThere();
      this.#dangling = undefined;
      if (found.id !== this.#newest.file.id) this.#openNewest();
    } else {
      this.#lookForMissing(found);
    }
    // A client that takes nothing: what is written meanwhile, and cut before it is read, is to be told.
    if (this.#giveUp !== undefined) noteSize(this.#newest, this.#newest.file.size());
    if (!isSameStat(found, this.#seen)) this.#sameTicks = 0;
    else if (ring === "round") this.#sameTicks++;
    // In a round most logs have not changed. Once more is looked at each, though: two changes within one tick of the clock have the same time.
    const isAlone = this.#files.length === 1 && this.retired.length === 0;
    const isQuiet = this.#sameTicks > 1 && found.kind === "file" && isAlone;
    if (ring === "event" || wakesEveryTick || !isQuiet) this.#signalChange();
    this.#seen = found;
  }

  /** Looks at the newest file itself, to which the link does not lead now. */
  #lookForMissing(found: LogStat): void {
    const { goneMs = GONE_MS } = this.#options;
    const { file } = this.#newest;
    // The last file may have been followed by one before its link was taken away.
    const there = statLog(file.path);
    if (there.kind === "file" && there.id !== file.id) this.#openNewest();
    if (found.kind !== "no link" && this.#newest.file.state().links > 0) {
      this.#noteThere();
      return this.#noteDangling();
    }
    this.#missingSince ??= this.#now();
    const leftMs = this.#missingSince + goneMs - this.#now();
    this.#isGone = leftMs <= 0;
    if (!this.#isGone) this.#goneTimer ??= setTimeout(this.#lookAgain, leftMs);
  }

  /**
   * The link leads nowhere, as for a moment in a rotation; the file that it led to is there, and as long as it grows, it is the log.
   *
   * @throws {LogNotFoundError} when it has not grown for a while
   */
  #noteDangling(): void {
    const { goneMs = GONE_MS } = this.#options;
    const size = this.#newest.file.size();
    if (this.#dangling?.size !== size) this.#dangling = { size, sinceMs: this.#now() };
    if (this.#now() - this.#dangling.sinceMs < goneMs) return;
    throw new LogNotFoundError(`failed to access log file ${this.#link}: ${systemErrorText("ENOENT")}`);
  }

  #noteThere(): void {
    if (this.#missingSince === undefined) return;
    clearTimeout(this.#goneTimer);
    this.#goneTimer = undefined;
    this.#missingSince = undefined;
    this.#isGone = false;
  }

  readonly #lookAgain = (): void => {
    this.#goneTimer = undefined;
    this.#onChange("event", () => statLog(this.#link));
  };

  #checkLimits(): void {
    const { maxFiles = MAX_FILES, stallMs = STALL_MS } = this.#options;
    const files = this.#files;
    if (files.length === 1) return;
    const stalledMs = this.#now() - this.#progressAt;
    if (files.length <= maxFiles && stalledMs < stallMs) return;
    const bytes = files.reduce((sum, cursor) => sum + unreadBytes(cursor), 0);
    if (bytes === 0 && files.length <= maxFiles) return this.progress();
    const within = files.length > maxFiles ? "" : ` within ${Math.round(stalledMs / 1000)} s`;
    const held = `${bytes} bytes in ${files.length} files were not read${within}`;
    if (this.#failure === undefined) this.#options.onGap?.(this.#link, held);
    this.#fail(new LogLossError(`Cannot hold rotated files any longer: ${held}`));
  }

  /** Opens what the name leads to now, and what had the name since the last file got it. */
  #openNewest(): void {
    const held = new Set([...this.#files, ...this.retired].map(({ file }) => file.id));
    const { file, head } = this.#newest;
    const closed = (): Iterable<KnownContent> => this.#retired?.contents() ?? [];
    for (const cursor of this.#successors.open({ newest: file, head, held, closed })) this.#push(cursor);
  }

  #push(cursor: Cursor): void {
    const { file } = cursor;
    const files = this.#files;
    // A file that was put under the name and taken away before anything was written to it is none.
    while (files.length > 1 && this.#newest.file.size() === 0 && this.#newest.file.state().links === 0) {
      files.pop()?.file[Symbol.dispose]();
    }
    if (this.#isClosed || file.id === this.#newest.file.id) return file[Symbol.dispose]();
    const again = files.findLast((other) => other.file.id === file.id);
    if (again !== undefined) {
      // The name is back at a file that is still to be read: up to here first, the rest after those that came between.
      again.limit = again.file.size();
      moveTo(cursor, again.limit);
    } else {
      this.#retired?.resume(cursor);
    }
    files.push(cursor);
    this.#watch[Symbol.dispose]();
    this.#watch = this.#watchFile(file);
  }
}
