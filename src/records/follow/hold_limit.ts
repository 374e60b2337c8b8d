/**
 * How many rotated files are held open for a slow reader, and for how long.
 *
 * @module
 */
import type { Cursor } from "./cursor.ts";
import { LogLossError } from "./log_loss.ts";

/** Milliseconds that a reader may make no progress, and that a file which cannot be opened is tried. */
export const STALL_MS = 60_000;
const MAX_FILES = 64;

/** What can be set. */
export interface HoldLimitOptions {
  /** Files that are held open for a slow reader. @default {64} */
  readonly maxFiles?: number;
  /**
   * Milliseconds that rotated files are held open for a reader that makes no progress, and that a file which cannot be
   * opened is tried.
   *
   * @default {60_000}
   */
  readonly stallMs?: number;
}

/** Why files can be held no longer. */
export interface HoldLoss {
  /** What was held: how much, and how long. */
  readonly held: string;
  /** The error that ends the follow. */
  readonly error: LogLossError;
}

/** The limit of one follow. */
export class HoldLimit {
  readonly #maxFiles: number;
  readonly #stallMs: number;
  #progressMs: number;

  /** Counts from `nowMs` on. */
  constructor({ maxFiles = MAX_FILES, stallMs = STALL_MS }: HoldLimitOptions, nowMs: number) {
    this.#maxFiles = maxFiles;
    this.#stallMs = stallMs;
    this.#progressMs = nowMs;
  }

  /** The reader has made progress. */
  progress(nowMs: number): void {
    this.#progressMs = nowMs;
  }

  /** Returns why these files can be held no longer, if so. The newest one alone is always held. */
  check(files: readonly Cursor[], nowMs: number): HoldLoss | undefined {
    if (files.length === 1) return undefined;
    const isMany = files.length > this.#maxFiles;
    const stalledMs = nowMs - this.#progressMs;
    if (!isMany && stalledMs < this.#stallMs) return undefined;
    const bytes = files.reduce((sum, cursor) => sum + cursor.unreadBytes(), 0);
    if (bytes === 0 && !isMany) {
      this.progress(nowMs);
      return undefined;
    }
    const within = isMany ? "" : ` within ${(stalledMs / 1000).toFixed(0)} s`;
    const held = `${bytes} bytes in ${files.length} files were not read${within}`;
    return { held, error: new LogLossError(`Cannot hold rotated files any longer: ${held}`) };
  }
}
