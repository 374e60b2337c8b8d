/**
 * Whether a path still leads to the file that was opened from it.
 *
 * @module
 */
import fs from "node:fs";

/**
 * How many times each file is open at each path. Their paths were checked when they were opened. No other file has the
 * same device and inode as long as they are open.
 */
const openFiles = new Map<string, number>();

/** Reports whether a file is open at a path whose check it has passed. */
export function isOpen(id: string, path: string): boolean {
  return openFiles.has(keyOf(id, path));
}

/** Returns how many files are open; one that is open twice counts twice. */
export function countOpenFiles(): number {
  let sum = 0;
  for (const count of openFiles.values()) sum += count;
  return sum;
}

/** Notes that a file is open at a path, until disposed of. */
export function registerOpen(id: string, path: string): Disposable {
  const key = keyOf(id, path);
  openFiles.set(key, (openFiles.get(key) ?? 0) + 1);
  return {
    [Symbol.dispose]: () => {
      const others = (openFiles.get(key) ?? 1) - 1;
      if (others > 0) openFiles.set(key, others);
      else openFiles.delete(key);
    },
  };
}

function keyOf(id: string, path: string): string {
  return `${id} ${path}`;
}

/** Reports whether two states are of one file. */
export function isSameFile(a: fs.BigIntStats, b: fs.BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** Checks of an opened file's path. */
const CHECKS = 24;

/**
 * Reports whether a path is free of links and leads to the file that was opened from it.
 *
 * There is no way to open a path and forbid links in it (Deno's scoped read permission drops O_NOFOLLOW). A process
 * that can write to a folder on the way may put a link there and remove it again between two checks. So there are
 * many, and which of two questions each one asks is left to chance: a swapper has to guess all of them to have both
 * answered as if nothing had happened. They cost 0.2 ms together.
 */
export function isStillAt(path: string, opened: fs.BigIntStats): boolean {
  const questions = crypto.getRandomValues(new Uint8Array(CHECKS));
  return questions.every((question) =>
    question % 2 === 0 ? fs.realpathSync(path) === path : isSameFile(fs.lstatSync(path, { bigint: true }), opened)
  );
}
