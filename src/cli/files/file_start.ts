/**
 * The kind of a file by its first bytes: text, its encoding, or the format it is compressed with.
 *
 * @module
 */

/** The kind of a file. */
export type FileStart =
  /** Text behind `skip` bytes: a byte order mark. */
  | { readonly kind: "text"; readonly skip: number }
  /** Text in another encoding, whose byte order mark its decoder takes. */
  | { readonly kind: "encoded"; readonly encoding: "utf-16le" | "utf-16be" }
  /** Compressed text that we read. */
  | { readonly kind: "gzip" }
  /**
   * Compressed text that we do not read: the name of its format, and a program that writes the text to standard output.
   */
  | { readonly kind: "compressed"; readonly name: string; readonly program: string }
  /** More bytes are needed to tell. */
  | { readonly kind: "unclear" };

/** Any byte. */
const ANY = -1;

const TEXT: FileStart = { kind: "text", skip: 0 };

const compressed = (name: string, program: string): FileStart => ({ kind: "compressed", name, program });

/** The magic numbers of the formats. */
const STARTS: readonly (readonly [FileStart, readonly number[]])[] = [
  [{ kind: "gzip" }, [0x1f, 0x8b]],
  [{ kind: "text", skip: 3 }, [0xef, 0xbb, 0xbf]],
  [{ kind: "encoded", encoding: "utf-16le" }, [0xff, 0xfe]],
  [{ kind: "encoded", encoding: "utf-16be" }, [0xfe, 0xff]],
  [compressed("xz", "xz -dc"), [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  [compressed("zstd", "zstd -dc"), [0x28, 0xb5, 0x2f, 0xfd]],
  [compressed("bzip2", "bzip2 -dc"), [0x42, 0x5a, 0x68, ANY, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
  [compressed("lz4", "lz4 -dc"), [0x04, 0x22, 0x4d, 0x18]],
  [compressed("lzip", "lzip -dc"), [0x4c, 0x5a, 0x49, 0x50, 0x01]],
  [compressed("zip", "unzip -p"), [0x50, 0x4b, 0x03, 0x04]],
  [compressed("7z", "7z x -so"), [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  [compressed("compress", "uncompress -c"), [0x1f, 0x9d]],
  [compressed("snappy", "snzip -dc"), [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]],
];

/** So many bytes are always enough. */
export const START_BYTES: number = Math.max(...STARTS.map(([, magic]) => magic.length));

/**
 * Returns the kind of a file with these first bytes; unclear where they are too few, so that a reader of a pipe waits
 * no longer than it must.
 */
export function startOf(first: Uint8Array): FileStart {
  for (const [start, magic] of STARTS) {
    const common = magic.slice(0, first.length);
    if (!common.every((byte, at) => byte === ANY || byte === first[at])) continue;
    return common.length === magic.length ? start : { kind: "unclear" };
  }
  return TEXT;
}

/** The same where no more bytes come. */
export function startOfAll(first: Uint8Array): FileStart {
  const start = startOf(first);
  return start.kind === "unclear" ? TEXT : start;
}

/** Returns the kind of a file that is not UTF-8 text, in words. */
export function startText(start: FileStart): string {
  if (start.kind === "encoded") return `text in ${start.encoding.toUpperCase()}`;
  return start.kind === "compressed" ? `compressed by ${start.name}` : "gzipped";
}
