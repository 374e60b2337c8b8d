/**
 * The stream of a container that a line of its log comes from.
 *
 * @module
 */

/** A stream of a container. */
export type LogStream = "stdout" | "stderr";

const NUL = 0x00;
const BLANK = 0x20;
const OPENING_BRACE = 0x7b;
const LETTER_O = 0x6f;
const LETTER_E = 0x65;
/** The longest time that a line of CRI begins with. */
const MAX_TIME_BYTES = 64;
/** Bytes of ` std`, from a time's end to the letter that tells the streams apart. */
const BEFORE_LETTER = 4;
/** Bytes of ` stdout F `, from a time's end to the message. */
const BEFORE_MESSAGE = 10;
const DOCKER_KEY = new TextEncoder().encode('"stream":"std');

/** Returns the stream of the line `bytes[start, end)` of CRI or Docker; `undefined` where it tells none. */
export function lineStream(bytes: Uint8Array, start: number, end: number): LogStream | undefined {
  let from = start;
  while (from < end && bytes[from] === NUL) from++;
  return bytes[from] === OPENING_BRACE ? dockerStream(bytes, from, end) : criStream(bytes, from, end);
}

/** Returns the stream of a line of CRI, or of its beginning. */
export function criStream(bytes: Uint8Array, start: number, end: number): LogStream | undefined {
  return streamAt(bytes, criTimeEnd(bytes, start, end) + BEFORE_LETTER, end);
}

/** Returns the stream of a line of Docker, or of its end, where the key mostly stands. */
export function dockerStream(bytes: Uint8Array, start: number, end: number): LogStream | undefined {
  const key = dockerStreamKey(bytes, start, end);
  return key === undefined ? undefined : streamAt(bytes, key + DOCKER_KEY.length, end);
}

/**
 * Returns where the key of the stream begins in a line of Docker. The message cannot hold its text: quotes in it have
 * backslashes before them.
 */
export function dockerStreamKey(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = end - DOCKER_KEY.length; at >= start; at--) {
    if (DOCKER_KEY.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return undefined;
}

/** Returns the stream whose name has this letter. */
function streamAt(bytes: Uint8Array, letter: number, end: number): LogStream | undefined {
  if (letter >= end) return undefined;
  return bytes[letter] === LETTER_O ? "stdout" : bytes[letter] === LETTER_E ? "stderr" : undefined;
}

/** Returns where the message of a line of CRI begins; at most at `end`. */
export function criMessageStart(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  while (from < end && bytes[from] === NUL) from++;
  return Math.min(criTimeEnd(bytes, from, end) + BEFORE_MESSAGE, end);
}

function criTimeEnd(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end, start + MAX_TIME_BYTES);
  let blank = start;
  while (blank < last && bytes[blank] !== BLANK) blank++;
  return blank;
}
