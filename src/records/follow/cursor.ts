/**
 * How far a follow has come in one file: an offset, and what the file held at its start and before the offset.
 *
 * Those bytes tell a file that goes on from one that was cut and has grown again, which its size alone does not.
 *
 * @module
 */
import type { LogFile, OpenLogFile } from "../../logs/log_file.ts";
import { contentBytes } from "../../logs/gzipped_copy.ts";
import type { BlockPool } from "../scan/block_pool.ts";
import type { ScannedFile } from "../scan/block_reader.ts";
import type { LogScan } from "../scan/log_scan.ts";

const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array();
/** So many bytes of the start and before the offset are remembered: more than a line's time, so that no two lines are alike. */
const MARKER_BYTES = 64;

/** A place in an open file. */
export interface Cursor {
  /** The file. */
  readonly file: OpenLogFile;
  /** Whether it is a compressed copy, which nobody writes to: offsets in it mean nothing, it is read as a whole. */
  readonly isGzipped: boolean;
  /** Up to here it is done with: the start of a line. */
  offset: number;
  /** The bytes before the offset. */
  marker: Uint8Array;
  /** The first bytes of the file, as far as they were there when it was read. */
  head: Uint8Array;
  /** Records behind the offset that were sent. */
  sent: number;
  /** Records behind the offset that are to be passed over: they were sent from the file that this one is a copy of. */
  sentBefore: number;
  /** Up to here it has been read. */
  readTo: number;
  /** The largest size that it was seen to have. */
  knownSize: number;
  /** Whether the file was found to be cut while it was read. */
  isCut: boolean;
  /** Up to here a line feed has been looked for in vain. */
  searchedTo: number;
  /** Whether the offset is in the middle of a line whose rest is not wanted. */
  isInLine: boolean;
  /** Where another place in the same file begins; what is behind it is that one's. */
  limit: number | undefined;
  /** What was found from some offset on to the end of the file when it was asked for its size: mostly all that is to be read then. */
  found: { readonly from: number; readonly bytes: Uint8Array } | undefined;
  /** Whether all that was read since the file was last found to be intact had been read by then. */
  isSure: boolean;
  /** How its lines are read, once there was one. */
  log: LogScan | undefined;
}

/** The start of a file. */
export function createCursor(file: OpenLogFile, options: { readonly isGzipped?: boolean } = {}): Cursor {
  return {
    file,
    isGzipped: options.isGzipped ?? false,
    offset: 0,
    marker: new Uint8Array(),
    head: new Uint8Array(),
    sent: 0,
    sentBefore: 0,
    readTo: 0,
    knownSize: 0,
    isCut: false,
    searchedTo: 0,
    isInLine: false,
    limit: undefined,
    found: undefined,
    isSure: false,
    log: undefined,
  };
}

/** The same place in a copy of its file. */
export function placeInCopy(cursor: Cursor, copy: OpenLogFile, options: { readonly isGzipped?: boolean } = {}): Cursor {
  const { offset, marker, head, sent, sentBefore, isInLine } = cursor;
  return {
    ...createCursor(copy, options),
    offset,
    marker,
    head,
    isInLine,
    sentBefore: sentBefore + sent,
    readTo: offset,
    searchedTo: offset,
  };
}

/** How many bytes of the file were not read. */
export function unreadBytes({ file, offset, isGzipped }: Cursor): number {
  return isGzipped ? contentBytes(file) : Math.max(0, file.size() - offset);
}

/** Notes a size that the file has. */
export function noteSize(cursor: Cursor, size: number): void {
  cursor.knownSize = Math.max(cursor.knownSize, size);
}

/** How many bytes of a file that was cut are known to have been written, and were not read: at most, when it was cut while it was read. */
export function cutBytes({ knownSize, readTo }: Cursor): number {
  return Math.max(0, knownSize - readTo);
}

/** Goes on to an offset up to which the file has been read. */
export function moveTo(cursor: Cursor, offset: number): void {
  cursor.readTo = offset;
  const sure = cursor.isSure ? foundMarker(cursor, offset) : undefined;
  const length = Math.min(MARKER_BYTES, offset);
  const marker = sure ?? bytesAt(cursor, offset - length, length);
  const head = headOf(cursor);
  // Only now: what is remembered is then from before a cut, or the cut is seen.
  if (sure === undefined && (!isIntact(cursor) || marker.length < length)) {
    cursor.isCut = true;
    return;
  }
  cursor.offset = offset;
  cursor.sent = 0;
  cursor.searchedTo = offset;
  cursor.marker = marker;
  cursor.head = head;
  cursor.isCut = false;
}

