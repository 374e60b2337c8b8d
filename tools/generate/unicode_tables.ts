/**
 * Writes `_unicode_tables.ts` from what the twin knows of Unicode; with `--check` only compares.
 *
 * Owns the coding of the tables, whose reader is `unicode.ts`. Asks the crate itself for each class, so that the tables
 * are right by construction.
 *
 * @module
 */
import { crateClass } from "../../tests/search/crate_twin.ts";
import { PROPERTY_NAMES } from "../../src/search/syntax/unicode_names.ts";

/** The file that holds the tables. */
export const FILE: URL = new URL("../../src/search/syntax/_unicode_tables.ts", import.meta.url);
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const QUERIES: Readonly<Record<keyof typeof PROPERTY_NAMES, string>> = {
  binary: "",
  category: "gc=",
  script: "sc=",
  age: "age=",
  graphemeBreak: "gcb=",
  wordBreak: "wb=",
  sentenceBreak: "sb=",
};

/** A number as digits of five bits, least first, each but the last marked by the sixth bit. */
function encodeNumber(value: number): string {
  let text = "";
  let rest = value;
  for (; rest >= 32; rest = Math.floor(rest / 32)) text += DIGITS.charAt(32 + rest % 32);
  return text + DIGITS.charAt(rest);
}

/** Ranges as the distance from the last end and the length, in turn. */
function encodeRanges(ranges: readonly number[]): string {
  let last = 0;
  return ranges.map((bound) => {
    const text = encodeNumber(bound - last);
    last = bound;
    return text;
  }).join("");
}

function demand(pattern: string): readonly number[] {
  const ranges = crateClass(pattern);
  if (ranges === undefined) throw new TypeError(`Cannot generate tables: the crate does not know ${pattern}`);
  return ranges;
}

function wordsOf(kind: keyof typeof PROPERTY_NAMES): string[] {
  return PROPERTY_NAMES[kind].trim().split(/\s+/);
}

function queryOf(kind: keyof typeof PROPERTY_NAMES, names: string): string {
  return `\\p{${QUERIES[kind]}${names.split("/")[0]}}`;
}

function tableOf(kind: keyof typeof PROPERTY_NAMES): Record<string, string> {
  return Object.fromEntries(wordsOf(kind).map((names) => [names, encodeRanges(demand(queryOf(kind, names)))]));
}

/** Each age holds all before it; its entry is only what it adds, the oldest first. */
function ages(): Record<string, string> {
  const sorted = wordsOf("age").toSorted((left, right) => parseFloat(left) - parseFloat(right));
  return Object.fromEntries(sorted.map((names, index) => {
    const before = index === 0 ? "" : `--${queryOf("age", sorted[index - 1] ?? "")}`;
    return [names, encodeRanges(demand(`[${queryOf("age", names)}${before}]`))];
  }));
}

/** Only those scripts whose extension differs from the script itself. */
function scriptExtensions(): Record<string, string> {
  const scripts = tableOf("script");
  const extensions = wordsOf("script").map((names) =>
    [names, encodeRanges(demand(`\\p{scx=${names.split("/")[0]}}`))] as const
  );
  return Object.fromEntries(extensions.filter(([names, ranges]) => scripts[names] !== ranges));
}

/** Every code point that takes part in folding has one of these; U+0345, the only mark among them, by the last. */
const CASED = String.raw`[\p{Cased}\p{CWCF}\p{CWCM}\p{CWL}\p{CWT}\p{CWU}\p{Lt}\p{Mn}]`;

/**
 * The ring of each code point that folds: itself, the next of its kind, and so on, as runs
 * `first count stride distance`.
 */
function foldRings(): string {
  const cased = demand(CASED);
  const next: [point: number, follower: number][] = [];
  for (let index = 0; index < cased.length; index += 2) {
    for (let point = cased[index] ?? 0; point <= (cased[index + 1] ?? 0); point += 1) {
      const ring = pointsOf(demand(`(?i)\\x{${point.toString(16)}}`));
      if (ring.length > 1) next.push([point, ring[(ring.indexOf(point) + 1) % ring.length] ?? 0]);
    }
  }
  // By distance first: in a row of pairs like Āā Ăă every second code point has the same.
  return encodeRuns(next.toSorted((left, right) => left[1] - left[0] - right[1] + right[0] || left[0] - right[0]));
}

function pointsOf(ranges: readonly number[]): number[] {
  const points: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    for (let point = ranges[index] ?? 0; point <= (ranges[index + 1] ?? 0); point += 1) points.push(point);
  }
  return points;
}

function encodeRuns(next: readonly (readonly [number, number])[]): string {
  let text = "";
  let last = 0;
  for (let index = 0; index < next.length;) {
    const [first, follower] = next[index] ?? [0, 0];
    const distance = follower - first;
    const stride = Math.max((next[index + 1]?.[0] ?? 0) - first, 1);
    let count = 1;
    for (; index + count < next.length; count += 1) {
      const [point, other] = next[index + count] ?? [0, 0];
      if (point !== first + count * stride || other - point !== distance) break;
    }
    text += [first - last, count, stride, distance].map((value) => encodeNumber(value < 0 ? -2 * value - 1 : 2 * value))
      .join("");
    last = first + (count - 1) * stride;
    index += count;
  }
  return text;
}

/** The text of `_unicode_tables.ts`. */
export function renderTables(): string {
  const tables = {
    binary: tableOf("binary"),
    category: tableOf("category"),
    script: tableOf("script"),
    scriptExtension: scriptExtensions(),
    age: ages(),
    graphemeBreak: tableOf("graphemeBreak"),
    wordBreak: tableOf("wordBreak"),
    sentenceBreak: tableOf("sentenceBreak"),
  };
  return `// Generated by _generate_tables.ts; do not edit.
// deno-fmt-ignore-file

/** Ranges of each property by kind and by names. */
export const PROPERTIES: Readonly<Record<string, Readonly<Record<string, string>>>> = ${
    JSON.stringify(tables, null, 1)
  };

/** What \\w takes. */
export const WORD = ${JSON.stringify(encodeRanges(demand("\\w")))};

/** Simple case folding: runs of code points and the distance to the next of the same ring. */
export const FOLD_RUNS = ${JSON.stringify(foldRings())};
`;
}

if (import.meta.main) {
  const text = renderTables();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(FILE, text);
  else if (await Deno.readTextFile(FILE) !== text) {
    throw new TypeError(`Cannot confirm ${FILE.pathname}: generate it again`);
  }
}
