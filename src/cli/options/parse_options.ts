/**
 * Reads words by the rows of the option table: `--context=3`, `--context 3`, `-C3`, `-C 3`, `-C=3`, clusters as `-ivc`,
 * repeated options, and `--`, behind which no word is an option.
 *
 * @module
 */
import { FlagError } from "../usage.ts";
import { nearest } from "./nearest.ts";
import type { OptionRow } from "./option_row.ts";
import type { OptionName } from "./option_table.ts";

/** An option as it was given. */
interface Given {
  /** The long name or the letter, without dashes. */
  readonly spelling: string;
  /** The argument; empty for a flag. */
  readonly value: string;
  /** Its number among all that were given. */
  readonly order: number;
}

/** The words of a command, read. */
export class ParsedOptions {
  /** The words that are neither options nor their arguments. */
  readonly positionals: readonly string[];
  readonly #given: ReadonlyMap<string, readonly Given[]>;

  constructor(given: ReadonlyMap<string, readonly Given[]>, positionals: readonly string[]) {
    this.#given = given;
    this.positionals = positionals;
  }

  /** Reports whether an option was given. */
  has(name: OptionName): boolean {
    return this.#given.has(name);
  }

  /**
   * Returns the one argument of an option.
   *
   * @throws {FlagError} when it was given more than once
   */
  one(name: OptionName): string | undefined {
    const given = this.#given.get(name) ?? [];
    if (given.length > 1) throw new FlagError(`--${name} can be given only once`);
    return given[0]?.value;
  }

  /** Returns all arguments of an option. */
  many(name: OptionName): readonly string[] {
    return (this.#given.get(name) ?? []).map(({ value }) => value);
  }

  /** Returns the long name by which an option was given, which may be another one than its first. */
  spelling(name: OptionName): string {
    const spelling = this.#given.get(name)?.[0]?.spelling ?? name;
    return spelling.length === 1 ? name : spelling;
  }

  /** Returns the option that was given last, of some that exclude each other. */
  last<Name extends OptionName>(...names: readonly Name[]): Name | undefined {
    let last: Name | undefined;
    let order = -1;
    for (const name of names) {
      const given = this.#given.get(name)?.at(-1);
      if (given === undefined || given.order < order) continue;
      last = name;
      order = given.order;
    }
    return last;
  }
}

/**
 * Reads words by these options.
 *
 * @throws {FlagError} for an unknown option, an argument that is missing, and one that is too many
 */
export function parseOptions(words: readonly string[], rows: readonly OptionRow[]): ParsedOptions {
  const given = new Map<string, Given[]>();
  const positionals: string[] = [];
  let order = 0;
  const give = ({ name }: OptionRow, spelling: string, value = ""): void => {
    const before = given.get(name);
    const one = { spelling, value, order: order++ };
    if (before === undefined) given.set(name, [one]);
    else before.push(one);
  };

  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      positionals.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = word.slice(2, equals < 0 ? undefined : equals);
      const row = longOption(name, rows);
      if (equals >= 0) {
        if (row.value === undefined) throw new FlagError(`Option '${optionText(row)}' does not take an argument`);
        give(row, name, word.slice(equals + 1));
      } else {
        give(row, name, row.value === undefined ? "" : argumentOf(row, words[++at]));
      }
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const short = word[letter] as string;
      const row = shortOption(short, rows);
      if (row.value === undefined) {
        give(row, short);
        continue;
      }
      const rest = word.slice(letter + 1);
      give(row, short, rest === "" ? argumentOf(row, words[++at]) : rest.replace(/^=/, ""));
      break;
    }
  }
  return new ParsedOptions(given, positionals);
}

/** `-c, --config <FILE>`. */
export function optionText({ short, name, value }: OptionRow): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` <${value}>`}`;
}

function argumentOf(row: OptionRow, next: string | undefined): string {
  if (next === undefined) throw new FlagError(`Option '${optionText(row)}' argument missing`);
  if (row.takesDash || !next.startsWith("-") || next === "-") return next;
  throw new FlagError(
    `Option '${optionText(row)}' argument is ambiguous: ${quoted(next)} looks like an option, write --${row.name}=…`,
  );
}

function longOption(name: string, rows: readonly OptionRow[]): OptionRow {
  const row = name.length < 2 ? undefined : rows.find((one) => one.name === name || one.aliases?.includes(name));
  if (row !== undefined) return row;
  const near = nearest(name, rows.flatMap((one) => [one.name, ...one.aliases ?? []]));
  throw new FlagError(
    `Unknown option ${quoted(`--${name}`)}${near === undefined ? "" : `; did you mean --${near}?`}`,
  );
}

function shortOption(letter: string, rows: readonly OptionRow[]): OptionRow {
  const row = rowOfLetter(letter, rows);
  if (row !== undefined) return row;
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  const near = rowOfLetter(other, rows);
  throw new FlagError(
    `Unknown option ${quoted(`-${letter}`)}${near === undefined ? "" : `; did you mean -${other}, --${near.name}?`}`,
  );
}

function rowOfLetter(letter: string, rows: readonly OptionRow[]): OptionRow | undefined {
  return rows.find(({ short, aliases }) => short === letter || aliases?.includes(letter));
}

/** A word in quotes, without control characters and not too long. */
function quoted(word: string): string {
  return `'${JSON.stringify(word.slice(0, 100)).slice(1, -1)}'`;
}
