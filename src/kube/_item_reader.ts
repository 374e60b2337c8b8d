/**
 * The items of a list, one by one, read from its JSON as it comes.
 *
 * A page of 500 pods is some megabytes, and several times that as objects; one item is some kilobytes. So the text is
 * cut into items before it is parsed. An item is an element of the one array that a list has at its top, whatever it
 * is; one that is too long is left out. The rest of the text is parsed when it has ended. Where `wanted` names parts
 * of items, other parts are not even parsed: that leaves 1 KB of the 4.7 KB of a pod. Does not check JSON: the parser
 * of the pieces does.
 *
 * @module
 */
import { MAX_OBJECT_BYTES, unreadableError } from "./_responses.ts";

/** Which parts of items are read. */
export interface ItemReaderOptions {
  /**
   * Names of objects and arrays in the parts of an item – `metadata`, `spec`, `status` –; others may come as `null`.
   * Whatever is no object or array comes as it is. @default all
   */
  readonly wanted?: readonly string[] | undefined;
  /** Called for each item that is left out because it is too long. */
  readonly onSkip?: () => void;
  /** The longest item, of what is wanted of it. @default {16_777_216} */
  readonly maxItemBytes?: number;
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

/** The text beside a list's items takes some hundred bytes. */
const MAX_AROUND = 1 << 20;

const encoder = new TextEncoder();
const NULL = encoder.encode("null");

/** Takes bytes, and returns the texts of items. */
export class ItemReader {
  readonly #decoder = new TextDecoder();
  readonly #wantedBytes: readonly Uint8Array[] | undefined;
  readonly #onSkip: (() => void) | undefined;
  readonly #maxItemBytes: number;
  /** What has begun and is kept: of an item, or of what is around items. */
  #kept = new Uint8Array(16_384);
  #keptLength = 0;
  /** Whether what has begun is too long, so that nothing of it is kept. */
  #isTooLong = false;
  #around = "";
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** Whether the array at depth 2 is a top-level one, so that what is in it are items. */
  #inItems = false;
  /** Whether the part of an item is an object, so that what is in it has names. */
  #inNamed = false;
  /** Whether this is within something that is not wanted. */
  #isCutting = false;

  constructor({ wanted, onSkip, maxItemBytes = MAX_OBJECT_BYTES }: ItemReaderOptions = {}) {
    this.#wantedBytes = wanted?.map((name) => encoder.encode(name));
    this.#onSkip = onSkip;
    this.#maxItemBytes = maxItemBytes;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (this.#keptLength + count > this.#kept.length) this.#grow(this.#keptLength + count);
    if (this.#isTooLong) return;
    const kept = this.#kept;
    const end = this.#keptLength;
    // One by one, few are faster than by a view.
    if (count > 96) kept.set(bytes.subarray(from, to), end);
    else for (let index = 0; index < count; index++) kept[end + index] = bytes[from + index] as number;
    this.#keptLength += count;
  }

  #grow(least: number): void {
    if (least > this.#maxItemBytes) {
      this.#isTooLong = true;
      this.#keptLength = 0;
      return;
    }
    const larger = new Uint8Array(2 * least);
    larger.set(this.#kept.subarray(0, this.#keptLength));
    this.#kept = larger;
  }

  /** Returns what was kept as text, and keeps nothing. */
  #taken(): string {
    const text = this.#decoder.decode(this.#kept.subarray(0, this.#keptLength));
    this.#keptLength = 0;
    return text;
  }

  /** Adds what was kept to the text around items. */
  #putAround(): void {
    if (this.#isTooLong || this.#around.length > MAX_AROUND) {
      throw unreadableError("a list that is too long beside its items");
    }
    this.#around += this.#taken();
  }

  /** Ends an item; blanks are none. */
  #endItem(items: string[]): void {
    if (this.#isTooLong) {
      this.#isTooLong = false;
      this.#onSkip?.();
    } else if (this.#keptLength > 0) {
      const text = this.#taken();
      if (text.trim() !== "") items.push(text);
    }
  }

  /**
   * Returns the items that are whole now.
   *
   * The hot loop of a large list: its state is in local variables until the bytes end.
   */
  read(bytes: Uint8Array): readonly string[] {
    const items: string[] = [];
    let start = 0;
    let at = this.#inString ? this.#stringEnd(bytes, this.#isEscaped ? 1 : 0) : 0;
    let level = this.#depth;
    /** The last text within these bytes: in front of an object or array that has a name, its name. */
    let textStart = 0;
    let textEnd = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#inString = true;
        textStart = at + 1;
        at = this.#stringEnd(bytes, textStart) - 1;
        textEnd = at;
        continue;
      }
      // Most of what is outside of texts: colons, digits, commas within items.
      if (byte < OPENING_BRACKET && (byte !== COMMA || level !== IN_ITEM - 1)) continue;
      if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        level++;
        if (!this.#inItems || level < IN_ITEM) {
          if (level === IN_ITEM - 1 && (this.#inItems = byte === OPENING_BRACKET)) {
            this.#keep(bytes, start, at + 1);
            this.#putAround();
            start = at + 1;
          }
        } else if (level === IN_ITEM) {
          this.#keep(bytes, start, at);
          this.#putAround();
          start = at;
        } else if (level === IN_PART) this.#inNamed = byte === OPENING_BRACE;
        else if (level === IN_PART + 1 && this.#inNamed && !this.#isWanted(bytes, textStart, textEnd)) {
          this.#keep(bytes, start, at);
          this.#isCutting = true;
        }
      } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
        level--;
        if (this.#isCutting && level === IN_PART) {
          this.#isCutting = false;
          this.#keep(NULL, 0, NULL.length);
          start = at + 1;
        } else if (level === IN_ITEM - 1 && this.#inItems) {
          this.#keep(bytes, start, at + 1);
          this.#endItem(items);
          start = at + 1;
        } else if (level === IN_ITEM - 2 && this.#inItems) {
          this.#keep(bytes, start, at);
          this.#endItem(items);
          start = at;
          this.#inItems = false;
        }
      } else if (byte === COMMA && this.#inItems) {
        // Behind an item that was taken, or one that is no object.
        this.#keep(bytes, start, at);
        this.#endItem(items);
        start = at + 1;
      }
    }
    this.#depth = level;
    if (!this.#isCutting) this.#keep(bytes, start, bytes.length);
    return items;
  }

  /** Where a string that goes on at `at` is over; the end of the bytes, and noted so, where it is not over. */
  #stringEnd(bytes: Uint8Array, at: number): number {
    const { length } = bytes;
    for (; at < length; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#isEscaped = false;
        return at + 1;
      }
    }
    // One more than the end: the last byte was a backslash.
    this.#isEscaped = at > length;
    return length;
  }

  /**
   * Whether something of that name is wanted; what began in earlier bytes has no name here, and is taken for wanted.
   */
  #isWanted(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#wantedBytes === undefined || from >= to) return true;
    return this.#wantedBytes.some((name) => {
      if (name.length !== to - from) return false;
      for (let index = 0; index < name.length; index++) if (name[index] !== bytes[from + index]) return false;
      return true;
    });
  }

  /** Returns the text without its items; called when all of it has come. */
  rest(): string {
    this.#putAround();
    return this.#around;
  }
}
