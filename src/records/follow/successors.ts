/**
 * Which files have had the name of a followed log since one of them: rotated ones, plain or compressed, and the one
 * that has it now.
 *
 * Opens each once, in their order, whatever names they have got meanwhile; and reports to `onGap` those that are
 * known to have been there and cannot be had any more. Knows files by what is held open, by names that rotations give
 * once, and compressed ones by their content.
 *
 * @module
 */
import { dirname } from "node:path";
import type { OpenLogFile } from "../../logs/log_file.ts";
import { indexAmong, isGzippedCopy, type KnownContent } from "../../logs/gzipped_copy.ts";
import { contentKey, type RotatedFile, rotatedFiles, siblingFiles } from "../../logs/rotated_files.ts";
import { isSameStart } from "../../logs/log_opening.ts";
import { openCopy } from "./copies.ts";
import { Cursor } from "./cursor.ts";
import {
  beganAfter,
  type FileStart,
  fileStart,
  isOlder,
  rotatedBeganAfter,
  sortByStart,
  startOfHead,
  startOfRotated,
  timedStart,
} from "./file_start.ts";
import { idAt, type LinkName, openCurrent, openInOldFolder, openRotated } from "./name_opening.ts";

/** What is needed to find them. */
export interface SuccessorsOptions extends LinkName {
  /** Called with each file that was removed before it could be opened. */
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

/** What lies beside a file that has the name now. */
interface Between {
  /** The files that are known from now on. */
  readonly all: readonly RotatedFile[];
  /** Those that are newer than the newest that was seen, as far as their names tell. */
  readonly fresh: readonly RotatedFile[];
  /** Those that were not seen yet, and that other programs have named: their content tells the order. */
  readonly others: readonly RotatedFile[];
  /** Whether the newest that was seen is among them. */
  readonly hasOwn: boolean;
}

/** What was opened of the files beside the log. */
interface OpenedFiles {
  /** Those that came after the newest, in their order. */
  readonly cursors: readonly Cursor[];
  /** Those that did not. */
  readonly unwanted: readonly OpenLogFile[];
  /** Those that are gone, and why that matters. */
  readonly gaps: readonly (readonly [path: string, reason: string])[];
}

/** Rotated files that are remembered: more than any folder has at a time. */
const MAX_KNOWN = 1000;
const NOTHING = new Uint8Array();
/** Attempts at a list of files that are moved each time. */
const ATTEMPTS = 3;

/** The files of one followed log. Knows the files that are there beside the first one, which came before it. */
export class Successors {
  readonly #options: SuccessorsOptions;
  /** The keys of the rotated files that were seen, those that were seen last at the end. */
  #known: readonly string[] = [];
  /** How the last file with a time in it began. */
  #lastStart: FileStart | undefined;

  /** Lists what is beside the first file. @throws {TooManyFilesError} */
  constructor(first: OpenLogFile, options: SuccessorsOptions) {
    const { folders } = options;
    this.#options = options;
    const named = rotatedFiles(first.path);
    const at = indexAmong(named, first, folders);
    // Not beside the log any more under any name: all that began after it came after it.
    const gone = at === named.length && first.state().links === 0 ? timedStart(first) : undefined;
    const before = gone === undefined
      ? named.slice(0, at + 1)
      : named.filter((file) => !rotatedBeganAfter(file, gone, folders));
    this.#know(before);
    const beside = siblingFiles(first.path).files.filter(({ id }) => id !== first.id);
    // With nothing in it there is nothing to tell by what came before it, except the runtime's names.
    if (first.size() === 0) this.#know(beside.filter(({ isByRuntime }) => !isByRuntime));
    if (beside.some(({ isByRuntime, naming }) => !isByRuntime || naming !== "time")) {
      this.#lastStart = timedStart(first) ?? startOfRotated(before.at(-1), folders);
    }
  }

  /**
   * Opens those that had the name after the newest of those that were seen; the last is the one that has it now. None
   * where the name is on its way to another file.
   *
   * @throws {LogNotFoundError} when one of them is there and cannot be opened: none is skipped
   * @throws {TooManyFilesError}
   */
  open(seen: SeenFiles): Cursor[] {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const cursors = this.#openListed(seen);
      if (cursors !== "moved") return cursors;
    }
    return [];
  }

