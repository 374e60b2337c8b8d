/**
 * Command lines by chance that mean the same to `cluster-agent grep` and to ripgrep, and plain-text files for them.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Random } from "../support/random.ts";

/** A file, by its name and what is in it. */
export interface CaseFile {
  /** Its name, without a folder. */
  readonly name: string;
  /** Its bytes. */
  readonly bytes: Uint8Array;
}

/** A command line for each program, without the program and its files. */
export interface CaseLine {
  /** The words for `cluster-agent grep`. */
  readonly ours: readonly string[];
  /** The words for ripgrep. */
  readonly rg: readonly string[];
  /** The long names of the options in it, as the table of options has them. */
  readonly names: readonly string[];
}

/** What a generated command line is made for. */
export interface CaseWorld {
  /** The files to choose from. */
  readonly files: readonly CaseFile[];
  /** Writes a file of patterns, and returns its path. */
  readonly patternFile: (text: string) => string;
}

const encoder = new TextEncoder();
const WORDS = [
  "alpha",
  "Alpha",
  "beta",
  "a",
  "b",
  "ab",
  "id=12",
  "id=345",
  "foo.bar",
  "(x)",
  "a+b",
  "ünï",
  "☃",
  "Straße",
];
const GAPS = [" ", " ", " ", "  ", "\t", ":", "-", "_"];
const TIMES = ["2026-11-29T17:00:00.123456789Z ", "2026-11-29 17:00:00,123 ", "17:00:00 "];

function textLine(random: Random): string {
  const words = Array.from({ length: 1 + random.int(7) }, () => random.pick(WORDS) + random.pick(GAPS));
  const end = random.oneIn(8) ? random.pick([" ", "\t", "  "]) : ".";
  return (random.oneIn(4) ? random.pick(TIMES) : "") + words.join("") + end;
}

function linesOf(random: Random, max = 30): string[] {
  return Array.from({ length: 1 + random.int(max) }, () => textLine(random));
}

/** The kinds of files; the first of them is the simplest. */
const KINDS: Readonly<Record<string, (random: Random) => string | Uint8Array>> = {
  "text.log": (random) => `${linesOf(random).join("\n")}\n`,
  "no-feed.log": (random) => linesOf(random).join("\n"),
  "crlf.log": (random) => `${linesOf(random).join("\r\n")}\r\n`,
  "empty.log": () => "",
  "one.log": (random) => `${textLine(random)}\n`,
  "long.log": (random) =>
    linesOf(random, 12).map((line) => `${line.repeat(random.pick([1, 1, 300, 2000]))}\n`).join(""),
  "many.log": (random) => {
    const lines = linesOf(random, 20);
    return Array.from({ length: 3000 }, () => `${random.pick(lines)}\n`).join("");
  },
  "json.log": (random) => linesOf(random).map((text) => `${JSON.stringify({ level: "info", text })}\n`).join(""),
  "packed.log.gz": (random) => gzipSync(linesOf(random).map((line) => `${line}\n`).join("")),
};

/** The kinds of files whose bytes are no text. */
const ODD_KINDS: typeof KINDS = {
  "bad.log": (random) => spoilt(random, [0xff, 0xc3, 0x80, 0xed]),
  "binary.log": (random) => spoilt(random, [0]),
};

/** Lines with some bytes replaced. */
function spoilt(random: Random, bytes: readonly number[]): Uint8Array {
  const text = encoder.encode(`${linesOf(random).join("\n")}\n`);
  for (let count = 1 + random.int(3); count > 0; count--) {
    const at = random.int(text.length);
    if (text[at] !== 0x0a) text[at] = random.pick(bytes);
  }
  return text;
}

/** Files of several kinds. */
export function caseFiles(random: Random): CaseFile[] {
  return Object.entries({ ...KINDS, ...ODD_KINDS }).map(([name, make]) => {
    const made = make(random);
    return { name, bytes: typeof made === "string" ? encoder.encode(made) : made };
  });
}

const ATOMS = ["alpha", "a", "b", "beta", "id=", "\\d", "\\w", "\\s", ".", "[a-c]", "(?:a|b)", " ", "ü", "☃", "\\."];
const FIXED = ["alpha", "a+b", "(x)", "foo.bar", "a", " ", "ünï", "12", "."];
const REPEATS = ["", "", "", "", "+", "*", "?", "{2}"];

/** A regular expression. */
export function casePattern(random: Random): string {
  const parts = Array.from({ length: 1 + random.int(4) }, () => random.pick(ATOMS) + random.pick(REPEATS)).join("");
  const anchored = random.pick(["", "", "", "", "^", "\\b"]) + parts + random.pick(["", "", "", "\\s*$", "$", "\\b"]);
  return random.oneIn(6) ? `${anchored}|${random.pick(WORDS.slice(0, 8))}` : anchored;
}

/** An option that both programs have. */
interface SharedOption {
  /** Its long name in the table of options. */
  readonly name: string;
  /** The words for either program. */
  readonly words: (random: Random) => { readonly ours: readonly string[]; readonly rg?: readonly string[] };
  /** Options that it is not combined with, since the programs take the pair for different things. */
  readonly not?: readonly string[];
}

