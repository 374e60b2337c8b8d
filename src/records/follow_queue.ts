/**
 * The files of one followed log: opened as they appear under its name, in their order, however slowly they are read.
 *
 * Owns what a rotation, a retarget, a replacement or a deletion does to the queue; reading the files is the follow's. A look at the name costs a microsecond
 * or two, an event or a round of {@linkcode LogChanges} is the reason for one. When the name leads to another file, that one is opened, and before it those
 * that had the name in between.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { LogChanges, Ring } from "../logs/log_changes.ts";
import { type LogFolders, LogReadError, type OpenLogFile } from "../logs/log_file.ts";
import { type LogLook, lookAtLog } from "../logs/log_look.ts";
import type { KnownContent } from "../logs/packed_copy.ts";
import { createLeftFiles, type LeftFiles } from "./follow_left.ts";
import { createPlace, moveTo, type Place, unreadBytes } from "./follow_place.ts";
import { createSuccessors } from "./follow_successors.ts";

/** Records that were written cannot be delivered any more. */
export class LogLossError extends LogReadError {
  /** The class, as an error log shows it. */
  override readonly name = "LogLossError";
}

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
  /** Told of what was removed before it could be opened. */
  readonly onGap?: ((path: string, reason: string) => void) | undefined;
  /** Told when all that is known of has been opened and read, and a sign of a change is waited for. */
  readonly onIdle?: (() => void) | undefined;
  /** Whether every round is a sign of a change, for a reader that goes by the clock. @default {false} */
  readonly wakesEveryRound?: boolean;
  /** Files that are held open for a slow reader. @default {64} */
  readonly maxFiles?: number;
  /** Milliseconds that rotated files are held open for a reader that makes no progress. @default {60_000} */
  readonly stallMs?: number;
  /** Milliseconds after which a missing link means that its container is gone. @default {3_000} */
  readonly goneMs?: number;
}

/** The files of a log. */
export interface FollowQueue extends Disposable {
  /** Those to be read, the one at hand first; never empty. */
  readonly files: readonly Place[];
  /** Those that were left a moment ago. */
  left(): readonly Place[];
  /** Closes those that were left long enough ago; only for the reader to call, between two reads. */
  forgetLeft(): void;
  /** Whether the container is gone: what is there is all. */
  isGone(): boolean;
  /** The first file is done with. */
  leaveFirst(): void;
  /** The reader has made progress. */
  progress(): void;
  /** Resolves at the next sign of a change since it was last asked; rejects with what ends the follow. */
  changed(): Promise<void>;
  /** Takes what was told since `changed` resolved as if it had been told before. */
  noticed(): void;
  /** Throws what has ended the follow, if something has: the signal's reason, or what the queue has failed with. */
  throwIfOver(): void;
  /** Settles as what its reader waits for, one at a time; or rejects with what ends the follow before that. */
  unlessOver(waitedFor: Promise<void>): Promise<void>;
}

