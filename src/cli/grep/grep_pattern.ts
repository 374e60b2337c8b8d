/**
 * What the patterns of a command line come to: one tree, whichever of them matches.
 *
 * @module
 */
import fs from "node:fs";
import { alternate, concat, type Hir } from "../../search/syntax/hir.ts";
import { readPattern } from "../../search/syntax/read_pattern.ts";
import { readFailure } from "../files/read_failure.ts";
import { FlagError } from "../usage.ts";
import type { GrepPatterns } from "./grep_command.ts";

/** The biggest file of patterns. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const STANDARD_INPUT = 0;

/** Matches nothing. */
const NOTHING: Hir = { kind: "class", unit: "byte", ranges: [] };

/**
 * Returns all patterns: those of the command line, and each line of the files of patterns.
 *
 * @throws {FlagError} when a file cannot be read
 */
export function allPatterns({ patterns, patternFiles }: GrepPatterns): readonly string[] {
  return patternFiles.length === 0 ? patterns : [...patterns, ...patternFiles.flatMap(linesOf)];
}

function linesOf(name: string): string[] {
  const shown = name === "-" ? "standard input" : name;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(firstBytes(name, MAX_FILE_BYTES + 1));
  } catch (error) {
    const reason = error instanceof TypeError ? "it is not UTF-8" : readFailure(error);
    throw new FlagError(`Cannot read patterns from ${shown}: ${reason}`, { cause: error });
  }
  if (text.length > MAX_FILE_BYTES) {
    throw new FlagError(`Cannot read patterns from ${shown}: it has more than ${MAX_FILE_BYTES} bytes`);
  }
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n").map((line) => line.replace(/\r$/, ""));
}

/** Reads up to so many bytes, also of a pipe. */
function firstBytes(name: string, count: number): Uint8Array {
  const descriptor = name === "-" ? STANDARD_INPUT : fs.openSync(name, "r");
  try {
    let bytes = new Uint8Array(64 * 1024);
    let length = 0;
    while (length < count) {
      if (length === bytes.length) {
        const grown = new Uint8Array(Math.min(count, bytes.length * 4));
        grown.set(bytes);
        bytes = grown;
      }
      const read = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    if (descriptor !== STANDARD_INPUT) fs.closeSync(descriptor);
  }
}

/** How patterns are read. */
export type PatternOptions = Pick<GrepPatterns, "isFixed" | "wholeWords" | "wholeLines" | "letterCase" | "crlf">;

/**
 * Reads patterns; `undefined` where every message matches.
 *
 * @throws {PatternError} for one that is none
 */
export function patternTree(patterns: readonly string[], options: PatternOptions): Hir | undefined {
  if (patterns.length === 0) return NOTHING;
  if (patterns.includes("") && !options.wholeWords && !options.wholeLines) return undefined;
  const isFolded = foldsCase(patterns, options);
  const flags = `${isFolded ? "i" : ""}${options.crlf ? "mR" : ""}`;
  const prefix = flags === "" ? "" : `(?${flags})`;
  const read = (pattern: string): Hir => readPattern(prefix + (options.isFixed ? escaped(pattern) : pattern));
  const tree = alternate(patterns.map(read));
  const within = (start: string, end: string): Hir => concat([readPattern(start), tree, readPattern(end)]);
  if (options.wholeLines) return within("^", options.crlf ? "(?mR)$" : "$");
  return options.wholeWords ? within("\\b{start-half}", "\\b{end-half}") : tree;
}

/** Whether upper and lower case are the same; where that is smart, as long as no pattern has a capital. */
function foldsCase(patterns: readonly string[], { letterCase, isFixed }: PatternOptions): boolean {
  if (letterCase !== "smart") return letterCase === "ignored";
  // A class such as \\W is no capital.
  const texts = isFixed ? patterns : patterns.map((pattern) => pattern.replace(/\\[pP]\{[^}]*\}|\\./gs, ""));
  return texts.some((text) => /\p{L}/u.test(text)) && !texts.some((text) => /\p{Lu}/u.test(text));
}

/** A text as a pattern that matches it and nothing else. */
function escaped(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$#&\-~]/g, "\\$&");
}
