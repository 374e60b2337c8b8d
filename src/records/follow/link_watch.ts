/**
 * The link of a followed log: whether it is there, and which events may have changed where it leads.
 *
 * | state     | the link                                                                     | next            |
 * | --------- | ---------------------------------------------------------------------------- | --------------- |
 * | `present` | leads to a file, or nowhere while the file that it led to is still there     | `missing`       |
 * | `missing` | is not there, or leads nowhere and the file that it led to is removed        | `present` `gone` |
 * | `gone`    | was missing for so long that its container is gone: what was written is all  | `present`       |
 *
 * @module
 */
import { dirname } from "node:path";
import type { ChangeKind, LogChanges } from "../../logs/log_changes.ts";
import { LogNotFoundError, type OpenLogFile, systemErrorText } from "../../logs/log_file.ts";
import { isSameStat, type LogStat, statLog } from "../../logs/log_stat.ts";

const GONE_MS = 3_000;

/** What the link of a followed log is. */
export type LinkState = "present" | "missing" | "gone";

/** What a link is watched with. */
export interface LinkWatchOptions {
  /** Tells when something may have changed. */
  readonly changes: LogChanges;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: (() => number) | undefined;
  /** Milliseconds after which a missing link is gone. @default {3_000} */
  readonly goneMs?: number;
}

/** The watch of one link. */
export class LinkWatch implements Disposable {
  /** The link's path. */
  readonly path: string;
  readonly #options: LinkWatchOptions;
  readonly #onChange: (kind: ChangeKind, stat: () => LogStat) => void;
  #watch: Disposable;
  #missingSince: number | undefined;
  #isGone = false;
  /** Stats the link when it has been missing for long enough: with many follows the next poll may be later. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when the link leads nowhere and the file that it led to has had this size. */
  #dangling: { readonly size: number; readonly sinceMs: number } | undefined;
  #seen: LogStat | undefined;
  /** Polls in which the log was the same. */
  #samePolls = 0;

  /** Calls `onChange` whenever the link, its folder or the file may have changed. */
  constructor(
    path: string,
    file: OpenLogFile,
    options: LinkWatchOptions & { readonly onChange: (kind: ChangeKind, stat: () => LogStat) => void },
  ) {
    this.path = path;
    this.#options = options;
    this.#onChange = options.onChange;
    this.#watch = this.#watchFile(file);
  }

  /** What the link is now. */
  get state(): LinkState {
    if (this.#isGone) return "gone";
    return this.#missingSince === undefined ? "present" : "missing";
  }

  /** Since when it leads nowhere while the file is there. */
  get danglingSinceMs(): number | undefined {
    return this.#dangling?.sinceMs;
  }

  /** Watches the folder of another file from now on. */
  moveTo(file: OpenLogFile): void {
    this.#watch[Symbol.dispose]();
    this.#watch = this.#watchFile(file);
  }

  /** The link leads to a file. */
  noteFile(): void {
    this.#dangling = undefined;
    this.#notePresent();
  }

  /**
   * The link leads nowhere, as for a moment in a rotation. While the newest file is there and grows, it is the log.
   *
   * @throws {LogNotFoundError} when the newest file is there and has not grown for a while
   */
  noteMissing(kind: "no link" | "no target", newest: OpenLogFile): void {
    const { goneMs = GONE_MS } = this.#options;
    if (kind !== "no link" && newest.state().links > 0) {
      this.#notePresent();
      return this.#noteDangling(newest.size());
    }
    this.#missingSince ??= this.#now();
    const leftMs = this.#missingSince + goneMs - this.#now();
    this.#isGone = leftMs <= 0;
    if (!this.#isGone) this.#timer ??= setTimeout(this.#statAgain, leftMs);
  }

  /**
   * Reports whether the log has been the same for more than one poll: two changes within one tick of its clock have the
   * same time.
   */
  isUnchanged(kind: ChangeKind, found: LogStat): boolean {
    if (!isSameStat(found, this.#seen)) this.#samePolls = 0;
    else if (kind === "poll") this.#samePolls++;
    this.#seen = found;
    return this.#samePolls > 1;
  }

  /** Watches no longer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watch[Symbol.dispose]();
  }

  #now(): number {
    const { clock } = this.#options;
    return clock === undefined ? performance.now() : clock();
  }

  #watchFile({ path }: OpenLogFile): Disposable {
    return this.#options.changes.watch({ link: this.path, folder: dirname(path), file: path }, this.#onChange);
  }

  #notePresent(): void {
    if (this.#missingSince === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#missingSince = undefined;
    this.#isGone = false;
  }

  #noteDangling(size: number): void {
    const { goneMs = GONE_MS } = this.#options;
    if (this.#dangling?.size !== size) this.#dangling = { size, sinceMs: this.#now() };
    if (this.#now() - this.#dangling.sinceMs < goneMs) return;
    throw new LogNotFoundError(`failed to access log file ${this.path}: ${systemErrorText("ENOENT")}`);
  }

  readonly #statAgain = (): void => {
    this.#timer = undefined;
    this.#onChange("event", () => statLog(this.path));
  };
}