/** Follows a log from an open file on, which it owns from now on. */
export function createFollowQueue(first: OpenLogFile, options: FollowQueueOptions): FollowQueue {
  const { fileName, folders, changes, signal, clock = () => performance.now(), onGap, onIdle } = options;
  const { wakesEveryRound = false, maxFiles = 64, stallMs = 60_000, goneMs = 3_000 } = options;
  const link = join(folders.containerLogsDir, fileName);
  const files: Place[] = [createPlace(first)];
  /** Made when the first one is left: most follows never see a rotation. */
  let left: LeftFiles | undefined;
  const successors = createSuccessors(first, { link, fileName, folders, onGap });
  let failure: { readonly reason: unknown } | undefined;
  let missingSince: number | undefined;
  let gone = false;
  let troubleSince: number | undefined;
  let progressAt = clock();
  let closed = false;
  let seen = "";
  /** Rounds since the log was first seen as it is. */
  let sameRounds = 0;
  let isNew = true;
  let wake: (() => void) | undefined;
  let giveUp: (() => void) | undefined;
  signal.addEventListener("abort", endWaiting, { once: true });
  let watch = changes.watch({ link, folder: dirname(first.path), file: first.path }, onRing);

  function leftOpen(): readonly Place[] {
    return left?.open() ?? [];
  }

  function newest(): Place {
    return files[files.length - 1] as Place;
  }

  function signalChange(): void {
    isNew = true;
    wake?.();
  }

  function fail(error: unknown): void {
    failure ??= { reason: error };
    endWaiting();
  }

  function endWaiting(): void {
    wake?.();
    giveUp?.();
  }

  /** What has ended the follow. */
  function ending(): { readonly reason: unknown } | undefined {
    return signal.aborted ? { reason: signal.reason } : failure;
  }

  function throwIfOver(): void {
    const ended = ending();
    if (ended !== undefined) throw ended.reason;
  }

  function onRing(ring: Ring, lookAtLink: () => LogLook): void {
    // What is done to the name is told by events of its own.
    if (ring === "written") return void (closed || signalChange());
    try {
      look(ring, lookAtLink());
      troubleSince = undefined;
    } catch (error) {
      if (!isPassing(error)) return fail(error);
      // What is open may have grown; the next round will tell of the rest.
      signalChange();
    }
  }

  /** Whether an error is one that may be none at the next look: the system's, unless it has been so for too long. */
  function isPassing(error: unknown): boolean {
    if (error instanceof Deno.errors.PermissionDenied) return true;
    if (!(error instanceof Error) || typeof (error as { code?: unknown }).code !== "string") return false;
    troubleSince ??= clock();
    return clock() - troubleSince < stallMs;
  }

  function look(ring: Ring, found: LogLook): void {
    if (closed) return;
    const state = found.kind === "file" ? `${found.id} ${found.size} ${found.modifiedMs}` : found.kind;
    if (found.kind === "file") {
      missingSince = undefined;
      gone = false;
      if (found.id !== newest().file.id) openNewest();
    } else {
      // The last file may have been followed by one before its link was taken away.
      const there = lookAtLog(newest().file.path);
      if (there.kind === "file" && there.id !== newest().file.id) openNewest();
      if (found.kind === "no link" || newest().file.state().links === 0) missingSince ??= clock();
      else missingSince = undefined;
      gone = missingSince !== undefined && clock() - missingSince >= goneMs;
    }
    if (ring === "round") left?.passRound();
    checkLimits();
    if (state !== seen) sameRounds = 0;
    else if (ring === "round") sameRounds++;
    // In a round most logs have not changed. Once more is looked at each, though: two changes within one tick of the clock have the same time.
    const isQuiet = sameRounds > 1 && found.kind === "file" && files.length === 1 && leftOpen().length === 0;
    if (ring === "event" || wakesEveryRound || !isQuiet) signalChange();
    seen = state;
  }

  function checkLimits(): void {
    if (files.length === 1) return;
    const stalledMs = clock() - progressAt;
    if (files.length <= maxFiles && stalledMs < stallMs) return;
    const bytes = files.reduce((sum, place) => sum + unreadBytes(place), 0);
    if (bytes === 0 && files.length <= maxFiles) return void (progressAt = clock());
    const within = files.length > maxFiles ? "" : ` within ${Math.round(stalledMs / 1000)} s`;
    const held = `${bytes} bytes in ${files.length} files were not read${within}`;
    fail(new LogLossError(`Cannot hold rotated files any longer: ${held}`));
  }

  /** Opens what the name leads to now, and what had the name since the last file got it. */
  function openNewest(): void {
    const held = new Set([...files, ...leftOpen()].map(({ file }) => file.id));
    const closed = (): Iterable<KnownContent> => left?.contents() ?? [];
    for (const place of successors.open({ newest: newest().file, held, closed })) push(place);
  }

  function push(place: Place): void {
    const { file } = place;
    // A file that was put under the name and taken away before anything was written to it is none.
    while (files.length > 1 && newest().file.size() === 0 && newest().file.state().links === 0) {
      files.pop()?.file[Symbol.dispose]();
    }
    if (closed || file.id === newest().file.id) return file[Symbol.dispose]();
    const again = files.findLast((other) => other.file.id === file.id);
    if (again !== undefined) {
      // The name is back at a file that is still to be read: up to here first, the rest after those that came between.
      again.limit = again.file.size();
      moveTo(place, again.limit);
    } else {
      left?.resume(place);
    }
    files.push(place);
    watch[Symbol.dispose]();
    watch = changes.watch({ link, folder: dirname(file.path), file: file.path }, onRing);
  }

  return {
    files,
    left: leftOpen,
    forgetLeft: () => left?.forget(files),
    noticed: () => {
      isNew = false;
    },
    isGone: () => gone,
    leaveFirst: () => {
      const place = files.shift();
      if (place === undefined || files.length === 0) {
        throw new RangeError("Cannot leave the only file of a followed log");
      }
      if (place.isPacked) return place.file[Symbol.dispose]();
      left ??= createLeftFiles();
      left.keep(place);
      left.forget(files);
      place.limit = undefined;
    },
    progress: () => {
      progressAt = clock();
    },
    throwIfOver,
    unlessOver: async (waitedFor) => {
      throwIfOver();
      await new Promise<void>((resolve, reject) => {
        giveUp = () => reject(ending()?.reason);
        waitedFor.then(resolve, reject);
      });
      giveUp = undefined;
    },
    changed: async () => {
      throwIfOver();
      if (!isNew) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        onIdle?.();
        await promise;
        wake = undefined;
        throwIfOver();
      }
      isNew = false;
    },
    [Symbol.dispose]: () => {
      closed = true;
      signal.removeEventListener("abort", endWaiting);
      watch[Symbol.dispose]();
      for (const { file } of files) file[Symbol.dispose]();
      left?.[Symbol.dispose]();
    },
  };
}
