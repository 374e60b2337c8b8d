/**
 * All that `cluster-agent grep` can be asked for.
 *
 * @module
 */
import type { Time } from "../../logs/time.ts";

/** How patterns are read, and what of the log is compared with them. */
export interface GrepPatterns {
  /** The patterns as they were typed; one that matches is enough. */
  readonly patterns: readonly string[];
  /** Files with a pattern in each line. */
  readonly patternFiles: readonly string[];
  /** Records that match one of these are left out. */
  readonly exclude: readonly string[];
  /** Whether patterns are texts, not regular expressions. */
  readonly isFixed: boolean;
  /** Whether a match has to be whole words. */
  readonly wholeWords: boolean;
  /** Whether a match has to be the whole message. */
  readonly wholeLines: boolean;
  /** Whether upper and lower case are the same; `smart`: unless a pattern has a capital. */
  readonly letterCase: "kept" | "ignored" | "smart";
  /** Whether a carriage return before the line feed ends a line, too. */
  readonly crlf: boolean;
  /** Whether the records are wanted that do not match. */
  readonly invert: boolean;
}

/** Where records come from. */
export interface GrepSources {
  /** The words behind the pattern: paths, or `-` for standard input; names of pods; none: all logs. */
  readonly files: readonly string[];
  /** The folder of logs by name; `undefined`: the node's. */
  readonly logs: string | undefined;
  /** The namespace of the pods. */
  readonly namespace: string | undefined;
  /** The containers of the pods; none: all. */
  readonly containers: readonly string[];
  /** Whether the rotated files of a log belong to it. */
  readonly history: boolean;
  /** Whether to go on with what is written later. */
  readonly follow: boolean;
  /** Whether the records of all logs are put in the order of time. */
  readonly merge: boolean;
}

/** Which of the records are wanted. */
export interface GrepBounds {
  /** The earliest time wanted. */
  readonly since: Time | undefined;
  /** The latest time wanted. */
  readonly until: Time | undefined;
  /** The most records of each file, from its beginning on; of all files, where they are merged. */
  readonly head: number | undefined;
  /** The most records of each file, up to its end; of all files, where they are merged. */
  readonly tail: number | undefined;
  /** The most records of each file that match. */
  readonly maxCount: number | undefined;
  /** The stream that a container wrote to. */
  readonly stream: "stdout" | "stderr" | undefined;
}

/** How records are printed. */
export interface GrepPrinting {
  /** What is printed of the records. */
  readonly show: "text" | "count" | "files with matches" | "files without match" | "nothing";
  /** Whether that is printed as JSON. */
  readonly json: boolean;
  /** Whether only the matches are printed. */
  readonly onlyMatching: boolean;
  /** Records before and after each one that matches. */
  readonly context: { readonly before: number; readonly after: number };
  /** Whether the parts of a message that the runtime cut are one message; `auto`: in text output. */
  readonly join: "auto" | "always" | "never";
  /** Whether names of files are printed; `auto`: where there may be several. */
  readonly fileNames: "auto" | "always" | "never";
  /** The zone in which times are printed and read; `undefined`: UTC. */
  readonly timeZone: string | undefined;
  /** Longer messages are cut there, in columns; `undefined`: none is. */
  readonly maxColumns: number | undefined;
  /** Whether binary files are searched as text. */
  readonly isText: boolean;
  /** Whether nothing is told of files that cannot be read. */
  readonly isQuietAboutFiles: boolean;
  /** Whether colours are wanted; `auto`: on a terminal. */
  readonly color: "auto" | "always" | "never";
}

/** Print the records of some files that match. */
export interface GrepCommand extends GrepPatterns, GrepSources, GrepBounds, GrepPrinting {
  /** Tells the commands apart. */
  readonly kind: "grep";
  /** Whether to tell how the search would be done, in place of doing it. */
  readonly explain: boolean;
}

/** The command without any option; no pattern, standard input. */
export const PLAIN_GREP: GrepCommand = {
  kind: "grep",
  patterns: [],
  patternFiles: [],
  exclude: [],
  isFixed: false,
  wholeWords: false,
  wholeLines: false,
  letterCase: "kept",
  crlf: false,
  invert: false,
  files: ["-"],
  logs: undefined,
  namespace: undefined,
  containers: [],
  history: true,
  follow: false,
  merge: false,
  since: undefined,
  until: undefined,
  head: undefined,
  tail: undefined,
  maxCount: undefined,
  stream: undefined,
  show: "text",
  json: false,
  onlyMatching: false,
  context: { before: 0, after: 0 },
  join: "auto",
  fileNames: "auto",
  timeZone: undefined,
  maxColumns: undefined,
  isText: false,
  isQuietAboutFiles: false,
  color: "auto",
  explain: false,
};