/** Bytes that take less time to be read at once than to be asked for in another thread. */
const FRESH_BYTES = 64 * 1024;

/** What is behind an offset is looked for here. */
const looked = new Uint8Array(FRESH_BYTES);

/** What was found from byte `position` on; undefined where that was not looked for. */
function foundBytes({ found }: Cursor, position: number): Uint8Array | undefined {
  const at = position - (found?.from ?? Infinity);
  return found !== undefined && at >= 0 && at <= found.bytes.length ? found.bytes.subarray(at) : undefined;
}

/** The bytes before an offset, as far as they are remembered and were found; undefined where they were not. */
function foundMarker(cursor: Cursor, offset: number): Uint8Array | undefined {
  const { marker } = cursor;
  const length = offset - cursor.offset;
  const passed = foundBytes(cursor, cursor.offset)?.subarray(0, length);
  if (passed?.length !== length) return undefined;
  if (length >= MARKER_BYTES) return passed.slice(-MARKER_BYTES);
  const kept = marker.subarray(Math.max(0, marker.length + length - MARKER_BYTES));
  const next = new Uint8Array(kept.length + length);
  next.set(kept);
  next.set(passed, kept.length);
  return next;
}

/**
 * The size of the file: by what there is to be read from the offset on, if that is little; to ask for it takes five times as long. With it comes what is
 * before the offset, which tells whether the file was cut.
 */
export function sizeOf(cursor: Cursor): number {
  const { file, offset, marker } = cursor;
  const before = marker.length;
  const read = file.peek(looked, offset - before);
  const isAll = read > before && read < looked.length;
  cursor.found = isAll ? { from: offset, bytes: looked.slice(before, read) } : undefined;
  if (!isAll) return file.size();
  cursor.isCut ||= !holds(looked, marker);
  return offset - before + read;
}

/** What was found from the offset on and is sure, before byte `size`: mostly all that is to be read; empty where nothing was. */
export function sureBytes(cursor: Cursor, size: number): Uint8Array {
  const { offset, isSure } = cursor;
  return isSure ? foundBytes(cursor, offset)?.subarray(0, size - offset) ?? NOTHING : NOTHING;
}

/** The file of a place, for a reader who is told up to where it goes: what was found is not read again. */
export function freshFile(cursor: Cursor): ScannedFile {
  const { file } = cursor;
  const take = (into: Uint8Array, position: number): number | undefined => {
    const bytes = foundBytes(cursor, position)?.subarray(0, into.length);
    if (bytes === undefined) cursor.isSure = false;
    else into.set(bytes);
    return bytes?.length;
  };
  return {
    ...file,
    // What others have read of it is no more sure than what is read now.
    get id() {
      return cursor.isSure ? undefined : file.id;
    },
    peek: (into, position) => take(into, position) ?? file.peek(into, position),
    read: async (into, position) => take(into, position) ?? await file.read(into, position),
  };
}

/** Forgets what was found. */
export function forgetFound(cursor: Cursor): void {
  cursor.found = undefined;
}

/** Remembers the first bytes of the file: to be called before more of it is read. */
export function knowHead(cursor: Cursor): void {
  cursor.head = headOf(cursor);
}

/** The first bytes, more of them than were remembered where there are more; not those of a file that was cut since. */
function headOf(cursor: Cursor): Uint8Array {
  const { head } = cursor;
  if (head.length >= MARKER_BYTES) return head;
  const bytes = foundBytes(cursor, 0)?.slice(0, MARKER_BYTES) ?? bytesAt(cursor, 0, MARKER_BYTES);
  return holds(bytes, head) ? bytes : head;
}

/** Whether the file still holds what it held when it was read. */
export function isIntact(cursor: Cursor): boolean {
  const { head, marker, offset } = cursor;
  return holdsAt(cursor, 0, head) && holdsAt(cursor, offset - marker.length, marker);
}

/** Whether what was before the offset is there in the content of a compressed copy, too. */
export async function isIntactIn(content: LogFile, { marker, offset }: Cursor): Promise<boolean> {
  const bytes = new Uint8Array(marker.length);
  return await content.read(bytes, offset - marker.length) === bytes.length && holds(bytes, marker);
}

/** A few bytes of the file: a copy, which takes a third of the memory of what a file was read into. */
function bytesAt({ file }: Cursor, position: number, length: number): Uint8Array {
  return length === 0 ? new Uint8Array() : looked.slice(0, file.peek(looked.subarray(0, length), position));
}

