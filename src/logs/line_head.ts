/**
 * What the header of one log line says, and the contract of the readers of such headers.
 *
 * @module
 */
import type { Time } from "./time.ts";

/**
 * The parts of one line, overwritten for each line: the readers allocate nothing that the caller would have to keep.
 */
export interface LineHead extends Time {
  /**
   * Where the message lies: in `text` when there is one, else in the line's own bytes. Trailing white space is still
   * part of it.
   */
  messageStart: number;
  /** The end of the message, exclusive. */
  messageEnd: number;
  /** Whether the message is whole with this line; false when the runtime cut it and more of it follows. */
  final: boolean;
  /** The message as UTF-8, where the line holds it only in an encoded form (a JSON string). */
  text: Uint8Array | undefined;
}

/** A head to be filled by a reader. */
export function emptyHead(): LineHead {
  return {
    seconds: 0,
    nanos: 0,
    messageStart: 0,
    messageEnd: 0,
    final: true,
    text: undefined,
  };
}

/** One way in which a runtime writes the lines of a log. */
export interface LineFormat {
  /**
   * `cri`: containerd, CRI-O, read by place; `strict cri`: the same, with no other streams and tags than runtimes
   * write; `docker`: Docker's json-file; `plain`: each line is a message without a time, which no runtime writes.
   */
  readonly kind: "cri" | "strict cri" | "docker" | "plain";
  /**
   * Whether each line says if more of its message follows, so that the parts of a message that a stop time cuts can be
   * held back.
   */
  readonly tagsParts: boolean;
  /**
   * Reads the line `bytes[start, end)`, without its line feed, into `head`; false for a line that is not of this
   * format.
   */
  read(bytes: Uint8Array, start: number, end: number, head: LineHead): boolean;
}
