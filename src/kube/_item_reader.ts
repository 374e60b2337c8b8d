/**
 * The items of a list, one by one, out of its JSON as it comes.
 *
 * A page of 500 pods is some megabytes, and several times that as objects; one item is some kilobytes. So the text is cut
 * into items before it is parsed: an item is an element of the one array that a list has at its top. What is left is
 * parsed when the text has ended. Does not check JSON: whoever parses the pieces does.
 *
 * @module
 */

/** Takes bytes, gives the texts of items. */
export interface ItemReader {
  /** The items that are whole now. */
  read(bytes: Uint8Array): Iterable<string>;
  /** The text without its items, when all of it has come. */
  rest(): string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** The depth of an item of a top-level array: the list's object, its array, and the item. */
const IN_ITEM = 3;

/** A reader that has seen nothing. */
export function createItemReader(): ItemReader {
  const decoder = new TextDecoder();
  /** The pieces of what began in earlier bytes: an item, or what is around items. */
  let begun: Uint8Array[] = [];
  let around = "";
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  /** Whether the array at depth 2 is a top-level one, so that what is in it are items. */
  let inItems = false;

  function textUpTo(bytes: Uint8Array): string {
    if (begun.length === 0) return decoder.decode(bytes);
    const all = new Uint8Array(begun.reduce((sum, piece) => sum + piece.length, bytes.length));
    let at = 0;
    for (const piece of [...begun, bytes]) {
      all.set(piece, at);
      at += piece.length;
    }
    begun = [];
    return decoder.decode(all);
  }

  function* read(bytes: Uint8Array): Generator<string> {
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        depth++;
        if (depth === IN_ITEM && inItems) {
          around += textUpTo(bytes.subarray(start, at));
          start = at;
        } else if (depth === IN_ITEM - 1) inItems = byte === OPENING_BRACKET;
      } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
        depth--;
        if (depth === IN_ITEM - 1 && inItems) {
          yield textUpTo(bytes.subarray(start, at + 1));
          start = at + 1;
        }
      } else if (byte === COMMA && depth === IN_ITEM - 1 && inItems) {
        // Between items, of which nothing is left to be parsed.
        around += textUpTo(bytes.subarray(start, at));
        start = at + 1;
      }
    }
    // A copy: the bytes are good for this turn only. (A Buffer's own slice would be none.)
    if (start < bytes.length) begun.push(new Uint8Array(bytes.subarray(start)));
  }

  return { read, rest: () => around + textUpTo(new Uint8Array()) };
}
