/**
 * The text of a small file that others replace while the program runs: mounted tokens and certificates.
 *
 * Promises the present text, at most `checkMs` old, with one `stat` per check and a read only when something changed.
 * A file that cannot be read for a while keeps its last text (the kubelet swaps such folders under us); one that was
 * never read is an error. Does not watch: nothing happens between two calls.
 *
 * @module
 */

/** How a {@linkcode ChangingFile} is made. */
export interface ChangingFileOptions {
  /** Milliseconds for which a text is taken as fresh. @default {1_000} */
  readonly checkMs?: number;
  /** A clock in milliseconds. @default {performance.now} */
  readonly now?: () => number;
  /** Is told when the file cannot be read and its last text is used. */
  readonly onSkip: (notice: string) => void;
}

/** A file whose text changes. */
export interface ChangingFile {
  /** The present text. Throws what the file system throws, as long as there is no earlier text. */
  text(): Promise<string>;
}

/** Follows the text of `path`; nothing is read before the first call of `text`. */
export function createChangingFile(
  path: string,
  options: ChangingFileOptions,
): ChangingFile {
  const { checkMs = 1_000, now = () => performance.now(), onSkip } = options;
  let known: { readonly text: string; readonly stamp: string } | undefined;
  let checkedAt = -Infinity;

  async function text(): Promise<string> {
    if (known !== undefined && now() - checkedAt < checkMs) return known.text;
    try {
      // The stamp is taken before the text: a swap in between is seen at the next check, at the price of one read.
      const stamp = stampOf(await Deno.stat(path));
      if (known?.stamp !== stamp) {
        known = { text: await Deno.readTextFile(path), stamp };
      }
    } catch (error) {
      if (known === undefined) throw error;
      onSkip(
        `Cannot read ${path}, going on with its earlier text: ${String(error)}`,
      );
    }
    checkedAt = now();
    return known.text;
  }

  return { text };
}

/** Differs whenever the file was replaced or rewritten; `stat` follows the links of a mounted folder. */
function stampOf(info: Deno.FileInfo): string {
  return `${info.dev}:${info.ino}:${info.size}:${info.mtime?.getTime()}`;
}
