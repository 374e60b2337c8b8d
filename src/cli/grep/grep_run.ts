/**
 * What one run of `cluster-agent grep` works with.
 *
 * @module
 */
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import type { Search } from "../../search/search.ts";
import type { LogSource } from "../logs/log_source.ts";
import type { CountingSink } from "../files/sinks.ts";
import type { Output } from "../files/output.ts";
import type { Progress } from "../files/progress.ts";
import type { Terminal } from "../files/terminal.ts";
import type { GrepCommand } from "./grep_command.ts";
import type { MatchFinder } from "./match_finder.ts";

/** What one run of the command works with. */
export interface GrepRun {
  /** What is asked for. */
  readonly command: GrepCommand;
  /** Where results and errors go. */
  readonly terminal: Terminal;
  /** Which messages are wanted; `undefined`: all. */
  readonly search: Search | undefined;
  /** Finds matches, where they are shown or printed alone. */
  readonly finder: MatchFinder | undefined;
  /** Whether there are colours. */
  readonly isColourful: boolean;
  /** Whether a group of records was printed, with those beside it. */
  readonly groups: { hasPrinted: boolean };
  /** A bar. */
  readonly progress: Progress;
  /** Threads that look ahead in long files. */
  readonly workers: WorkerPool;
  /** What is to be printed. */
  readonly out: Output;
  /** Prints it. */
  readonly flush: () => Promise<void>;
  /** Whether the name of a source is printed with what comes from it. */
  readonly isNamed: boolean;
  /** Called with what cannot be read, in words or as an error. */
  readonly onError: (reason: string | Error) => void;
  /** Called with what is left out or may be missed, in words. */
  readonly onNote: (message: string) => void;
  /** Ends the search; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** One input, and how it is read. */
export interface GrepInput {
  /** Where it is, and what it is called. */
  readonly source: LogSource;
  /** Whether it can be read from its end. */
  readonly canSeek: boolean;
  /** Whether its lines tell times. */
  readonly hasTimes: boolean;
  /** Whether parts of a message are put together. */
  readonly join: boolean;
  /** Sends its records to a sink; those that match, unless the sink finds them by itself. */
  readonly read: (sink: CountingSink, direction?: "forward" | "backward") => Promise<void>;
}
