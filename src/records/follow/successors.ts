/**
 * Which files have had the name of a followed log since one of them: rotated ones, plain or compressed, and the one that has it now.
 *
 * Promises that each is opened once, in their order, whatever names they have got meanwhile; and that `onGap` is told of those that are known to have been
 * and cannot be had any more. Knows files by what is held open, by names that rotations give once, and compressed ones by their content.
 *
 * @module
 */
import { dirname } from "node:path";
import {
  type LogFolders,
  LogNotFoundError,
  openAt,
  openLog,
  type OpenLogFile,
  TooManyFilesError,
} from "../../logs/log_file.ts";
import { statLog } from "../../logs/log_stat.ts";
import { isGzippedCopy, type KnownContent, placeAmong } from "../../logs/gzipped_copy.ts";
import { contentKey, type RotatedFile, rotatedFiles, siblingFiles } from "../../logs/rotated_files.ts";
import { isSameStart } from "../../logs/log_opening.ts";
import { firstTimeIn } from "../../logs/log_start.ts";
import { openCopy } from "./copies.ts";
import { beganAfter, type FileStart, fileStart, sortByStart } from "./follow_start.ts";
import { createCursor, type Cursor } from "./cursor.ts";

/** What is needed to find them. */
export interface SuccessorsOptions {
  /** The log's link. */
  readonly link: string;
  /** The name of the log's link. */
  readonly fileName: string;
  /** Where logs may lie. */
  readonly folders: LogFolders;
  /** Told of what was removed before it could be opened. */
  readonly onGap?: ((path: string, reason: string) => void) | undefined;
}

/** What was read, or is about to be. */
export interface SeenFiles {
  /** The file that had the name last. */
  readonly newest: OpenLogFile;
  /** Its first bytes as they were when it was read: it may have been cut since. @default none */
  readonly head?: Uint8Array;
  /** Which files are held open, that one among them. */
  readonly held: ReadonlySet<string>;
  /** What those held that were closed. */
  readonly closed: () => Iterable<KnownContent>;
}

/** The files of one followed log. */
export interface Successors {
  /**
   * Opens those that had the name after the newest of those that were seen; the last is the one that has it now. None where the name is on its way to
   * another file.
   *
   * @throws {LogNotFoundError} when one of them is there and cannot be opened: none is passed over
   * @throws {TooManyFilesError}
   */
  open(seen: SeenFiles): Cursor[];
  /** Opens the copy that was made of a file before it was cut, where the place had come to in it. */
  copyOf(cut: Cursor): Cursor | undefined;
}

/** What lies beside a file that has the name now. */
interface Between {
  /** The files that are to be known from now on. */
  readonly all: readonly RotatedFile[];
  /** Those that are newer than the newest that was seen, as far as their names tell. */
  readonly fresh: readonly RotatedFile[];
  /** Those that were not seen yet, and that other programs have named: their content tells the order. */
  readonly others: readonly RotatedFile[];
  /** Whether the newest that was seen is among them. */
  readonly hasOwn: boolean;
}

/** A file that was opened, and how it begins. */
interface OpenedFile {
  readonly place: Cursor;
  readonly start: FileStart;
}

/** Rotated files that are remembered: more than any folder has at a time. */
const KNOWN_FILES = 1000;
const NOTHING = new Uint8Array();
/** Attempts at a name that leads to another file each time. */
const OPEN_ATTEMPTS = 3;