function same(...choices: readonly (readonly string[])[]): SharedOption["words"] {
  return (random) => ({ ours: random.pick(choices) });
}

const CONTEXTS = ["after-context", "before-context", "context"];
const PRINTS = ["count", "files-with-matches", "files-without-match", "quiet"];

/** The options that are combined by chance; patterns and files come beside. */
export const SHARED_OPTIONS: readonly SharedOption[] = [
  { name: "ignore-case", words: same(["-i"], ["--ignore-case"]) },
  { name: "invert-match", words: same(["-v"], ["--invert-match"]), not: ["only-matching"] },
  { name: "word-regexp", words: same(["-w"], ["--word-regexp"]), not: ["line-regexp"] },
  { name: "line-regexp", words: same(["-x"], ["--line-regexp"]), not: ["word-regexp"] },
  { name: "only-matching", words: same(["-o"], ["--only-matching"]), not: ["invert-match", "count", ...CONTEXTS] },
  {
    name: "count",
    // rg leaves out the files without a match.
    words: () => ({ ours: ["-c"], rg: ["-c", "--include-zero"] }),
    not: ["only-matching", "files-with-matches", "files-without-match", "quiet"],
  },
  { name: "files-with-matches", words: same(["-l"], ["--files-with-matches"]), not: PRINTS },
  {
    name: "files-without-match",
    words: () => ({ ours: ["-L"], rg: ["--files-without-match"] }),
    not: [...PRINTS, "max-count"],
  },
  { name: "quiet", words: same(["-q"], ["--quiet"]), not: PRINTS },
  {
    name: "max-count",
    words: same(["-m1"], ["-m", "2"], ["--max-count=3"]),
    not: ["files-without-match", ...CONTEXTS],
  },
  { name: "after-context", words: same(["-A1"], ["-A", "2"], ["--after-context=3"]), not: CONTEXTS },
  { name: "before-context", words: same(["-B1"], ["-B", "2"], ["--before-context=3"]), not: ["context"] },
  { name: "context", words: same(["-C1"], ["-C", "2"], ["--context=3"]), not: CONTEXTS },
  { name: "with-filename", words: same(["-H"], ["--with-filename"]), not: ["no-filename"] },
  {
    name: "no-filename",
    words: () => ({ ours: ["-h"], rg: ["--no-filename"] }),
    not: ["with-filename", "files-with-matches", "files-without-match"],
  },
  { name: "no-messages", words: () => ({ ours: ["-s"], rg: ["--no-messages"] }) },
  { name: "text", words: same(["-a"], ["--text"]) },
  { name: "search-zip", words: same(["-z"], ["--search-zip"]) },
  { name: "crlf", words: same(["--crlf"]) },
];

/** Where the pattern comes from: the first is the simplest. */
const PATTERNS: readonly ((random: Random, world: CaseWorld) => { name: string; words: readonly string[] })[] = [
  (random) => ({ name: "", words: ["--", casePattern(random)] }),
  (random) => ({ name: "fixed-strings", words: ["-F", "--", random.pick(FIXED)] }),
  (random) => ({ name: "regexp", words: ["-e", casePattern(random), "-e", casePattern(random), "--"] }),
  (random) => ({ name: "regexp", words: [`--regexp=${casePattern(random)}`, "--"] }),
  (random, { patternFile }) => {
    const lines = Array.from({ length: 1 + random.int(3) }, () => casePattern(random));
    return { name: "file", words: ["-f", patternFile(`${lines.join("\n")}\n`), "--"] };
  },
];

/** A command line for some of the options, of those whose names `isThere` knows. */
export function caseLine(random: Random, world: CaseWorld, isThere: (name: string) => boolean): CaseLine {
  const chosen: SharedOption[] = [];
  for (let count = random.int(4); count > 0; count--) {
    const option = random.pick(SHARED_OPTIONS);
    const clashes = chosen.some(({ name, not = [] }) => name === option.name || not.includes(option.name));
    if (!clashes && isThere(option.name) && !chosen.some(({ name }) => option.not?.includes(name))) chosen.push(option);
  }
  const made = chosen.map(({ words }) => words(random));
  const patterns = PATTERNS.slice(0, 1).concat(PATTERNS.filter((_, at) => at > 0));
  let pattern = random.pick(patterns)(random, world);
  while (pattern.name !== "" && !isThere(pattern.name)) pattern = random.pick(patterns)(random, world);
  const rg = made.flatMap(({ ours, rg: theirs = ours }) => theirs);
  return {
    ours: [...made.flatMap(({ ours }) => ours), ...pattern.words],
    rg: [...rg, ...pattern.words],
    names: [...chosen.map(({ name }) => name), ...(pattern.name === "" ? [] : [pattern.name])],
  };
}

/** All names of options that command lines may have. */
export const SHARED_NAMES: readonly string[] = [
  ...SHARED_OPTIONS.map(({ name }) => name),
  "fixed-strings",
  "regexp",
  "file",
];
