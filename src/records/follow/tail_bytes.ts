/**
 * The bytes between a cursor and the end of its file, read when the file is asked for its size.
 *
 * Mostly these are all that there is to read, so they are not read again. They are sure when the file was found intact
 * after they had been read: nothing that is sent of them can come from a file that was cut meanwhile.
 *
 * @module
 */
import type { OpenLogFile } from "../../logs/log_file.ts";
import type { ScannedFile } from "../scan/block_reader.ts";

const NOTHING = new Uint8Array();

/** The bytes of one cursor. */
export class TailBytes {
  #from = Infinity;
  #bytes: Uint8Array = NOTHING;
  #isSure = false;

  /** Whether all that was read since the file was last found intact had been read by then. */
  get isSure(): boolean {
    return this.#isSure;
  }

  /** Whether there are any. */
  get isThere(): boolean {
    return this.#from !== Infinity;
  }

  /** Keeps the bytes from an offset on to the end of the file. */
  keep(from: number, bytes: Uint8Array): void {
    this.#from = from;
    this.#bytes = bytes;
  }

  /** Drops the bytes. */
  forget(): void {
    this.#from = Infinity;
    this.#bytes = NOTHING;
  }

  /** The file was found intact: the bytes had been read by then. */
  markSure(): void {
    this.#isSure = true;
  }

  /** The bytes from `position` on; undefined where they were not read. */
  at(position: number): Uint8Array | undefined {
    const at = position - this.#from;
    return at >= 0 && at <= this.#bytes.length ? this.#bytes.subarray(at) : undefined;
  }

  /** The bytes between two offsets that are sure, empty where there are none. */
  sureBytes(from: number, to: number): Uint8Array {
    return this.#isSure ? this.at(from)?.subarray(0, to - from) ?? NOTHING : NOTHING;
  }

  /** The file, for a reader that knows up to where it reads: bytes that are here are not read again. */
  before(file: OpenLogFile): ScannedFile {
    const take = (into: Uint8Array, position: number): number | undefined => {
      const bytes = this.at(position)?.subarray(0, into.length);
      if (bytes === undefined) this.#isSure = false;
      else into.set(bytes);
      return bytes?.length;
    };
    const id = (): string | undefined => this.#isSure ? undefined : file.id;
    return {
      ...file,
      // What other scans have read of it is no more sure than what is read now.
      get id() {
        return id();
      },
      peek: (into, position) => take(into, position) ?? file.peek(into, position),
      read: async (into, position, options) => take(into, position) ?? await file.read(into, position, options),
    };
  }
}
