/**
 * The files of one followed log: opened as they appear under its name, in their order, however slowly they are read.
 *
 * Owns what a rotation, a retarget, a replacement or a deletion does to the queue; the follow reads the files. When
 * the link leads to another file, that one is opened, and before it those that had the name in between. A next file
 * that cannot be opened is tried again for a minute; then the loss is reported, once what is open has been read.
 *
 * @module
 */
import { basename, join } from "node:path";
import type { ChangeKind } from "../../logs/log_changes.ts";
import { type LogFolders, LogNotFoundError, type OpenLogFile } from "../../logs/log_file.ts";
import { type LogStat, statLog } from "../../logs/log_stat.ts";
import { ChangeSignal, type ChangeSignalOptions } from "./change_signal.ts";
import { takeCopy } from "./copies.ts";
import { Cursor } from "./cursor.ts";
import { HoldLimit, type HoldLimitOptions, STALL_MS } from "./hold_limit.ts";
import { type LinkState, LinkWatch, type LinkWatchOptions } from "./link_watch.ts";
import { LogLossError } from "./log_loss.ts";
import { createRetries, type Retries } from "./open_retries.ts";
import { RetiredFiles } from "./retired_files.ts";
import { Successors } from "./successors.ts";

const NO_FILES: readonly Cursor[] = [];

/** What a queue works with. */
export interface RotationQueueOptions extends ChangeSignalOptions, HoldLimitOptions, LinkWatchOptions {
  /** The name of the log's link. */
  readonly fileName: string;
  /** Where logs may lie. */
  readonly folders: LogFolders;
  /**
   * Called with each file of which something is lost, and why. The follow ends with a {@linkcode LogLossError} then.
   */
  readonly onGap?: ((path: string, reason: string) => void) | undefined;
  /** Called each time that a file was cut. */
  readonly onCut?: (() => void) | undefined;
  /** Called once for each reason for which the follow cannot go on now; and where what was written last may be lost. */
  readonly onProblem?: ((path: string, reason: string) => void) | undefined;
  /** Whether every poll is a change, for a reader that goes by the clock. @default {false} */
  readonly wakesEveryTick?: boolean;
}

/** The files of a log. A class, since there may be thousands: its methods are the same for all. */
export class RotationQueue implements AsyncDisposable {
  readonly #options: RotationQueueOptions;
  readonly #files: Cursor[];
  readonly #signal: ChangeSignal;
  readonly #link: LinkWatch;
  readonly #successors: Successors;
  /** Made when the first file is retired: most follows never see a rotation. */
  #retired: RetiredFiles | undefined;
  /** Made at the first error. */
  #retries: Retries | undefined;
  /** Ends the follow when all that is there has been read. */
  #loss: Error | undefined;
  readonly #holdLimit: HoldLimit;
  #isClosed = false;

  /** Follows a log from an open file on, which it owns once it is there. */
  constructor(first: OpenLogFile, options: RotationQueueOptions) {
    const { fileName, folders } = options;
    const link = join(folders.containerLogsDir, fileName);
    const onGap = (path: string, reason: string): void => this.lose(path, reason);
    this.#options = options;
    this.#files = [new Cursor(first)];
    this.#successors = new Successors(first, { link, fileName, folders, onGap });
    this.#holdLimit = new HoldLimit(options, this.#now());
    this.#signal = new ChangeSignal(options);
    this.#link = new LinkWatch(link, first, { ...options, onChange: this.#onChange });
  }

  /** The files to read, the one at hand first; never empty. */
  get files(): readonly Cursor[] {
    return this.#files;
  }

  /** The files that were retired a moment ago. */
  get retired(): readonly Cursor[] {
    return this.#retired?.open() ?? NO_FILES;
  }

  /** What waits for the changes. */
  get signal(): ChangeSignal {
    return this.#signal;
  }

  /** What the log's link is. */
  get link(): LinkState {
    return this.#link.state;
  }

  /** Puts a file before all others; owns it. */
  precede(cursor: Cursor): void {
    this.#files.unshift(cursor);
  }

  /** Closes the files that were retired long enough ago; only for the reader to call, between two reads. */
  async closeRetired(): Promise<void> {
    await this.#retired?.closeOld(this.#files);
  }

  /** Retires the first file: its blocks are given back, its descriptor soon after. */
  async retireFirst(): Promise<void> {
    const [cursor, next] = this.#files;
    if (cursor === undefined || next === undefined) {
      throw new RangeError("Cannot retire the only file of a followed log");
    }
    // It stays in the queue until then, or a change meanwhile would open it again.
    await cursor.closeScan();
    this.#files.shift();
    if (cursor.isGzipped) return await cursor[Symbol.asyncDispose]();
    cursor.limitTo(undefined);
    this.#retired ??= new RetiredFiles();
    this.#retired.keep(cursor);
    await this.#retired.closeOld(this.#files);
  }

  /** The reader has made progress. */
  progress(): void {
    this.#holdLimit.progress(this.#now());
  }

  /** Notes that something of a file is lost. The follow ends when it has sent what is there. */
  lose(path: string, reason: string): void {
    this.#options.onGap?.(path, reason);
    this.#endWith(new LogLossError(`Cannot send all that was written to the log: ${basename(path)}: ${reason}`));
  }

