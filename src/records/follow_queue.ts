/**
 * The files of one followed log: opened as they appear under its name, in their order, however slowly they are read.
 *
 * Owns what a rotation, a retarget, a replacement or a deletion does to the queue; reading the files is the follow's. A look at the name costs a microsecond
 * or two, an event or a round of {@linkcode LogChanges} is the reason for one. When the name leads to another file, that one is opened, and before it those
 * that had the name in between. Files that are left are kept for two rounds: a runtime's last write to one may come after its first to the next.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { LogChanges, Ring } from "../logs/log_changes.ts";
import {
  type LogFolders,
  LogNotFoundError,
  LogReadError,
  openAt,
  openLog,
  type OpenLogFile,
  TooManyFilesError,
} from "../logs/log_file.ts";
import { lookAtLog } from "../logs/log_look.ts";
import { type RotatedFile, rotatedFiles } from "../logs/rotated_files.ts";
import { createPlace, isIntact, moveTo, type Place } from "./follow_place.ts";

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
  readonly left: readonly Place[];
  /** Closes those that were left long enough ago. Only for the reader to call, between two reads: a number of a closed file may be another's already. */
  forgetLeft(): void;
  /** Whether the container is gone: what is there is all. */
  isGone(): boolean;
  /** The first file is done with. */
  leaveFirst(): void;
  /** The reader has made progress. */
  progress(): void;
  /** Resolves at the next sign of a change since it was last asked; rejects with the signal's reason, or with what ended the queue. */
  changed(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Rejects when the queue has failed; never resolves. */
  readonly failed: Promise<never>;
}

/** Rounds for which a file that was left is kept. */
const KEPT_ROUNDS = 2;
/** Attempts at a name that leads to another file each time. */
const OPEN_ATTEMPTS = 3;
/** Files that were left and are remembered, should their name come back. */
const REMEMBERED = 64;

