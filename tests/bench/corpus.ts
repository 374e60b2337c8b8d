/**
 * The patterns that the bench searches for, by kind, as people type them and as callers send them.
 *
 * How often each is found in the bench's own logs is a property that the test beside this file checks. A kind says what
 * a search can use: literals, several of them, or none; and so does the bar, the share of the peer's time that ours may
 * take.
 *
 * @module
 */

import { normalizeGrep } from "../../src/search/syntax/grep.ts";
import type { LogFormat } from "./log_lines.ts";

/** What a search for a pattern can use, or what comes out of it. */
export type PatternKind =
  | "rare literal"
  | "common literal"
  | "several words"
  | "with blanks"
  | "anchors"
  | "classes"
  | "counted repeats"
  | "Unicode"
  | "no match"
  | "every line"
  | "common words"
  | "a rare word with a common one"
  | "an id with a key"
  | "keys and classes"
  | "addresses"
  | "durations"
  | "sets of words"
  | "Java traces"
  | "coloured text"
  | "case-sensitive"
  | "UUIDs"
  | "no required text";

/** One search. */
export interface CorpusEntry {
  /** What a user types. */
  readonly typed: string;
  /** What is sent for it. */
  readonly pattern: string;
  /** Its kind. */
  readonly kind: PatternKind;
  /** Ours may take so much of the peer's time. */
  readonly bar: number;
  /**
   * Whether more than a tenth of all lines match: it is searched for in a smaller log, as the answer is what takes the
   * time.
   */
  readonly dense: boolean;
  /** The formats in which both agents mean the same by it. */
  readonly formats: readonly LogFormat[];
}

/** A literal that every match holds. */
const LITERAL = 0.4;
/** Several words, one of which every match holds. */
const SEVERAL = 0.25;
/** Nothing that a scan for bytes could use. */
const NO_LITERAL = 0.7;

const BOTH: readonly LogFormat[] = ["cri", "docker"];

/** What a client sends for a typed pattern: caseless, and with blanks that let colour codes stand around them. */
export function asClientsSend(typed: string): string {
  return `(?i)${normalizeGrep(typed) ?? ""}`;
}

/** Entries as clients send them, for logs in both formats. */
export function entries(kind: PatternKind, bar: number, typed: readonly string[]): CorpusEntry[] {
  return typed.map((text) => ({ typed: text, pattern: asClientsSend(text), kind, bar, dense: false, formats: BOTH }));
}

/** Entries that more than a tenth of all lines match. */
export function dense(kind: PatternKind, bar: number, typed: readonly string[]): CorpusEntry[] {
  return entries(kind, bar, typed).map((entry) => ({ ...entry, dense: true }));
}

/** All searches. */
export const corpus: readonly CorpusEntry[] = [
  ...entries("rare literal", LITERAL, ["flux-capacitor", "OOMKilled", "segfault at", String.raw`id=\d+99999`]),
  ...entries("common literal", LITERAL, ["level=error"]),
  ...dense("common literal", LITERAL, ["latency", "HTTP/1\\.1"]),
  ...entries("several words", SEVERAL, [
    "(panic|fatal|segfault|oom)",
    "flux-capacitor|OOMKilled|cannot lock",
    "deadline exceeded|connection refused|reset by peer|no route to host|broken pipe|i/o timeout",
  ]),
  ...dense("several words", SEVERAL, ["(timeout|deadline|throttle|quota)"]),
  ...entries("with blanks", LITERAL, [
    "connection reset by peer",
    "exit code 137",
    "cannot lock ref",
  ]),
  ...dense("with blanks", LITERAL, [String.raw`finished for pod \S+ in \d\d\dms`]),
  ...entries("anchors", LITERAL, [String.raw`^10\.2\d\d\.`, String.raw`^fatal: `, String.raw`\bOOMKilled\b`]),
  // The peer's search sees the line feed at the end of a Docker message, and its `$` never matches there.
  ...entries("anchors", LITERAL, [String.raw`id=\d*77777$`]).map((entry) => ({ ...entry, formats: ["cri"] as const })),
  ...entries("classes", NO_LITERAL, [
    String.raw`\d{12}`,
    String.raw`[xyz]\d\d[qjk]`,
    String.raw`\p{Greek}+`,
  ]),
  ...dense("classes", NO_LITERAL, [String.raw`[45]\d\d`]),
  ...entries("counted repeats", NO_LITERAL, ["([a-z]{5}[0-9]){2}"]),
  ...dense("counted repeats", NO_LITERAL, ["[0-9a-f]{32}"]),
  ...entries("counted repeats", LITERAL, ["(rollout ){2}", String.raw`(\d{1,3}\.){3}\d{1,3}:`]),
  ...entries("Unicode", LITERAL, ["ΔΊΣΚΟΣ", "größe", "ディスク", "sector"]),
  ...entries("no match", LITERAL, ["xylophone-quartet", "nothing like this was said"]),
  ...entries("no match", NO_LITERAL, ["[~^]{5}"]),
  ...dense("every line", LITERAL, ["id="]),
  ...dense("every line", NO_LITERAL, [".*"]),
];