  /** Throws what was lost, if something was; for the reader to call when it has read what is there. */
  throwIfLost(): void {
    if (this.#loss !== undefined) throw this.#loss;
  }

  /**
   * Goes back to the start of a file that was cut. Returns whether what was cut is in a copy, the first file from
   * then on.
   *
   * Without a copy, what was not read is lost: at least what its largest size tells.
   */
  restart(cursor: Cursor): boolean {
    const { onCut, onProblem } = this.#options;
    const { path } = cursor.file;
    const unread = cursor.cutBytes();
    const at = this.#files.indexOf(cursor);
    const copy = at < 0 ? undefined : takeCopy(cursor, this.#files) ?? this.#successors.copyOf(cursor);
    onCut?.();
    if (copy !== undefined) this.#files.splice(at, 0, copy);
    else if (unread > 0) this.lose(path, `it was cut before up to ${unread} bytes of it were read`);
    else onProblem?.(path, "it was cut: what was written to it and not read by then is lost");
    cursor.restart();
    return copy !== undefined;
  }

  /** Closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#signal[Symbol.dispose]();
    this.#link[Symbol.dispose]();
    for (const cursor of this.#files) await cursor[Symbol.asyncDispose]();
    await this.#retired?.[Symbol.asyncDispose]();
  }

  get #newest(): Cursor {
    return this.#files[this.#files.length - 1] as Cursor;
  }

  #now(): number {
    return this.#options.clock?.() ?? performance.now();
  }

  #endWith(loss: Error): void {
    this.#loss ??= loss;
    this.#signal.notify();
  }

  readonly #onChange = (kind: ChangeKind, stat: () => LogStat): void => {
    if (this.#isClosed) return;
    // What is done to the name has events of its own.
    if (kind === "written") return this.#signal.notify();
    try {
      this.#update(kind, stat());
      this.#retries = undefined;
    } catch (error) {
      this.#retry(error);
    }
    try {
      if (kind === "poll") this.#retired?.notePoll();
      this.#checkLimits();
    } catch (error) {
      // The caller has other listeners to call.
      this.#signal.fail(error);
    }
  };

  /** Has the next event or poll try again, unless all have failed for too long. */
  #retry(error: unknown): void {
    const { stallMs = STALL_MS, onProblem } = this.#options;
    this.#retries ??= createRetries({
      limitMs: stallMs,
      sinceMs: this.#link.danglingSinceMs ?? this.#now(),
      onError: (reason) => onProblem?.(this.#link.path, reason),
    });
    try {
      const final = this.#retries.failed(error, this.#now());
      if (final !== undefined) this.#endWith(final);
      // What is open may have grown.
      this.#signal.notify();
    } catch (defect) {
      this.#signal.fail(defect);
    }
  }

  #update(kind: ChangeKind, found: LogStat): void {
    const { wakesEveryTick = false } = this.#options;
    if (found.kind === "file") {
      this.#link.noteFile();
      if (found.id !== this.#newest.file.id) this.#openNext();
    } else {
      // The newest file may have been followed by one before its link was taken away.
      if (this.#isReplaced(this.#newest.file.path)) this.#openNext();
      this.#link.noteMissing(found.kind, this.#newest.file);
    }
    // For a client that takes nothing: what is written meanwhile, and cut before it is read, is a loss.
    if (this.#signal.isClientSlow) this.#newest.noteSize();
    const isUnchanged = this.#link.isUnchanged(kind, found);
    // In most polls a log has not changed.
    const isQuiet = isUnchanged && found.kind === "file" && this.#files.length === 1 && this.retired.length === 0;
    if (kind === "event" || wakesEveryTick || !isQuiet) this.#signal.notify();
  }

  /** Reports whether a path leads to another file than the newest one. */
  #isReplaced(path: string): boolean {
    const there = statLog(path);
    return there.kind === "file" && there.id !== this.#newest.file.id;
  }

  #checkLimits(): void {
    const loss = this.#holdLimit.check(this.#files, this.#now());
    if (loss === undefined) return;
    if (!this.#signal.isFailed) this.#options.onGap?.(this.#link.path, loss.held);
    this.#signal.fail(loss.error);
  }

  /**
   * Opens what the name leads to now, and what had the name since the newest file got it.
   *
   * @throws {LogNotFoundError} when the name leads to another file, and none was opened
   */
  #openNext(): void {
    const held = new Set([...this.#files, ...this.retired].map(({ file }) => file.id));
    const { file, head } = this.#newest;
    const closed = (): ReturnType<RetiredFiles["contents"]> => this.#retired?.contents() ?? [];
    const opened = this.#successors.open({ newest: file, head, held, closed });
    for (const cursor of opened) this.#push(cursor);
    if (opened.length > 0 || !this.#isReplaced(this.#link.path)) return;
    throw new LogNotFoundError("the log's files are moved each time that the next one is opened");
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
      const size = again.file.size();
      again.limitTo(size);
      cursor.moveTo(size);
    } else {
      this.#retired?.resume(cursor);
    }
    files.push(cursor);
    this.#link.moveTo(file);
  }
}
