/**
 * `grep --follow`: the records of several logs, and those that are written to them.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import { createLogChanges, type LogChanges } from "../../logs/log_changes.ts";
import type { LineFormat } from "../../logs/line_head.ts";
import { type OpenLogFile, TooManyFilesError } from "../../logs/log_file.ts";
import type { Handoff } from "../../records/handoff.ts";
import { LogLossError } from "../../records/follow/log_loss.ts";
import type { LogPosition } from "../../records/log_position.ts";
import { type BlockPool, createBlockPool } from "../../records/scan/block_pool.ts";
import { isFollow, streamLog, type StreamOptions } from "../../records/stream.ts";
import type { Poller } from "../../scheduling/poller.ts";
import { openFollowed, sniffedFormat } from "../files/follow_file.ts";
import { FILE_FORMATS, linesOf } from "../files/lines_of.ts";
import { foldersOf } from "../files/log_with_history.ts";
import { OutputError } from "../files/output.ts";
import { plainLines } from "../files/plain_lines.ts";
import { isExpected } from "../files/read_records.ts";
import { createKeepingSink, createPrintingSink, EnoughError } from "../files/sinks.ts";
import { type FoundSources, NODE_LOGS } from "../logs/find_sources.ts";
import { followLogs } from "../logs/follow_logs.ts";
import type { LogSource } from "../logs/log_source.ts";
import { FlagError } from "../usage.ts";
import { putterOf } from "./record_printers.ts";
import type { GrepRun } from "./grep_run.ts";

/** Bytes from which is told what lines a file has. */
const SNIFFED_BYTES = 64 * 1024;

/** What can be set. */
export interface GrepFollowedOptions {
  /** Looks for logs that appear. @default {one of its own} */
  readonly poller?: Poller | undefined;
}

/**
 * Follows the sources until the run's signal ends it, or the last time that is wanted is over; resolves to how many
 * records were printed.
 */
export async function grepFollowed(
  found: FoundSources,
  run: GrepRun,
  { poller }: GrepFollowedOptions = {},
): Promise<number> {
  const { command: { logs: folder = NODE_LOGS, until }, signal, onError } = run;
  using stack = new DisposableStack();
  const changes = stack.use(createLogChanges({ onProblem: (message) => run.terminal.warn(message) }));
  // The bundle's minifier drops a `using` of what is used once, in the next statement.
  stack.defer(() => {});
  const shared = { changes, pool: createBlockPool(), flush: oneAfterTheOther(run.flush) };
  let count = 0;
  await followLogs(found, {
    folder,
    follow: async (source, options) => {
      try {
        count += await followSource(source, run, { ...shared, ...options });
      } catch (error) {
        if (options.signal.aborted) return;
        const isOfLog = error instanceof LogLossError || error instanceof TooManyFilesError || isExpected(error);
        if (!isOfLog || error instanceof OutputError) throw error;
        onError(error);
      }
    },
    onError,
    isOver: () => !isFollow({ stop: until, direction: "forward", follow: "start" }),
    signal,
    poller,
  });
  return count;
}

/** Writes one after the other: records are put by several logs. */
function oneAfterTheOther(flush: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => last = last.then(flush);
}

/** What follows have in common, and what is special to one. */
interface FollowSourceOptions {
  readonly changes: LogChanges;
  readonly pool: BlockPool;
  readonly flush: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Whether the log appeared meanwhile: all of it is wanted. */
  readonly isNew: boolean;
}

async function followSource(source: LogSource, run: GrepRun, options: FollowSourceOptions): Promise<number> {
  const { command: { since, until, head, maxCount, tail }, search, out, onError, terminal } = run;
  const { flush, isNew, ...shared } = options;
  const { path } = source;
  const file = openFollowed(path);
  // Of an empty file nothing is known: its lines are read as those of a log.
  const format = sniffedFormat(path, file) && linesAtStart(file);
  const isPlain = format === plainLines;
  if (isPlain && (since ?? until) !== undefined) {
    file[Symbol.dispose]();
    throw new FlagError(`Cannot use --since or --until on ${source.label}: its lines tell no times`);
  }
  const history = run.command.history && !isPlain;
  const put = putterOf(run, { source, hasTimes: !isPlain });
  const streamOptions: Omit<StreamOptions, "sink"> = {
    ...shared,
    format,
    formatRules: FILE_FORMATS,
    fileName: basename(resolve(path)),
    folders: foldersOf(path),
    onProblem: (_, reason) => terminal.warn(`Problem with ${source.label}: ${reason}`),
    onGap: (gone, reason) => onError(`Cannot read ${gone}: ${reason}`),
  };
  const limit = Math.min(head ?? Infinity, maxCount ?? Infinity);
  const sink = createPrintingSink({ out, put, flush, limit });
  let before = 0;
  try {
    if (tail === undefined || isNew) {
      const query = { search, start: since, stop: until, direction: "forward", follow: "start", history } as const;
      await streamLog(file, query, { ...streamOptions, sink });
      return sink.taken();
    }
    const handoff = createHandoff();
    const kept = createKeepingSink({ put, limit: tail, backward: true });
    if (tail > 0) {
      const query = { search, start: since, direction: "backward", history } as const;
      await streamLog(openFollowed(path), query, { ...streamOptions, sink: kept, handoff }).catch(unlessEnough);
      kept.putKept(out);
      before = kept.taken();
      await flush();
    }
    await streamLog(file, { search, direction: "forward", follow: "end" }, { ...streamOptions, sink, handoff });
  } catch (error) {
    unlessEnough(error);
  }
  return before + sink.taken();
}

/** Detects how the lines of an open file read. */
function linesAtStart(file: OpenLogFile): LineFormat {
  const first = new Uint8Array(SNIFFED_BYTES);
  return linesOf(first.subarray(0, file.peek(first, 0)));
}

function unlessEnough(error: unknown): void {
  if (!(error instanceof EnoughError)) throw error;
}

/** Lets a follow begin where the last records before it end. */
function createHandoff(): Handoff {
  let end: LogPosition | undefined;
  return {
    beginFollow: () => ({ [Symbol.dispose]: () => {} }),
    openFollows: () => [],
    noteEnd: (position) => void (end ??= position),
    recentEnd: () => end,
  };
}
