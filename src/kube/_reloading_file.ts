/**
 * The text of a small file that others replace while the program runs: mounted tokens and certificates.
 *
 * Promises the text of at most `checkMs` ago. A file that cannot be read for a while, is blank because somebody is
 * about to write it, or holds what cannot be used, keeps its last text, and is reported once (the kubelet swaps such
 * folders under us); one that was never good is an error. It is read, not compared by its times: these files are small,
 * and a swap within one tick of the clock would be missed. Does not watch: nothing happens between two calls.
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
  /** Called once when the file cannot be read or used and its last text is, and again when the reason changes. */
  readonly onSkip: (notice: string) => void;
  /** Throws for a text that cannot be used. @default all that is not blank can */
  readonly check?: (text: string) => void;
}

/** How a text is wanted. */
export interface TextOptions {
  /** Whether to read the file however short ago that was. @default {false} */
  readonly fresh?: boolean | undefined;
}

/** A file whose text is read again when it may have changed. */
export interface ReloadingFile {
  /** Returns the present text, never blank. Throws what is wrong with the file, as long as there is no earlier text. */
  text(options?: TextOptions): Promise<string>;
}

/** Follows the text of `path`; nothing is read before the first call of `text`. */
export function createReloadingFile(path: string, options: ReloadingFileOptions): ReloadingFile {
  const { checkMs = 1_000, now = () => performance.now(), onSkip, check } = options;
  let known: { readonly text: string; readonly readAt: number } | undefined;
  let reported: string | undefined;

  async function text({ fresh = false }: TextOptions = {}): Promise<string> {
    if (!fresh && known !== undefined && now() - known.readAt < checkMs) return known.text;
    known = { text: await present(), readAt: now() };
    return known.text;
  }

  async function present(): Promise<string> {
    try {
      const text = await readFileText(path, { maxBytes: MAX_BYTES, onlyRegular: true });
      if (text !== known?.text) checkText(text);
      reported = undefined;
      return text;
    } catch (error) {
      if (known === undefined) throw error;
      const notice = `Cannot use ${path}, going on with its earlier text: ${String(error)}`;
      if (notice !== reported) onSkip(notice);
      reported = notice;
      return known.text;
    }
  }

  function checkText(text: string): void {
    // A request with a blank token would be an anonymous one.
    if (text.trim() === "") throw new KubeConfigError(`${path} is empty`);
    check?.(text);
  }

  return { text };
}
