/**
 * The text of a small file, whose size is checked before it is read.
 *
 * @module
 */

/** The limit of {@linkcode readFileText}. */
export interface FileTextOptions {
  /** The longest file, in bytes. */
  readonly maxBytes: number;
}

/**
 * Returns the text of a file.
 *
 * @throws {FileTooLargeError} when it is longer than `maxBytes`; of a file that does not say how long it is, as a
 * device, no more than that is read
 */
export async function readFileText(path: string, { maxBytes }: FileTextOptions): Promise<string> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  if (size > maxBytes) throw new FileTooLargeError(`it has ${size} bytes, at most ${maxBytes} are allowed`);
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
    length += count;
    if (length > maxBytes) throw new FileTooLargeError(`it has more than ${maxBytes} bytes`);
    // It has grown, or does not say how long it is.
    if (length === bytes.length) {
      const larger = new Uint8Array(Math.min(2 * length + 4_096, maxBytes + 1));
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/** A file is longer than may be read. */
export class FileTooLargeError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "FileTooLargeError";
}
