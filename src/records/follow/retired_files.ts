/**
 * The files that a follow has read and left: kept open for a while, and remembered after that.
 *
 * A runtime's last write to a file may come after its first to the next one, so each is kept for two rounds. And its name may come back: a link that is turned
 * to another file and back, a rotation that is undone. Then the follow goes on from where it was.
 *
 * @module
 */
import type { KnownContent } from "../../logs/gzipped_copy.ts";
import { type Cursor, isIntact } from "./cursor.ts";

/** Files that were left. */
export interface RetiredFiles extends Disposable {
  /** Those that are open, in the order in which they were left. */
  open(): readonly Cursor[];
  /** What those held that were closed. */
  contents(): Iterable<KnownContent>;
  /** Keeps a file. */
  keep(cursor: Cursor): void;
  /** A round has passed. */
  tick(): void;
  /**
   * Closes those that were left long enough ago, and those that are in the queue again, which go on as they are. Only for the reader to call, between two
   * reads: a number of a closed file may be another's already.
   */
  forget(queue: readonly Cursor[]): void;
  /** Has a place in a file that was left before go on from there. */
  resume(cursor: Cursor): void;
}

/** Rounds for which a file is kept open. */
const KEPT_TICKS = 2;
/** Files that are remembered. */
const REMEMBERED = 64;

/** What there is to know of how far a file was read. */
type Progress = Pick<
  Cursor,
  "offset" | "marker" | "head" | "sent" | "sentBefore" | "readTo" | "knownSize" | "isCut" | "searchedTo" | "isInLine"
>;

/** None yet. */
export function createRetiredFiles(): RetiredFiles {
  const kept: { readonly cursor: Cursor; ticks: number }[] = [];
  const remembered = new Map<string, Progress>();

  function remember({ file, ...cursor }: Cursor): void {
    file[Symbol.dispose]();
    remembered.delete(file.id);
    remembered.set(file.id, progressOf(cursor));
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  }

  return {
    open: () => kept.map(({ cursor }) => cursor),
    contents: () => remembered.values().map(({ head, offset }) => ({ head, bytes: offset })),
    keep: (cursor) => void kept.push({ cursor, ticks: 0 }),
    tick: () => {
      for (const one of kept) one.ticks++;
    },
    forget: (queue) => {
      for (const one of [...kept]) {
        const { cursor, ticks } = one;
        const again = queue.find(({ file }) => file.id === cursor.file.id);
        if (again === undefined && ticks <= KEPT_TICKS) continue;
        if (again !== undefined) Object.assign(again, progressOf(cursor));
        kept.splice(kept.indexOf(one), 1);
        remember(cursor);
      }
    },
    resume: (cursor) => {
      const { id } = cursor.file;
      const before = kept.find((one) => one.cursor.file.id === id)?.cursor ?? remembered.get(id);
      if (before === undefined) return;
      const progress = progressOf(before);
      // Unless it is another file that got the inode of one that is gone.
      if (isIntact({ ...cursor, ...progress })) Object.assign(cursor, progress);
    },
    [Symbol.dispose]: () => {
      for (const { cursor } of kept) cursor.file[Symbol.dispose]();
    },
  };
}

function progressOf(cursor: Progress): Progress {
  const { offset, marker, head, sent, sentBefore, readTo, knownSize, isCut, searchedTo, isInLine } = cursor;
  return { offset, marker, head, sent, sentBefore, readTo, knownSize, isCut, searchedTo, isInLine };
}
