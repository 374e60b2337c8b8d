/**
 * The flags of a pattern, and what stands between `(?` and `:` or `)`.
 *
 * @module
 */
import { current, type Cursor, refusal } from "./_cursor.ts";

/** What is switched on at one place of a pattern. The flag `x` is the cursor's business. */
export interface Flags {
  /** `i`: letters match without regard to case. */
  readonly fold: boolean;
  /** `m`: `^` and `$` also match at lines within the message. */
  readonly multiLine: boolean;
  /** `s`: `.` takes line ends too. */
  readonly dotAll: boolean;
  /** `U`: `x*` is lazy and `x*?` is greedy. */
  readonly swapGreed: boolean;
  /** `u`: code points and Unicode's classes; else bytes and ASCII's. */
  readonly unicode: boolean;
  /** `R`: a carriage return ends a line as well. */
  readonly crlf: boolean;
}

/** What is on when a pattern begins. */
export const DEFAULT_FLAGS: Flags = {
  fold: false,
  multiLine: false,
  dotAll: false,
  swapGreed: false,
  unicode: true,
  crlf: false,
};

const NAMES: ReadonlyMap<string, keyof Flags | "spaced"> = new Map([
  ["i", "fold"],
  ["m", "multiLine"],
  ["s", "dotAll"],
  ["U", "swapGreed"],
  ["u", "unicode"],
  ["R", "crlf"],
  ["x", "spaced"],
]);

/** Each set of flags there is, once: what is worked out for one is kept by its identity. */
const KNOWN = new Map<number, Flags>([[keyOf(DEFAULT_FLAGS), DEFAULT_FLAGS]]);

/** The flags after a change; the same object for the same flags. */
export function changedFlags(flags: Flags, change: Partial<Flags>): Flags {
  const changed = { ...flags, ...change };
  const key = keyOf(changed);
  const known = KNOWN.get(key) ?? changed;
  KNOWN.set(key, known);
  return known;
}

function keyOf({ fold, multiLine, dotAll, swapGreed, unicode, crlf }: Flags): number {
  return [fold, multiLine, dotAll, swapGreed, unicode, crlf].reduce((key, isOn) => 2 * key + Number(isOn), 0);
}

/** What a list of flags changes. */
export type FlagChange = Partial<Record<keyof Flags | "spaced", boolean>>;

/** Reads flags up to the `:` or `)` after them, where the cursor then stands. */
export function parseFlags(cursor: Cursor): FlagChange {
  const change: FlagChange = {};
  const from = cursor.at;
  let on = true;
  for (; current(cursor) !== ":" && current(cursor) !== ")"; cursor.at += 1) {
    const char = current(cursor);
    const name = NAMES.get(char);
    if (char === "") throw refusal(cursor, from, "unexpected end of flags");
    if (char === "-" && on) {
      on = false;
    } else if (char === "-") {
      throw refusal(cursor, cursor.at, "repeated flag negation");
    } else if (name === undefined) {
      throw refusal(cursor, cursor.at, "unrecognized flag");
    } else if (change[name] !== undefined) {
      throw refusal(cursor, cursor.at, "duplicate flag");
    } else {
      change[name] = on;
    }
  }
  if (cursor.chars[cursor.at - 1] === "-") throw refusal(cursor, cursor.at - 1, "dangling flag negation");
  return change;
}