/** Knows the files that are there beside the first one, which came before it. */
export function createSuccessors(first: OpenLogFile, options: SuccessorsOptions): Successors {
  const { folders, onGap } = options;
  /** The rotated files that were seen, those that were seen last at the end. */
  let known: readonly string[] = [];
  const before = upTo(first, folders);
  know(before);
  const beside = siblingFiles(first.path).files.filter(({ id }) => id !== first.id);
  // With nothing in it there is nothing to tell by what came before it.
  if (first.size() === 0) know(beside);
  /** How the last file with a time in it began. */
  let lastStart = beside.some(({ isByRuntime, naming }) => !isByRuntime || naming !== "time")
    ? timedStart(first) ?? startOf(before.at(-1), folders)
    : undefined;

  function startOfNewest({ newest, head = NOTHING }: SeenFiles): FileStart {
    const start = timedStart(newest) ?? timed({ head, time: firstTimeIn(head, newest.path) });
    if (start !== undefined) lastStart = start;
    return lastStart ?? fileStart(newest, { isGzipped: false });
  }

  function know(files: readonly RotatedFile[]): void {
    knowKeys(files.map(({ key }) => key));
  }

  function knowKeys(keys: readonly string[]): void {
    known = [...known.filter((key) => !keys.includes(key)), ...keys].slice(-KNOWN_FILES);
  }

  function between(current: OpenLogFile, seen: SeenFiles, begun: FileStart): Between {
    const { newest, held } = seen;
    const isElsewhere = dirname(current.path) !== dirname(newest.path);
    const siblings = siblingFiles(isElsewhere ? newest.path : current.path).files;
    const named = siblings.filter(({ isByRuntime }) => isByRuntime);
    const older = named.slice(0, placeAmong(named, current, folders));
    // A link that leads to another folder now: what is rotated there was never this log's.
    const there = isElsewhere ? siblingFiles(current.path).files : [];
    const isOwn = ({ id }: RotatedFile): boolean => id === newest.id;
    const own = older[placeAmong(older, newest, folders)] ?? siblings.find(isOwn);
    const ownAt = older.findIndex((file) => file === own);
    // Names of the runtime tell that a file is newer than the newest that was seen; otherwise its first time does.
    const isNewer = (file: RotatedFile): boolean =>
      ownAt < 0 || !older.includes(file) ? isBegunAfter(file, begun, folders) : older.indexOf(file) > ownAt;
    // A key that is not a name may be another file's: one with the inode, the size and the time of a file that is gone.
    const isKnown = (file: RotatedFile): boolean =>
      known.includes(file.key) && (file.naming === "time" || !isNewer(file));
    const isSeen = (file: RotatedFile): boolean => held.has(file.id) || file === own || isKnown(file);
    let fresh = older.filter((file) => !isSeen(file));
    if (older.some(({ naming }) => naming === "count")) {
      // Names that are given again: whatever is older than one that was seen is older still.
      const closed = [...seen.closed()];
      const last = older.findLastIndex((file) => isSeen(file) || isGzippedCopy(file, closed, folders));
      fresh = older.slice(last + 1);
    }
    const others = siblings.filter((file) =>
      !file.isByRuntime && file.size > 0 && !isSeen(file) && file.id !== current.id
    );
    return {
      all: [...there, ...siblings.filter(({ isByRuntime }) => !isByRuntime), ...older],
      fresh,
      others,
      hasOwn: own !== undefined,
    };
  }

  function open(seen: SeenFiles): Cursor[] {
    for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt++) {
      const places = openListed(seen);
      if (places !== "moved") return places;
    }
    return [];
  }

  /** Opens them as they are listed now: none where one has got another name meanwhile. */
  function openListed(seen: SeenFiles): Cursor[] | "moved" {
    const { newest } = seen;
    using opened = new DisposableStack();
    const current = openCurrent(newest, options);
    if (current === undefined) return [];
    opened.use(current);
    if (current.id === newest.id) return [];
    const gaps: [path: string, reason: string][] = [];
    const begun = startOfNewest(seen);
    const { all, hasOwn, ...unseen } = between(current, seen, begun);
    // While it has its name, nothing has come after it.
    const isAlone = idAt(newest.path) === newest.id;
    const files: OpenedFile[] = [];
    const unwanted: OpenLogFile[] = [];
    let isFound = hasOwn;
    for (const rotated of isAlone ? [] : [...unseen.others, ...unseen.fresh]) {
      const isOther = !rotated.isByRuntime;
      if (isOther && isBefore(rotated, begun)) continue;
      const place = openRotated(rotated, folders);
      if (place !== undefined) opened.use(place.file);
      // Its name is another file's now, and it has another one.
      if (rotated.naming !== "time" && place?.file.id !== rotated.id && !isGone(rotated, newest)) return "moved";
      if (place === undefined) {
        // Of nothing nothing is lost.
        if (rotated.size > 0) gaps.push([rotated.path, `it was removed before it was read: ${sizeText(rotated)}`]);
        continue;
      }
      const start = fileStart(place.file, place);
      isFound ||= isSameStart(start.head, begun.head);
      const isTold = !isOther && (rotated.naming === "time" || hasOwn);
      if (isTold || (beganAfter(start, begun) ?? true)) files.push({ place, start });
      else unwanted.push(place.file);
    }
    lastStart = files.findLast(({ start }) => start.time !== undefined)?.start ?? lastStart;
    const places = (unseen.others.length > 0 ? sortByStart(files) : files).map(({ place }) => place);
    if (!isFound && files.length > 0 && newest.state().links === 0) {
      gaps.unshift([newest.path, "files that came after it may have been removed before they were read"]);
    }
    const leftBehind = openSkipped(current, newest, folders);
    if (leftBehind !== undefined) places.push(createCursor(opened.use(leftBehind)));
    for (const [path, reason] of gaps) onGap?.(path, reason);
    know(all);
    // Some have been compressed since they were listed.
    knowKeys(places.map(({ file }) => contentKey({ id: file.id, ...file.state() })));
    opened.move();
    for (const file of unwanted) file[Symbol.dispose]();
    return [...places, createCursor(current)];
  }

  function copyOf(cut: Cursor): Cursor | undefined {
    const copy = openCopy(cut, folders);
    if (copy !== undefined) know([copy.rotated]);
    return copy?.place;
  }

  return { open, copyOf };
}

