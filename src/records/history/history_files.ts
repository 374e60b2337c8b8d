/**
 * Lists the files that hold a log's earlier content, and finds each again when it is read.
 *
 * The names of the kubelet and of Docker give the order, so no file is opened early. If a file has another name, the
 * first times in all files give the order. Such a file is left out if it is a copy of another one, or was written
 * after the log was opened. Unreadable files are reported.
 *
 * @module
 */
import { type LogFolders, LogNotFoundError, LogReadError, openAt, type OpenLogFile } from "../../logs/log_file.ts";
import { isSameStart, type LogOpening, openingOf } from "../../logs/log_opening.ts";
import { firstTimeIn, type LogStart, readLogStart } from "../../logs/log_start.ts";
import { contentBytes, contentOf, indexAmong, isCopyOf, type KnownContent } from "../../logs/gzipped_copy.ts";
import { type RotatedFile, siblingFiles } from "../../logs/rotated_files.ts";
import { compareTime, type Time } from "../../logs/time.ts";
import type { UncutLog } from "../../logs/uncut_log.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";

/** Settings of the listing. */
export interface HistoryFilesOptions {
  /** The folders in which logs may be. */
  readonly folders: LogFolders;
  /** Ends the listing; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Called for each file that is not whole: with the reason, and the number of lost bytes if it is known. */
  readonly onGap?: ((path: string, reason: string, options?: { readonly lostBytes: number }) => void) | undefined;
  /** The log's first bytes when it was opened. @default its first bytes now */
  readonly opening?: LogOpening | undefined;
}

/** A file that is part of a log's history. */
export interface HistoryFile {
  /** The path of the log. */
  readonly log: string;
  /** The file when it was listed. */
  readonly listed: RotatedFile;
  /** The start of its content, if the listing read it. */
  readonly start?: LogStart | undefined;
  /** The known part of its content, if its name may be given to another file. */
  readonly content?: KnownContent | undefined;
}

/** Lists the history of an open log, oldest first. */
export async function listHistory(live: OpenLogFile, options: HistoryFilesOptions): Promise<HistoryFile[]> {
  const { folders, onGap } = options;
  const log = live.path;
  const { files, omitted } = siblingFiles(log);
  if (omitted > 0) onGap?.(log, `of the files beside it, ${omitted} are too many`);
  const named = files.filter(({ isByRuntime }) => isByRuntime);
  // If the log was rotated since it was opened, it and the newer files are not its history.
  const older = named.slice(0, indexAmong(named, live, folders));
  const others = files.filter(({ isByRuntime, id, size }) => !isByRuntime && id !== live.id && size > 0);
  if (others.length > 0) return byTime(await ownFiles(live, [...older, ...others], options));
  const known = older.map((listed) => ({ log, listed, content: knownContent(listed, folders) }));
  return isInOrder(older) ? known : byTime(await withStarts(known, options));
}

/** Reports whether names and times of change give the same order; they do not if the clock was set back. */
function isInOrder(files: readonly RotatedFile[]): boolean {
  return [true, false].every((gzipped) => {
    const times = files.filter((file) => file.gzipped === gzipped).map((file) => file.modifiedMs);
    return times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
  });
}

/** The known part of a plain file whose name will be given to others: only this identifies it once it is gzipped. */
function knownContent({ path, id, naming, gzipped }: RotatedFile, folders: LogFolders): KnownContent | undefined {
  if (naming === "time" || gzipped) return undefined;
  let file: OpenLogFile | undefined;
  try {
    file = openAt(path, folders);
    return file.id === id ? contentOf(file) : undefined;
  } catch (error) {
    // Opening it to read it reports the error.
    if (error instanceof LogNotFoundError || error instanceof LogReadError) return undefined;
    throw error;
  } finally {
    // The bundle's minifier drops a `using` here.
    file?.[Symbol.dispose]();
  }
}

async function withStarts(files: readonly HistoryFile[], options: HistoryFilesOptions): Promise<HistoryFile[]> {
  const known: HistoryFile[] = [];
  for (const file of files) known.push({ ...file, start: await startOf(file, options) });
  return known;
}

/** Reads the start of a file's content; undefined if it is unreadable. */
export async function startOf(file: HistoryFile, options: HistoryFilesOptions): Promise<LogStart | undefined> {
  return file.start ?? (await examined(file, { ...options, onGap: undefined }))?.start;
}

/** Finds the longest copy of a log that was made before it was truncated. */
export async function findCopy(log: UncutLog, options: HistoryFilesOptions): Promise<HistoryFile | undefined> {
  let best: ExaminedFile | undefined;
  for (const listed of siblingFiles(log.path).files) {
    if (listed.id === log.id || listed.size === 0) continue;
    const known = await examined({ log: log.path, listed }, { ...options, onGap: undefined });
    if (known === undefined || !isSameStart(known.start.head, log.opening.head)) continue;
    if (best === undefined || known.content.bytes > best.content.bytes) best = known;
  }
  return best;
}

/** Reads the first time in the log itself; undefined if it is unreadable. */
export async function firstTimeOf(
  live: OpenLogFile,
  options: { readonly signal: AbortSignal },
): Promise<Readonly<Time> | undefined> {
  try {
    return (await readLogStart(live, options)).time;
  } catch (error) {
    // Reading all of it reports the error.
    if (error instanceof LogReadError) return undefined;
    throw error;
  }
}

