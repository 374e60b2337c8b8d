/**
 * The texts of files that others replace while the program runs, read again and again: a change counts once two reads
 * in a row have found the same.
 *
 * So a file that is half written is not taken, and neither is one of two files that are replaced at different moments.
 * Texts are read, not compared by their times: a swap within one tick of the clock would be missed, and so would a
 * link that leads elsewhere. The files are small. Nothing is watched, and nothing happens between two reads: the
 * kubelet replaces a folder by a link, of which watchers are not told.
 *
 * @module
 */
import { readFileText } from "./file_text.ts";

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
}

/** Files that are read again and again. */
export interface StableTexts {
  /** Reads them all. Not to be called again before it has resolved. */
  poll(): Promise<void>;
}

/** Follows the texts of `paths`. */
export function createStableTexts(paths: readonly string[], options: StableTextsOptions): StableTexts {
  const { maxBytes, known, onChange } = options;
  let reported: readonly TextRead[] = known.map((text) => ({ text }));
  let last = reported;

  async function poll(): Promise<void> {
    const reads = await Promise.all(paths.map((path) => readText(path, maxBytes)));
    const isStable = areSame(reads, last);
    last = reads;
    if (!isStable || areSame(reads, reported)) return;
    reported = reads;
    await onChange(reads);
  }

  return { poll };
}

async function readText(path: string, maxBytes: number): Promise<TextRead> {
  try {
    return { text: await readFileText(path, { maxBytes, onlyRegular: true }) };
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