/** Follows a log from an open file on, which it owns from now on. */
export function createFollowQueue(first: OpenLogFile, options: FollowQueueOptions): FollowQueue {
  const { fileName, folders, changes, clock = () => performance.now(), onGap, onIdle } = options;
  const { wakesEveryRound = false, maxFiles = 64, stallMs = 60_000, goneMs = 3_000 } = options;
  const link = join(folders.containerLogsDir, fileName);
  const files: Place[] = [createPlace(first)];
  const left: { readonly place: Place; rounds: number }[] = [];
  const remembered = new Map<string, Pick<Place, "offset" | "marker">>();
  /** The rotated files that were there at the last look at them. */
  let known = new Set<string>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let missingSince: number | undefined;
  let gone = false;
  let progressAt = clock();
  let closed = false;
  let seen = "";
  /** Rounds since the log was first seen as it is. */
  let sameRounds = 0;
  let isNew = true;
  let wake: (() => void) | undefined;
  let watch = changes.watch({ link, folder: dirname(first.path) }, onRing);
  know(rotatedFiles(first.path));

  function know(rotated: readonly RotatedFile[]): void {
    known = new Set(rotated.map(({ key }) => key));
  }

  function newest(): Place {
    return files[files.length - 1] as Place;
  }

  function signalChange(): void {
    isNew = true;
    wake?.();
  }

  function fail(error: unknown): void {
    failure.reject(error);
    signalChange();
  }

  function onRing(ring: Ring): void {
    try {
      look(ring);
    } catch (error) {
      // Where the name cannot be looked at for now, the next round will tell.
      if (!(error instanceof Deno.errors.PermissionDenied)) fail(error);
    }
  }

  function look(ring: Ring): void {
    if (closed) return;
    const found = lookAtLog(link);
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
    if (ring === "round") {
      for (const one of left) one.rounds++;
    }
    checkLimits();
    if (state !== seen) sameRounds = 0;
    else if (ring === "round") sameRounds++;
    // In a round most logs have not changed. Once more is looked at each, though: two changes within one tick of the clock have the same time.
    const isQuiet = sameRounds > 1 && found.kind === "file" && files.length === 1 && left.length === 0;
    if (ring === "event" || wakesEveryRound || !isQuiet) signalChange();
    seen = state;
  }

  /** Closes a file that was left; how far it was read is remembered, should its name come back. */
  function forget(place: Place | undefined): void {
    if (place === undefined) return;
    const { file, offset, marker } = place;
    file[Symbol.dispose]();
    remembered.delete(file.id);
    remembered.set(file.id, { offset, marker });
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  }

  function checkLimits(): void {
    if (files.length === 1) return;
    const stalledMs = clock() - progressAt;
    if (files.length <= maxFiles && stalledMs < stallMs) return;
    const bytes = files.reduce((sum, { file, offset }) => sum + Math.max(0, file.size() - offset), 0);
    if (bytes === 0 && files.length <= maxFiles) return void (progressAt = clock());
    fail(
      new LogLossError(
        `Cannot hold rotated files any longer: ${bytes} bytes in ${files.length} files were not read within ${
          Math.round(stalledMs / 1000)
        } s`,
      ),
    );
  }

  /** Opens what the name leads to now, and what had the name since the last file got it. */
  function openNewest(): void {
    const file = openCurrent();
    if (file === undefined) return;
    if (closed || file.id === newest().file.id) return file[Symbol.dispose]();
    for (const between of openBetween(file)) push(between);
    push(file);
  }

  /** Opens what the name leads to; where there is none any more, what took the place of the newest file. */
  function openCurrent(): OpenLogFile | undefined {
    for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
      try {
        if (lookAtLog(link).kind === "file") return openLog(fileName, folders);
        return openAt(newest().file.path, folders);
      } catch (error) {
        // Moved meanwhile: once more, and then the next look finds whatever comes next.
        if (!(error instanceof LogNotFoundError) && !(error instanceof TooManyFilesError)) throw error;
      }
    }
    return undefined;
  }

  function push(file: OpenLogFile): void {
    // A file that was put under the name and taken away before anything was written to it is none.
    while (files.length > 1 && newest().file.size() === 0 && newest().file.state().links === 0) {
      files.pop()?.file[Symbol.dispose]();
    }
    if (closed || file.id === newest().file.id) return file[Symbol.dispose]();
    const place = createPlace(file);
    const again = files.find((other) => other.file.id === file.id);
    const before = left.find((other) => other.place.file.id === file.id)?.place ?? remembered.get(file.id);
    if (again !== undefined) {
      // The name is back at a file that is still to be read: up to here first, the rest after those that came between.
      again.limit = again.file.size();
      moveTo(place, again.limit);
    } else if (before !== undefined) {
      // Unless it is another file that got the inode of one that is gone.
      const { offset, marker } = before;
      if (isIntact({ ...place, offset, marker })) Object.assign(place, { offset, marker });
    }
    files.push(place);
    watch[Symbol.dispose]();
    watch = changes.watch({ link, folder: dirname(file.path) }, onRing);
  }

  /** The files that had the name after the newest one of the queue and before `file`. */
  function openBetween(file: OpenLogFile): OpenLogFile[] {
    // A link that leads to another folder now: what is rotated there was never this log's.
    const isElsewhere = dirname(file.path) !== dirname(newest().file.path);
    const siblings = rotatedFiles(isElsewhere ? newest().file.path : file.path);
    const place = siblings.findIndex(({ id }) => id === file.id);
    const held = new Set([...files, ...left.map((one) => one.place)].map((one) => one.file.id));
    const older = place < 0 ? siblings : siblings.slice(0, place);
    const fresh = older.filter(({ key }) => !known.has(key));
    know(isElsewhere ? rotatedFiles(file.path) : older);
    const [oldest] = fresh;
    // The newest of the queue has been rotated, too: by its own name, or as a compressed copy.
    if (newest().file.state().links === 0 && oldest !== undefined) {
      if (oldest.gzipped) fresh.shift();
      else onGap?.(newest().file.path, "files were removed before they were seen");
    }
    const opened: OpenLogFile[] = [];
    for (const { path, id, gzipped } of fresh) {
      if (held.has(id)) continue;
      try {
        if (gzipped) onGap?.(path, "it was compressed before it was seen");
        else opened.push(openAt(path, folders));
      } catch (error) {
        if (!(error instanceof LogNotFoundError)) throw error;
        onGap?.(path, "it was removed before it was seen");
      }
    }
    return opened;
  }

  return {
    files,
    get left() {
      return left.map(({ place }) => place);
    },
    forgetLeft: () => {
      while ((left[0]?.rounds ?? 0) > KEPT_ROUNDS) forget(left.shift()?.place);
    },
    failed: failure.promise,
    isGone: () => gone,
    leaveFirst: () => {
      const place = files.shift();
      if (place === undefined || files.length === 0) {
        throw new RangeError("Cannot leave the only file of a followed log");
      }
      place.limit = undefined;
      left.push({ place, rounds: 0 });
      const again = files.find(({ file }) => file.id === place.file.id);
      if (again === undefined) return;
      again.offset = Math.max(again.offset, place.offset);
      moveTo(again, again.offset);
    },
    progress: () => {
      progressAt = clock();
    },
    changed: async ({ signal }) => {
      signal.throwIfAborted();
      if (!isNew) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const onAbort = (): void => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
        wake = resolve;
        onIdle?.();
        try {
          await promise;
        } finally {
          wake = undefined;
          signal.removeEventListener("abort", onAbort);
        }
      }
      isNew = false;
    },
    [Symbol.dispose]: () => {
      closed = true;
      watch[Symbol.dispose]();
      for (const { file } of files) file[Symbol.dispose]();
      for (const { place } of left) place.file[Symbol.dispose]();
    },
  };
}
