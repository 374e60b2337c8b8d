/**
 * What the forward and the backward reader share: an open log, its scan, and where blocks come from and records go.
 *
 * @module
 */
import { formatOfContent } from "../logs/line_format.ts";
import type { LogFile } from "../logs/log_file.ts";
import type { BlockPool } from "./block_pool.ts";
import type { RecordQuery } from "./query.ts";
import type { RecordSink } from "./record_sink.ts";
import { createScan, type Scan } from "./select.ts";

/** Bytes from which a log's format is told. */
const SNIFFED_BYTES = 64 * 1024;

/** What a reader of a log needs besides the query. */
export interface ScanOptions {
  /** Where the records go. */
  readonly sink: RecordSink;
  /** Where blocks come from. */
  readonly pool: BlockPool;
  /** Ends the scan; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Told once, at the end, how many lines were no records. */
  readonly onSkip?: ((lines: number) => void) | undefined;
}

/** A scan of an open log. */
export interface LogScan extends ScanOptions {
  /** The log. */
  readonly file: LogFile;
  /** What is wanted and what is known. */
  readonly scan: Scan;
}

/** Begins a scan: tells the log's format from its first lines. */
export async function openScan(
  file: LogFile,
  query: RecordQuery,
  options: ScanOptions,
): Promise<LogScan> {
  const { pool, signal } = options;
  using block = await pool.take({ signal });
  const head = block.bytes.subarray(
    0,
    Math.min(SNIFFED_BYTES, block.bytes.length),
  );
  const read = await file.read(head, 0);
  signal.throwIfAborted();
  return {
    ...options,
    file,
    scan: createScan(query, formatOfContent(head.subarray(0, read), file.path)),
  };
}