/** Sorts files by the first time of each; a file without a time stays after the one before it. */
function byTime(files: readonly HistoryFile[]): HistoryFile[] {
  let last: Readonly<Time> = { seconds: -Infinity, nanos: 0 };
  return files
    .map((file) => ({ file, first: last = file.start?.time ?? last }))
    .sort((a, b) => compareTime(a.first, b.first))
    .map(({ file }) => file);
}

/**
 * Selects the files that are the log's history, and reads their starts: no copies, and no file newer than the log. A
 * file with a name of the runtime is kept whatever it holds.
 */
async function ownFiles(
  live: OpenLogFile,
  files: readonly RotatedFile[],
  options: HistoryFilesOptions,
): Promise<HistoryFile[]> {
  const { onGap, signal, opening = openingOf(live) } = options;
  // The log may have been cut since.
  const liveTime = firstTimeIn(opening.head, live.path) ?? await firstTimeOf(live, { signal });
  const own: HistoryFile[] = [];
  for (const listed of files) {
    const isNamed = listed.isByRuntime;
    const file = { log: live.path, listed };
    const known = await examined(file, isNamed ? { ...options, onGap: undefined } : options);
    if (known === undefined) {
      // Opening it to read it reports the error.
      if (isNamed) own.push(file);
      continue;
    }
    const { start, content } = known;
    // The copy of an empty file.
    if (content.bytes === 0 && start.head.length === 0) continue;
    if (isSameStart(start.head, opening.head)) continue;
    if (start.time === undefined && !isNamed) {
      onGap?.(
        listed.path,
        start.encoding === "unsupported" ? "it is compressed, not by gzip" : "no time is found in it",
      );
      continue;
    }
    const isLater = liveTime !== undefined && start.time !== undefined && compareTime(start.time, liveTime) >= 0;
    if (!isNamed && isLater && listed.modifiedMs >= opening.openedMs - FILE_CLOCK_MS) continue;
    const duplicate = own.findIndex((other) => isSameStart(start.head, other.start?.head));
    if (duplicate < 0) own.push(known);
    // The same content twice: keeps the longer one.
    else if (content.bytes > (own[duplicate]?.content?.bytes ?? 0)) own[duplicate] = known;
  }
  return own;
}

/** By how much a file's time of change may be behind the clock: it is that of the kernel's last tick. */
const FILE_CLOCK_MS = 10;

/** A file with its start. */
interface ExaminedFile extends HistoryFile {
  readonly start: LogStart;
  readonly content: KnownContent;
}

/** Reads the start of a file; undefined if it is unreadable. */
async function examined(file: HistoryFile, options: HistoryFilesOptions): Promise<ExaminedFile | undefined> {
  const { folders, signal, onGap } = options;
  const { listed } = file;
  await nextSlice({ signal });
  let opened: OpenLogFile | undefined;
  try {
    const found = opened = openHistoryFile(file, folders);
    if (found === undefined) return undefined;
    const start = await readLogStart(found, { signal });
    const bytes = start.encoding === "gzip" ? contentBytes(found) : found.size();
    return { ...file, start, content: { head: start.head, bytes } };
  } catch (error) {
    if (!(error instanceof LogReadError || error instanceof LogNotFoundError)) throw error;
    return void onGap?.(listed.path, error.message);
  } finally {
    opened?.[Symbol.dispose]();
  }
}

/**
 * Opens a file of the history under its listed name or its present one; undefined if it is gone.
 *
 * @throws {LogNotFoundError} when it may not be read
 * @throws {TooManyFilesError}
 */
export function openHistoryFile(file: HistoryFile, folders: LogFolders): OpenLogFile | undefined {
  const { log, listed: { path, id, gzipped, naming } } = file;
  const opened = openIfSame(file, path, folders) ?? (gzipped ? undefined : openIfSame(file, `${path}.gz`, folders));
  if (opened !== undefined || naming === "time") return opened;
  for (const other of siblingFiles(log).files) {
    if (other.id !== id && (gzipped || !other.gzipped)) continue;
    const moved = openIfSame(file, other.path, folders);
    if (moved !== undefined) return moved;
  }
  return undefined;
}

/** Opens what has this name now, if that is the file which was listed, or its compressed copy. */
function openIfSame(file: HistoryFile, path: string, folders: LogFolders): OpenLogFile | undefined {
  using opened = new DisposableStack();
  try {
    const found = opened.use(openAt(path, folders));
    if (!isListed(found, file)) return undefined;
    opened.move();
    return found;
  } catch (error) {
    if (!(error instanceof LogNotFoundError) || isThere(path)) throw error;
    return undefined;
  }
}

function isListed(found: OpenLogFile, { listed, content }: HistoryFile): boolean {
  // Such a name is given once.
  if (listed.naming === "time") return true;
  if (found.id !== listed.id) return content !== undefined && isCopyOf(found, content);
  // The inode may be another file's by now.
  if (content === undefined || content.bytes === 0) {
    const { size, modifiedMs } = found.state();
    return size === listed.size && modifiedMs === listed.modifiedMs;
  }
  return isSameStart(openingOf(found).head, content.head) || isCopyOf(found, content);
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}
