/**
 * The items of a list, one by one, out of its JSON as it comes.
 *
 * A page of 500 pods is some megabytes, and several times that as objects; one item is some kilobytes. So the text is cut
 * into items before it is parsed: an item is an element of the one array that a list has at its top, whatever it is; one
 * that is too long is left out. What is left is parsed when the text has ended. Where it is said what is wanted of items, most of the rest is not even parsed: of 4.7 KB
 * of a pod that leaves one. Does not check JSON: whoever parses the pieces does.
 *
 * @module
 */
import { MAX_OBJECT_BYTES, unreadable } from "./_responses.ts";

/** What is wanted of items. */
export interface ItemReaderOptions {
  /**
   * Names of objects and arrays in the parts of an item – `metadata`, `spec`, `status` –; others may come as `null`.
   * Whatever is no object or array comes as it is. @default all
   */
  readonly wanted?: readonly string[] | undefined;
  /** Is told of each item that is left out because it is too long. */
  readonly onSkip?: () => void;
  /** The longest item, of what is wanted of it. @default {16_777_216} */
  readonly maxItemBytes?: number;
}

/** Takes bytes, gives the texts of items. */
export interface ItemReader {
  /** The items that are whole now. */
  read(bytes: Uint8Array): readonly string[];
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
/** The depth within `metadata` and its like. */
const IN_PART = IN_ITEM + 1;

/** What a list says beside its items takes some hundred bytes. */
const MAX_AROUND = 1 << 20;

const encoder = new TextEncoder();
const NULL = encoder.encode("null");

/** A reader that has seen nothing. */
export function createItemReader(options: ItemReaderOptions = {}): ItemReader {
  const { wanted, onSkip, maxItemBytes = MAX_OBJECT_BYTES } = options;
  const decoder = new TextDecoder();
  const wantedBytes = wanted?.map((name) => encoder.encode(name));
  /** What has begun and is kept: of an item, or of what is around items. */
  let kept = new Uint8Array(16_384);
  let keptLength = 0;
  /** Whether what has begun is too long, so that nothing of it is kept. */
  let isTooLong = false;
  let around = "";
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  /** Whether the array at depth 2 is a top-level one, so that what is in it are items. */
  let inItems = false;
  /** Whether the part of an item is an object, so that what is in it has names. */
  let inNamed = false;
  /** Whether this is within something that is not wanted. */
  let isCutting = false;

  function keep(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (keptLength + count > kept.length) grow(keptLength + count);
    if (isTooLong) return;
    // One by one, few are faster than by a view.
    if (count > 96) kept.set(bytes.subarray(from, to), keptLength);
    else for (let index = 0; index < count; index++) kept[keptLength + index] = bytes[from + index] as number;
    keptLength += count;
  }

  function grow(least: number): void {
    if (least > maxItemBytes) {
      isTooLong = true;
      keptLength = 0;
      return;
    }
    const larger = new Uint8Array(2 * least);
    larger.set(kept.subarray(0, keptLength));
    kept = larger;
  }

  /** What was kept, as text; nothing is kept afterwards. */
  function taken(): string {
    const text = decoder.decode(kept.subarray(0, keptLength));
    keptLength = 0;
    return text;
  }

  /** Puts what was kept to what is around items. */
  function putAround(): void {
    if (isTooLong || around.length > MAX_AROUND) throw unreadable("a list that is too long beside its items");
    around += taken();
  }

  /** Ends an item; blanks are none. */
  function endItem(items: string[]): void {
    if (isTooLong) {
      isTooLong = false;
      onSkip?.();
    } else if (keptLength > 0) {
      const text = taken();
      if (text.trim() !== "") items.push(text);
    }
  }

  /** The hot loop of a large list: what it looks at lives in its own variables until the bytes are at their end. */
  function read(bytes: Uint8Array): readonly string[] {
    const items: string[] = [];
    let start = 0;
    let at = inString ? stringEnd(bytes, isEscaped ? 1 : 0) : 0;
    let level = depth;
    /** The last text within these bytes: in front of an object or array that has a name, its name. */
    let textStart = 0;
    let textEnd = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        inString = true;
        textStart = at + 1;
        at = stringEnd(bytes, textStart) - 1;
        textEnd = at;
        continue;
      }
      // Most of what is outside of texts: colons, digits, commas within items.
      if (byte < OPENING_BRACKET && (byte !== COMMA || level !== IN_ITEM - 1)) continue;
      if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        level++;
        if (!inItems || level < IN_ITEM) {
          if (level === IN_ITEM - 1 && (inItems = byte === OPENING_BRACKET)) {
            keep(bytes, start, at + 1);
            putAround();
            start = at + 1;
          }
        } else if (level === IN_ITEM) {
          keep(bytes, start, at);
          putAround();
          start = at;
        } else if (level === IN_PART) inNamed = byte === OPENING_BRACE;
        else if (level === IN_PART + 1 && inNamed && !isWanted(bytes, textStart, textEnd)) {
          keep(bytes, start, at);
          isCutting = true;
        }
      } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
        level--;
        if (isCutting && level === IN_PART) {
          isCutting = false;
          keep(NULL, 0, NULL.length);
          start = at + 1;
        } else if (level === IN_ITEM - 1 && inItems) {
          keep(bytes, start, at + 1);
          endItem(items);
          start = at + 1;
        } else if (level === IN_ITEM - 2 && inItems) {
          keep(bytes, start, at);
          endItem(items);
          start = at;
          inItems = false;
        }
      } else if (byte === COMMA && inItems) {
        // Behind an item that was taken, or one that is no object.
        keep(bytes, start, at);
        endItem(items);
        start = at + 1;
      }
    }
    depth = level;
    if (!isCutting) keep(bytes, start, bytes.length);
    return items;
  }

  /** Where a string that goes on at `at` is over; the end of the bytes, and noted so, where it is not over. */
  function stringEnd(bytes: Uint8Array, at: number): number {
    const { length } = bytes;
    for (; at < length; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        inString = false;
        isEscaped = false;
        return at + 1;
      }
    }
    // One more than the end: the last byte was a backslash.
    isEscaped = at > length;
    return length;
  }

  /** Whether something of that name is wanted; what began in earlier bytes has no name here, and is taken for wanted. */
  function isWanted(bytes: Uint8Array, from: number, to: number): boolean {
    if (wantedBytes === undefined || from >= to) return true;
    return wantedBytes.some((name) => {
      if (name.length !== to - from) return false;
      for (let index = 0; index < name.length; index++) if (name[index] !== bytes[from + index]) return false;
      return true;
    });
  }

  return {
    read,
    rest: () => {
      putAround();
      return around;
    },
  };
}