function holdsAt({ file }: Cursor, position: number, bytes: Uint8Array): boolean {
  const { length } = bytes;
  return length === 0 || (file.peek(looked.subarray(0, length), position) === length && holds(looked, bytes));
}

/** Whether what was read begins with these bytes. */
function holds(read: Uint8Array, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (read[at] !== bytes[at]) return false;
  return true;
}

/** Goes on from an offset, or from the end of the file; a line that has begun before that is not wanted. */
export function moveToEnd(cursor: Cursor, offset: number = cursor.file.size()): void {
  moveTo(cursor, offset);
  cursor.isInLine = cursor.marker.length > 0 && cursor.marker.at(-1) !== LINE_FEED;
}

/** Goes back to the start of a file that was cut: what it holds now is new. */
export function restart(cursor: Cursor): void {
  Object.assign(cursor, createCursor(cursor.file));
}

/** Notes that there is no whole line before byte `size`, if it was in the file at all: one that was cut at its start may hold another line there. */
export function noteSearched(cursor: Cursor, size: number): void {
  if (cursor.head.length > 0) cursor.searchedTo = size;
}

/**
 * Whether the file was cut, as its size and content now tell. Neither size nor time are enough: a file may be cut and grow to the same size within one tick of
 * the clock that its time is taken from.
 */
export function wasCut(cursor: Cursor, size: number): boolean {
  if (cursor.isCut || size < cursor.offset) return true;
  // What is before the offset was read with what was found.
  if (cursor.found === undefined ? !isIntact(cursor) : !holdsAt(cursor, 0, cursor.head)) return true;
  // What was found was read before that was looked at.
  cursor.isSure = true;
  noteSize(cursor, size);
  return false;
}

/** Where searches borrow their buffer. */
export interface SearchOptions {
  /** Where blocks come from. */
  readonly pool: BlockPool;
  /** Ends the search. */
  readonly signal: AbortSignal;
}

/**
 * Whether there is something to be read before byte `size`: a whole line, if only those are wanted. Passes over the rest of a line that is not wanted, and
 * over NUL, which is what a file that was cut begins with when its writer goes on where it was.
 */
export async function isReady(
  cursor: Cursor,
  size: number,
  options: SearchOptions & { readonly lastLine: "sent" | "left" },
): Promise<boolean> {
  if (cursor.isInLine) {
    const feed = await find(cursor, {
      ...options,
      from: cursor.offset,
      to: size,
      isWanted: (byte) => byte === LINE_FEED,
    });
    moveTo(cursor, feed === undefined ? size : feed + 1);
    cursor.isInLine = feed === undefined;
  }
  if (cursor.offset < size && firstByte(cursor) === 0) {
    moveTo(
      cursor,
      await find(cursor, { ...options, from: cursor.offset, to: size, isWanted: (byte) => byte !== 0 }) ?? size,
    );
  }
  if (cursor.offset >= size) return false;
  if (options.lastLine === "sent" || cursor.searchedTo === cursor.offset) return true;
  // The line was looked at before, and had no end then – unless the file was cut within it.
  const from = cursor.searchedTo <= size ? cursor.searchedTo : cursor.offset;
  const feed = await find(cursor, { ...options, from, to: size, isWanted: (byte) => byte === LINE_FEED });
  cursor.searchedTo = feed === undefined ? size : cursor.offset;
  return feed !== undefined;
}

function firstByte(cursor: Cursor): number | undefined {
  return (foundBytes(cursor, cursor.offset) ?? bytesAt(cursor, cursor.offset, 1))[0];
}

interface Wanted extends SearchOptions {
  readonly from: number;
  readonly to: number;
  readonly isWanted: (byte: number) => boolean;
}

/** The offset of the first byte that is wanted. */
async function find(cursor: Cursor, options: Wanted): Promise<number | undefined> {
  const { pool, signal, from, to, isWanted } = options;
  const known = foundBytes(cursor, from);
  if (known !== undefined) {
    const at = known.subarray(0, to - from).findIndex(isWanted);
    return at < 0 ? undefined : from + at;
  }
  for (let offset = from; offset < to;) {
    using lent = await pool.take({ signal });
    const { bytes } = lent.item;
    const part = bytes.subarray(0, Math.min(bytes.length, to - offset));
    const read = await cursor.file.read(part, offset);
    signal.throwIfAborted();
    if (read === 0) return undefined;
    const at = part.subarray(0, read).findIndex(isWanted);
    if (at >= 0) return offset + at;
    offset += read;
    // Once more, or the bundle's minifier drops the `using`.
    void lent;
  }
  return undefined;
}
