/**
 * The texts of files that others replace while the program runs, read again and again: a change counts once two reads
 * in a row have found the same.
 *
 * So a file that is half written is not taken, and neither is one of two files that are replaced at different moments.
 * A file is not read again while its inode, size and times are those of the last read, unless it had changed just
 * before that: within one tick of the clock a change keeps them. Nothing is watched, and nothing happens between two
 * polls: the kubelet replaces a folder by a link, of which watchers are not told.
 *
 * @module
 */
import { readFileText } from "./file_text.ts";

/** A file that has changed within so long may change again without a trace: clocks of file systems tick slowly. */
const FRESH_MS = 2_000;

/** What a file held, or why it could not be read. */
export type TextRead = { readonly text: string } | { readonly error: Error };

/** What is read, and who is told. */
export interface StableTextsOptions {
  /** The longest file, in bytes. */
  readonly maxBytes: number;
  /** The texts that are known, in the order of the paths. */
  readonly known: readonly string[];
  /** Takes the texts when they are others than the known ones, or than it got the last time. */
  readonly onChange: (reads: readonly TextRead[]) => Promise<void> | void;
  /** Reads one file. @default {readFileText} */
  readonly read?: typeof readFileText;
}

/** Files that are read again and again. */
export interface StableTexts {
  /** Reads them all. Not to be called again before it has resolved. */
  poll(): Promise<void>;
}

/** Follows the texts of `paths`. */
export function createStableTexts(paths: readonly string[], options: StableTextsOptions): StableTexts {
  const { maxBytes, onChange, read = readFileText } = options;
  let reported: readonly TextRead[] = options.known.map((text) => ({ text }));
  let last = reported;
  /** What told the files apart when they were read, and had been as they were for a while. */
  let known: readonly string[] = [];

  async function poll(): Promise<void> {
    const stamps = await Promise.all(paths.map(stampOf));
    if (known.length > 0 && stamps.every((stamp, index) => stamp?.text === known[index])) return;
    const reads = await Promise.all(paths.map((path) => readOf(() => read(path, { maxBytes, onlyRegular: true }))));
    const isStable = areSame(reads, last);
    last = reads;
    const isOld = stamps.every((stamp) => stamp !== undefined && Date.now() - stamp.changedMs > FRESH_MS);
    known = isStable && isOld ? stamps.map((stamp) => stamp?.text ?? "") : [];
    if (!isStable || areSame(reads, reported)) return;
    reported = reads;
    await onChange(reads);
  }

  return { poll };
}

/** What tells a file from another one, and from what it was before. */
interface Stamp {
  readonly text: string;
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** Returns nothing for a file that is not there, or without times. */
async function stampOf(path: string): Promise<Stamp | undefined> {
  try {
    const { dev, ino, size, mtime, ctime } = await Deno.stat(path);
    if (mtime === null || ctime === null) return undefined;
    const changedMs = Math.max(mtime.getTime(), ctime.getTime());
    return { text: [dev, ino, size, mtime.getTime(), ctime.getTime()].join(" "), changedMs };
  } catch {
    // The read that follows has the reason.
    return undefined;
  }
}

async function readOf(read: () => Promise<string>): Promise<TextRead> {
  try {
    return { text: await read() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Errors are the same by their class: the size of a file that grows is in the message. */
function areSame(reads: readonly TextRead[], others: readonly TextRead[]): boolean {
  return reads.every((read, index) => {
    const other = others[index];
    if (other === undefined) return false;
    if ("text" in read) return "text" in other && read.text === other.text;
    return "error" in other && read.error.name === other.error.name;
  });
}
