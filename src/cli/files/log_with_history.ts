/**
 * A container log together with its rotated files: what the agent reads of it.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import type { LineFormat } from "../../logs/line_head.ts";
import { createLogChanges } from "../../logs/log_changes.ts";
import { type LogFolders, LogNotFoundError, openLog, type OpenLogFile } from "../../logs/log_file.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import type { BlockPool } from "../../records/scan/block_pool.ts";
import { createScanFigures } from "../../records/scan/scan_figures.ts";
import { streamLog, type StreamQuery } from "../../records/stream.ts";
import { InputError } from "./input.ts";
import { FILE_FORMATS } from "./lines_of.ts";
import { EnoughError } from "./sinks.ts";

/** The folders for a path. Wherever links lead: it is the user's own right to read a file that counts. */
export function foldersOf(path: string): LogFolders {
  return { containerLogsDir: dirname(resolve(path)), roots: ["/"] };
}

/**
 * Opens a log to read it with its rotated files.
 *
 * @throws {InputError} when it cannot be opened
 */
export function openWithHistory(path: string): OpenLogFile {
  try {
    return openLog(basename(resolve(path)), foldersOf(path));
  } catch (error) {
    if (!(error instanceof LogNotFoundError)) throw error;
    throw new InputError(`Cannot open ${path}: ${error.message}`, { cause: error });
  }
}

/** How a log is read. */
export interface ReadLogOptions {
  /** Where its records go. */
  readonly sink: RecordSink;
  /** Where blocks come from. */
  readonly pool: BlockPool;
  /** How its lines read. @default detected from the first of them */
  readonly format?: LineFormat | undefined;
  /** Threads that scan ahead. @default none */
  readonly workers?: WorkerPool | undefined;
  /** Called with the number of bytes that were scanned. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Called with the reason why something cannot be sent, in words. */
  readonly onGap: (message: string) => void;
  /** Ends the read; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Sends the records of a log and its rotated files until they end or the sink has enough; resolves to how many lines
 * were no records. Owns the file, and closes it.
 */
export async function readLogWithHistory(
  file: OpenLogFile,
  query: StreamQuery,
  options: ReadLogOptions,
): Promise<number> {
  const { onRead = () => {}, onGap } = options;
  using changes = createLogChanges();
  let skipped = 0;
  const figures = createScanFigures();
  let scanned = 0;
  Object.defineProperty(figures, "scannedBytes", {
    get: () => scanned,
    set: (bytes: number) => {
      onRead(bytes - scanned);
      scanned = bytes;
    },
  });
  try {
    await streamLog(file, query, {
      ...options,
      figures,
      formatRules: FILE_FORMATS,
      fileName: basename(file.path),
      folders: foldersOf(file.path),
      changes,
      onSkip: (lines) => void (skipped += lines),
      onGap: (path, reason) => onGap(`Cannot read ${path}: ${reason}`),
    });
  } catch (error) {
    if (!(error instanceof EnoughError)) throw error;
  }
  return skipped;
}