/** The rotated files that came before a file, and itself, should it have been rotated. */
function upTo(file: OpenLogFile, folders: LogFolders): readonly RotatedFile[] {
  const all = rotatedFiles(file.path);
  return all.slice(0, placeAmong(all, file, folders) + 1);
}

function timed(start: FileStart): FileStart | undefined {
  return start.time === undefined ? undefined : start;
}

/** How a file begins, if there is a time in it. */
function timedStart(file: OpenLogFile): FileStart | undefined {
  return timed(fileStart(file, { isGzipped: false }));
}

/** How a rotated file begins, if it can be opened. */
function startOf(rotated: RotatedFile | undefined, folders: LogFolders): FileStart | undefined {
  if (rotated === undefined) return undefined;
  try {
    using file = openAt(rotated.path, folders);
    // Twice in use, or the bundle's minifier drops the `using`.
    return file.size() === 0 ? undefined : fileStart(file, { isGzipped: rotated.gzipped });
  } catch (error) {
    if (error instanceof LogNotFoundError || error instanceof TooManyFilesError) return undefined;
    throw error;
  }
}

/** Whether a rotated file was begun after another one, as far as the times in both tell. */
function isBegunAfter(rotated: RotatedFile, begun: FileStart, folders: LogFolders): boolean {
  if (begun.time === undefined || isBefore(rotated, begun)) return false;
  const start = startOf(rotated, folders);
  return start !== undefined && beganAfter(start, begun) === true;
}

/**
 * Opens what the name leads to; where there is none any more, what took the place of the newest file. None where the name leads elsewhere each time.
 *
 * @throws {LogNotFoundError} when it is there and cannot be opened
 */
function openCurrent(newest: OpenLogFile, { link, fileName, folders }: SuccessorsOptions): OpenLogFile | undefined {
  for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
    const before = statLog(link);
    const path = before.kind === "file" ? link : newest.path;
    const id = before.kind === "file" ? before.id : idAt(path);
    try {
      return before.kind === "file" ? openLog(fileName, folders) : openAt(path, folders);
    } catch (error) {
      if (!(error instanceof LogNotFoundError)) throw error;
      // The same all the time: it is not to be opened. Otherwise it was moved: once more, and then the next look finds what comes next.
      if (id !== undefined && idAt(path) === id) throw error;
    }
  }
  return undefined;
}

/** Which file a path leads to; none where it leads nowhere. */
function idAt(path: string): string | undefined {
  const look = statLog(path);
  return look.kind === "file" ? look.id : undefined;
}

/** Opens what is at a path. @throws {LogNotFoundError} when there is a file, and it cannot be opened */
function openIfThere(path: string, folders: LogFolders): OpenLogFile | undefined {
  const id = idAt(path);
  try {
    return openAt(path, folders);
  } catch (error) {
    if (!(error instanceof LogNotFoundError)) throw error;
    if (id !== undefined && idAt(path) === id) throw error;
    return undefined;
  }
}

/** Opens a rotated file, under its own name or that of the copy which took its place a moment ago. */
function openRotated({ path, gzipped }: RotatedFile, folders: LogFolders): Cursor | undefined {
  const file = openIfThere(path, folders);
  if (file !== undefined) return createCursor(file, { isGzipped: gzipped });
  const gzippedFile = gzipped ? undefined : openIfThere(`${path}.gz`, folders);
  return gzippedFile && createCursor(gzippedFile, { isGzipped: true });
}

/** Whether a file whose name may change is beside the log under no name any more. */
function isGone({ id, path }: RotatedFile, log: OpenLogFile): boolean {
  const { files } = siblingFiles(log.path);
  return !files.some((file) => file.id === id || file.path === path || file.path === `${path}.gz`);
}

/** Whether a file was written for the last time before another one was begun. */
function isBefore({ modifiedMs }: RotatedFile, { time }: FileStart): boolean {
  return time !== undefined && modifiedMs < time.seconds * 1000;
}

function sizeText({ size, gzipped }: RotatedFile): string {
  return gzipped ? `${size} bytes, compressed` : `${size} bytes`;
}

/** What has the name of the newest file in the folder that the link has left, unless that is the newest file itself. */
function openSkipped(current: OpenLogFile, newest: OpenLogFile, folders: LogFolders): OpenLogFile | undefined {
  if (dirname(current.path) === dirname(newest.path)) return undefined;
  const file = openIfThere(newest.path, folders);
  if (file === undefined || (file.id !== newest.id && file.id !== current.id)) return file;
  file[Symbol.dispose]();
  return undefined;
}
