/**
 * Messages of lines that are too long to be read at once: where the message lies, and where it may be cut.
 *
 * A runtime cuts messages at 16 KiB, so such a line is rare; but a limit that was switched off must not cost records.
 * Docker's lines are taken in the one form its driver writes them in (`log` first, `time` last), since any other would
 * have to be held as a whole.
 *
 * @module
 */
import { dockerJson } from "./docker_json.ts";
import type { LineFormat, LineHead } from "./line_head.ts";
import { readTime } from "./time.ts";
import { characterStart } from "./text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const DOCKER_START = '{"log":"';
const DOCKER_END = /","stream":"[a-z]*"(?:,"attrs":\{[^]*\})?,"time":"([^"\\]*)"\}\s*$/;
/**
 * The escape of the line feed that closes a message; an even number of backslashes before it are escapes of their own.
 */
const CLOSING_LINE_FEED = /(?<!\\)(?:\\\\)*\\n$/;
const LINE_FEED_BYTES = 2;
const BACKSLASH = 0x5c;
const LETTER_D = 0x64;
const LETTER_U = 0x75;

/** Bytes of a line's beginning and of its end that suffice to tell the message in between. */
export const EDGE_BYTES = 4096;

/**
 * Reads the head of a long line from its first and its last bytes; the message's place is told in the line's own
 * bytes, still encoded. False when it is no record.
 */
export function readLongHead(
  format: LineFormat,
  line: { first: Uint8Array; last: Uint8Array; length: number },
  head: LineHead,
): boolean {
  const { first, last, length } = line;
  if (format !== dockerJson) {
    if (!format.read(first, 0, first.length, head)) return false;
    head.messageEnd = length;
    return true;
  }
  const end = decoder.decode(last);
  const found = DOCKER_END.exec(end);
  if (
    found === null ||
    decoder.decode(first.subarray(0, DOCKER_START.length)) !== DOCKER_START
  ) return false;
  const time = encoder.encode(found[1]);
  if (!readTime(time, 0, time.length, head)) {
    head.seconds = 0;
    head.nanos = 0;
  }
  head.text = undefined;
  head.messageStart = DOCKER_START.length;
  head.final = CLOSING_LINE_FEED.test(end.slice(0, found.index));
  head.messageEnd = length - encoder.encode(end.slice(found.index)).length - (head.final ? LINE_FEED_BYTES : 0);
  return true;
}

/** Bytes that are decoded at a time: the strings in between are garbage, and whole pieces of it would pile up. */
const DECODED_BYTES = 64 * 1024;

/**
 * The message text of a piece of an encoded message, or `undefined` where it is none. A text that had to be decoded is
 * put into `into`, which the caller may use again; only one that does not fit there has a buffer of its own.
 */
export function decodePiece(
  format: LineFormat,
  piece: Uint8Array,
  into: Uint8Array,
): Uint8Array | undefined {
  if (format !== dockerJson) return piece;
  let length = 0;
  for (let rest = piece; rest.length > 0;) {
    const end = rest.length <= DECODED_BYTES ? rest.length : cutOffset(format, rest, DECODED_BYTES);
    const text = unquoted(rest.subarray(0, end));
    if (text === undefined) return undefined;
    const { read, written } = encoder.encodeInto(text, into.subarray(length));
    // Decoded text is shorter, unless U+FFFD stands for many a byte of it.
    if (read < text.length) return encoder.encode(unquoted(piece));
    length += written;
    rest = rest.subarray(end);
  }
  return into.subarray(0, length);
}

/** The text that a JSON string stands for, without its quotes; `undefined` where it is none. */
function unquoted(json: Uint8Array): string | undefined {
  try {
    return JSON.parse(`"${decoder.decode(json)}"`) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The last place at or before `at` in `around` – bytes from amid a message – where it may be cut: between two
 * characters, and between two escapes. It can be mistaken where all of `around` up to there is backslashes: whether
 * there is an even number of them before is not to be seen.
 */
export function cutOffset(
  format: LineFormat,
  around: Uint8Array,
  at: number,
): number {
  if (format !== dockerJson) return characterStart(around, at);
  let cut = at;
  while (cut > 0 && !beginsEscape(around, cut)) cut--;
  if (cut === 0) return characterStart(around, at);
  const pair = cut - SURROGATE_BYTES;
  if (isSurrogate(around, cut, LOW) && isSurrogate(around, pair, HIGH) && beginsEscape(around, pair)) cut = pair;
  // From the beginning of an escape on, walk.
  while (true) {
    const next = cut + tokenLength(around, cut);
    if (next > at) break;
    cut = next;
  }
  return characterStart(around, cut);
}

/** Whether an escape begins at `at`: a backslash that is not the second one of an escape itself. */
function beginsEscape(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== BACKSLASH) return false;
  let before = at;
  while (bytes[before - 1] === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

/** Bytes of `\ud83d`. */
const SURROGATE_BYTES = 6;
/** The third hexadecimal digit of a surrogate that begins a pair, and of one that ends it; the second one is d. */
const HIGH = /[89ab]/i;
const LOW = /[c-f]/i;

/** Whether the escape at `at` is a surrogate of this kind. */
function isSurrogate(bytes: Uint8Array, at: number, kind: RegExp): boolean {
  return bytes[at] === BACKSLASH && bytes[at + 1] === LETTER_U && ((bytes[at + 2] ?? 0) | 0x20) === LETTER_D &&
    kind.test(String.fromCharCode(bytes[at + 3] ?? 0));
}

/** Bytes of the escape, pair of surrogate escapes or byte at `at`. */
function tokenLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== BACKSLASH) return 1;
  if (bytes[at + 1] !== LETTER_U) return 2;
  const isPair = isSurrogate(bytes, at, HIGH) && isSurrogate(bytes, at + SURROGATE_BYTES, LOW);
  return isPair ? 2 * SURROGATE_BYTES : SURROGATE_BYTES;
}
