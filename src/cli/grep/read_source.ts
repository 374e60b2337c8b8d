/**
 * Reads one source of a search: a file alone, or a log with its rotated files.
 *
 * @module
 */
import type { LineFormat } from "../../logs/line_head.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import type { RecordQuery } from "../../records/query.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import { type BlockPool, createBlockPool } from "../../records/scan/block_pool.ts";
import type { Input } from "../files/input.ts";
import { hasRotatedFiles } from "../files/rotated_beside.ts";
import { plainLines } from "../files/plain_lines.ts";
import type { Progress } from "../files/progress.ts";
import { readRecords } from "../files/read_records.ts";
import type { LogSource } from "../logs/log_source.ts";

/** How a source is read. */
export interface ReadSourceOptions {
  /** The opened file of the source. */
  readonly input: Input;
  /** How its lines read; `undefined`: detected in its rotated files. */
  readonly format: LineFormat | undefined;
  /** Where its records go. */
  readonly sink: RecordSink;
  /** Which end to begin with. */
  readonly direction: "forward" | "backward";
  /** Whether its rotated files are read, too. */
  readonly history: boolean;
  /** Threads that scan ahead. */
  readonly workers?: WorkerPool | undefined;
  /** Where blocks come from: one pool where several sources are read at the same time. @default {a new one} */
  readonly pool?: BlockPool | undefined;
  /** Is told of the bytes that are read. */
  readonly progress: Progress;
  /** Called with what cannot be read, in words. */
  readonly onError: (reason: string) => void;
  /** Ends the read; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Sends the records of a source, with those of its rotated files; resolves to how many lines were no records. */
export async function readSource({ path }: LogSource, query: RecordQuery, options: ReadSourceOptions): Promise<number> {
  const { input, format, history, direction, sink, workers, pool, progress, onError, signal } = options;
  const hasFiles = history && input.canSeek && format !== plainLines && hasRotatedFiles(path);
  if (!hasFiles) {
    return await readRecords(input, query, { sink, format: format ?? plainLines, workers, pool, direction, signal });
  }
  // Loaded where it is needed: a search of a file alone does not wait for it.
  const { openWithHistory, readLogWithHistory } = await import("../files/log_with_history.ts");
  return await readLogWithHistory(openWithHistory(path), { ...query, direction }, {
    sink,
    pool: pool ?? createBlockPool(),
    format,
    workers,
    onRead: progress.add,
    onGap: onError,
    signal,
  });
}
