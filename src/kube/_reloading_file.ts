/**
 * The text of a small file that others replace while the program runs: mounted tokens and certificates.
 *
 * Promises the text of at most `checkMs` ago. A file that cannot be read for a while, or is blank because somebody is
 * about to write it, keeps its last text (the kubelet swaps such folders under us); one that was never read is an
 * error. It is read, not compared by its times: these files are small, and a swap within one tick of the clock would
 * be missed. Does not watch: nothing happens between two calls.
 *
 * @module
 */
import { KubeConfigError } from "./errors.ts";
import { readFileText } from "../config/file_text.ts";

/** A token has some kilobytes, and the bundle of all public authorities 220 KB. */
const MAX_BYTES = 2 ** 20;

/** How a {@linkcode ReloadingFile} is made. */
export interface ReloadingFileOptions {
  /** Milliseconds for which a text is taken as fresh. @default {1_000} */
  readonly checkMs?: number;
  /** A clock in milliseconds. @default {performance.now} */
  readonly now?: () => number;
  /** Called when the file cannot be read and its last text is used. */
  readonly onSkip: (notice: string) => void;
}

/** A file whose text is read again when it may have changed. */
export interface ReloadingFile {
  /** Returns the present text, never blank. Throws what the file system throws, as long as there is no earlier text. */
  text(): Promise<string>;
}

/** Follows the text of `path`; nothing is read before the first call of `text`. */
export function createReloadingFile(path: string, options: ReloadingFileOptions): ReloadingFile {
  const { checkMs = 1_000, now = () => performance.now(), onSkip } = options;
  let known: { readonly text: string; readonly readAt: number } | undefined;

  async function text(): Promise<string> {
    if (known !== undefined && now() - known.readAt < checkMs) return known.text;
    known = { text: await present(), readAt: now() };
    return known.text;
  }

  async function present(): Promise<string> {
    try {
      const text = await readFileText(path, { maxBytes: MAX_BYTES, onlyRegular: true });
      // A request with a blank token would be an anonymous one.
      if (text.trim() === "") throw new KubeConfigError(`${path} is empty`);
      return text;
    } catch (error) {
      if (known === undefined) throw error;
      onSkip(`Cannot read ${path}, going on with its earlier text: ${String(error)}`);
      return known.text;
    }
  }

  return { text };
}
