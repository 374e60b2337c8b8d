/**
 * Where `cluster-agent grep` differs from ripgrep on purpose: the table of the page about the terminal, each row with
 * an example that a test runs in both programs.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { CaseFile, CaseLine } from "./_rg_cases.ts";

/** What a program does with an example. */
export interface Said {
  /** Its words, without the file. */
  readonly words: readonly string[];
  /** What it prints. */
  readonly prints: string | Uint8Array;
  /** Its exit code. */
  readonly code: number;
}

/** A difference. */
export interface Difference {
  /** Where it is. */
  readonly where: string;
  /** What ripgrep does. */
  readonly rg: string;
  /** What is done here, and why. */
  readonly here: string;
  /** A file, and what both do with it. */
  readonly example: { readonly file: string | Uint8Array; readonly rg: Said; readonly here: Said };
}

/** The differences. */
export const DIFFERENCES: readonly Difference[] = [
  {
    where: "a container log",
    rg: "searches and prints whole lines: time, stream, tag, JSON",
    here: "searches the message, prints time and message",
    example: {
      file: "2025-03-04T05:00:00.123456789Z stdout F a message\n",
      rg: { words: ["stdout"], prints: "2025-03-04T05:00:00.123456789Z stdout F a message\n", code: 0 },
      here: { words: ["stdout"], prints: "", code: 1 },
    },
  },
  {
    where: "empty lines",
    rg: "match `^$`, and count",
    here: "are no records: neither printed nor counted",
    example: {
      file: "a\n\nb\n",
      rg: { words: ["-c", ""], prints: "3\n", code: 0 },
      here: { words: ["-c", ""], prints: "2\n", code: 0 },
    },
  },
  {
    where: "`-c`, nothing found",
    rg: "prints nothing",
    here: "prints 0, as `grep` does",
    example: {
      file: "a\n",
      rg: { words: ["-c", "b"], prints: "", code: 1 },
      here: { words: ["-c", "b"], prints: "0\n", code: 1 },
    },
  },
  {
    where: "gzipped files",
    rg: "are searched as they are without `-z`",
    here: "are decompressed, with `-z` or without",
    example: {
      file: gzipSync("a message\n"),
      rg: { words: ["message"], prints: "", code: 1 },
      here: { words: ["message"], prints: "a message\n", code: 0 },
    },
  },
  {
    where: "bytes that are no UTF-8",
    rg: "are printed as they are",
    here: "are printed as U+FFFD",
    example: {
      file: Uint8Array.of(0x61, 0xff, 0x62, 0x0a),
      rg: { words: ["a"], prints: Uint8Array.of(0x61, 0xff, 0x62, 0x0a), code: 0 },
      here: { words: ["a"], prints: "a\u{fffd}b\n", code: 0 },
    },
  },
  {
    where: "a binary file, with lines beside a match",
    rg: "13 says of some that they match, and of others nothing",
    here: "says that it matches, as without such lines",
    example: {
      file: "one\ntwo b\nx\0y\nz\n",
      rg: { words: ["-B1", "b"], prints: "", code: 1 },
      here: { words: ["-B1", "b"], prints: 'binary file matches (found "\\0" byte around offset 11)\n', code: 0 },
    },
  },
  {
    where: "`--crlf`",
    rg: "ends counts, names and parts of lines with CR LF, too",
    here: "ends them with LF",
    example: {
      file: "a\r\n",
      rg: { words: ["--crlf", "-o", "a$"], prints: "a\r\n", code: 0 },
      here: { words: ["--crlf", "-o", "a$"], prints: "a\n", code: 0 },
    },
  },
];

/** Whether both programs have to say the same; the rest is in the table. */
export function isCompared(line: CaseLine, files: readonly CaseFile[]): boolean {
  const has = (...names: readonly string[]): boolean => line.names.some((name) => names.includes(name));
  if (files.some(({ name }) => name.endsWith(".gz")) && !has("search-zip")) return false;
  // With lines beside a match, rg 13 tells of some binary files only that, of others nothing at all.
  const isBinary = files.some(({ name }) => name === "binary.log");
  return !isBinary || has("text") || !has("after-context", "before-context", "context");
}

/** What is compared of an output. */
export function comparable(text: string, { names }: CaseLine): string {
  return names.includes("crlf") ? text.replaceAll("\r\n", "\n") : text;
}