  /** Opens the copy that was made of a file before it was cut, at the offset that was reached in it. */
  copyOf(cut: Cursor): Cursor | undefined {
    const copy = openCopy(cut, this.#options.folders);
    if (copy !== undefined) this.#know([copy.rotated]);
    return copy?.cursor;
  }

  /** Opens them as they are listed now: none where one has got another name meanwhile. */
  #openListed(seen: SeenFiles): Cursor[] | "moved" {
    const { folders, onGap } = this.#options;
    const { newest } = seen;
    using opened = new DisposableStack();
    const current = openCurrent(newest, this.#options);
    if (current === undefined) return [];
    opened.use(current);
    if (current.id === newest.id) return [];
    const begun = this.#startOfNewest(seen);
    const between = this.#between(current, { ...seen, begun });
    const files = this.#openBetween(between, { newest, begun, opened });
    if (files === "moved") return "moved";
    const { gaps, unwanted } = files;
    const cursors = [...files.cursors];
    const skipped = openInOldFolder(current, newest, folders);
    if (skipped !== undefined) cursors.push(new Cursor(opened.use(skipped)));
    for (const [path, reason] of gaps) onGap?.(path, reason);
    this.#know(between.all);
    // Some have been compressed since they were listed.
    this.#knowKeys(cursors.map(({ file }) => contentKey({ id: file.id, ...file.state() })));
    opened.move();
    for (const file of unwanted) file[Symbol.dispose]();
    return [...cursors, new Cursor(current)];
  }

  #openBetween(
    { fresh, others, hasOwn }: Between,
    options: { readonly newest: OpenLogFile; readonly begun: FileStart; readonly opened: DisposableStack },
  ): OpenedFiles | "moved" {
    const { folders } = this.#options;
    const { newest, begun, opened } = options;
    const gaps: [path: string, reason: string][] = [];
    const files: { readonly cursor: Cursor; readonly start: FileStart }[] = [];
    const unwanted: OpenLogFile[] = [];
    let isFound = hasOwn;
    // While the newest has its name, nothing has come after it.
    const isAlone = idAt(newest.path) === newest.id;
    for (const rotated of isAlone ? [] : [...others, ...fresh]) {
      const isOther = !rotated.isByRuntime;
      if (isOther && isOlder(rotated, begun)) continue;
      const cursor = openRotated(rotated, folders);
      if (cursor !== undefined) opened.use(cursor.file);
      // Its name is another file's now, and it has another one.
      if (rotated.naming !== "time" && cursor?.file.id !== rotated.id && !isGone(rotated, newest)) return "moved";
      if (cursor === undefined) {
        // Of nothing nothing is lost.
        if (rotated.size > 0) gaps.push([rotated.path, `it was removed before it was read: ${sizeText(rotated)}`]);
        continue;
      }
      const start = fileStart(cursor.file, cursor);
      isFound ||= isSameStart(start.head, begun.head);
      const isOrdered = !isOther && (rotated.naming === "time" || hasOwn);
      if (isOrdered || (beganAfter(start, begun) ?? true)) files.push({ cursor, start });
      else unwanted.push(cursor.file);
    }
    this.#lastStart = files.findLast(({ start }) => start.time !== undefined)?.start ?? this.#lastStart;
    if (!isFound && files.length > 0 && newest.state().links === 0) {
      gaps.unshift([newest.path, "files that came after it may have been removed before they were read"]);
    }
    const sorted = others.length > 0 ? sortByStart(files) : files;
    return { cursors: sorted.map(({ cursor }) => cursor), unwanted, gaps };
  }

  #between(current: OpenLogFile, seen: SeenFiles & { readonly begun: FileStart }): Between {
    const { folders } = this.#options;
    const { newest, held, begun } = seen;
    const isElsewhere = dirname(current.path) !== dirname(newest.path);
    const siblings = siblingFiles(isElsewhere ? newest.path : current.path).files;
    const named = siblings.filter(({ isByRuntime }) => isByRuntime);
    const older = named.slice(0, indexAmong(named, current, folders));
    // A link that leads to another folder now: what is rotated there was never this log's.
    const there = isElsewhere ? siblingFiles(current.path).files : [];
    const own = older[indexAmong(older, newest, folders)] ?? siblings.find(({ id }) => id === newest.id);
    const ownAt = older.findIndex((file) => file === own);
    // Names of the runtime tell that a file is newer than the newest that was seen; otherwise its first time does.
    const isNewer = (file: RotatedFile): boolean =>
      ownAt < 0 || !older.includes(file) ? rotatedBeganAfter(file, begun, folders) : older.indexOf(file) > ownAt;
    // A key that is not a name may be another file's: one with the inode, the size and the time of a file that is gone.
    const isKnown = (file: RotatedFile): boolean =>
      this.#known.includes(file.key) && (file.naming === "time" || !isNewer(file));
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
    const all = [...there, ...siblings.filter(({ isByRuntime }) => !isByRuntime), ...older];
    return { all, fresh, others, hasOwn: own !== undefined };
  }

  #startOfNewest({ newest, head = NOTHING }: SeenFiles): FileStart {
    const start = timedStart(newest) ?? startOfHead(head, newest);
    if (start !== undefined) this.#lastStart = start;
    return this.#lastStart ?? fileStart(newest, { isGzipped: false });
  }

  #know(files: readonly RotatedFile[]): void {
    this.#knowKeys(files.map(({ key }) => key));
  }

  #knowKeys(keys: readonly string[]): void {
    this.#known = [...this.#known.filter((key) => !keys.includes(key)), ...keys].slice(-MAX_KNOWN);
  }
}

/** Reports whether a file whose name may change is beside the log under no name any more. */
function isGone({ id, path }: RotatedFile, log: OpenLogFile): boolean {
  const { files } = siblingFiles(log.path);
  return !files.some((file) => file.id === id || file.path === path || file.path === `${path}.gz`);
}

function sizeText({ size, gzipped }: RotatedFile): string {
  return gzipped ? `${size} bytes, compressed` : `${size} bytes`;
}
