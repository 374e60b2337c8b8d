/**
 * The files that a follow has read and retired: open for a while, and remembered after that.
 *
 * A runtime's last write to a file may come after its first to the next one, so each is kept open for two polls. And
 * its name may come back, by a link that is turned to another file and back or a rotation that is undone. Then the
 * follow goes on from where it was.
 *
 * @module
 */
import type { KnownContent } from "../../logs/gzipped_copy.ts";
import type { Cursor } from "./cursor.ts";
import type { Progress } from "./progress.ts";

/** Polls for which a file is kept open. */
const KEPT_POLLS = 2;
/** Files that are kept open: more rotations than runtimes make between two polls. */
const MAX_OPEN = 16;
/** Files that are remembered. */
const MAX_REMEMBERED = 64;

interface RetiredFile {
  readonly cursor: Cursor;
  polls: number;
}

/** The retired files of one follow. */
export class RetiredFiles implements AsyncDisposable {
  #open: RetiredFile[] = [];
  readonly #remembered = new Map<string, Progress>();

  /** Those that are open, in the order in which they were retired. */
  open(): readonly Cursor[] {
    return this.#open.map(({ cursor }) => cursor);
  }

  /** What those held that were closed. */
  contents(): Iterable<KnownContent> {
    return this.#remembered.values().map(({ head, offset }) => ({ head, bytes: offset }));
  }

  /** Keeps a file. Its scan must be closed. */
  keep(cursor: Cursor): void {
    this.#open.push({ cursor, polls: 0 });
  }

  /** The log was polled. */
  notePoll(): void {
    for (const one of this.#open) one.polls++;
  }

  /**
   * Closes those that were retired long enough ago, those above the limit, and those that are in the queue again,
   * which go on there. Only for the reader to call, between two reads: the descriptor of a closed file may be
   * another's already.
   */
  async closeOld(queue: readonly Cursor[]): Promise<void> {
    const surplus = this.#open.length - MAX_OPEN;
    const kept: RetiredFile[] = [];
    const old: Cursor[] = [];
    for (const [at, one] of this.#open.entries()) {
      const { cursor, polls } = one;
      const again = queue.find(({ file }) => file.id === cursor.file.id);
      again?.takeOver(cursor);
      if (again === undefined && polls <= KEPT_POLLS && at >= surplus) kept.push(one);
      else old.push(cursor);
    }
    this.#open = kept;
    for (const cursor of old) this.#remember(cursor);
    for (const cursor of old) await cursor[Symbol.asyncDispose]();
  }

  /** Has a cursor go on where its file was when it was retired before. */
  resume(cursor: Cursor): void {
    const { file: { id }, isGzipped } = cursor;
    // A compressed file may have the inode of one that is gone.
    if (isGzipped) return;
    const before = this.#open.find((one) => one.cursor.file.id === id)?.cursor.progress() ?? this.#remembered.get(id);
    if (before !== undefined) cursor.resume(before);
  }

  /** Closes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { cursor } of this.#open) await cursor[Symbol.asyncDispose]();
  }

  #remember(cursor: Cursor): void {
    const { id } = cursor.file;
    this.#remembered.delete(id);
    this.#remembered.set(id, cursor.progress());
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
