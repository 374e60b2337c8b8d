/**
 * What the forward and the backward reader share: an open log, its scan, and where blocks come from and records go.
 *
 * @module
 */
import { AGENT_FORMATS, type FormatRules } from "../../logs/line_format.ts";
import type { LineFormat } from "../../logs/line_head.ts";
import type { ScannedFile } from "./block_reader.ts";
import type { BlockPool } from "./block_pool.ts";
import { type BlockReader, createBlockReader } from "./block_reader.ts";
import type { RecordQuery } from "../query.ts";
import type { RecordSink } from "../record_sink.ts";
import type { WorkerPool } from "../parallel/worker_pool.ts";
import { createScan, type Scan } from "./scan.ts";
import { createScanFigures, type ScanFigures } from "./scan_figures.ts";
import { withoutBlocks } from "./slow_client.ts";

/** How many bytes are read to detect a log's format: mostly the first of these is enough. */
const SNIFFED_BYTES = [4 * 1024, 64 * 1024] as const;

/** What a reader of a log needs besides the query. */
export interface ScanOptions {
  /** Where the records go. */
  readonly sink: RecordSink;
  /** Where blocks come from. */
  readonly pool: BlockPool;
  /** Scan workers, where they help. */
  readonly workers?: WorkerPool | undefined;
  /** Ends the scan; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** How the lines read. @default detected from the first of them */
  readonly format?: LineFormat | undefined;
  /** By what rules it is detected. @default {those of the agent} */
  readonly formatRules?: FormatRules | undefined;
  /** Called once, at the end, with how many lines were no records. */
  readonly onSkip?: ((lines: number) => void) | undefined;
  /** Added to while the scan goes on. @default {new ones} */
  readonly figures?: ScanFigures | undefined;
}

/** A scan of an open log. */
export interface LogScan extends ScanOptions {
  /** The log. */
  readonly file: ScannedFile;
  /** Its blocks. */
  readonly reader: BlockReader;
  /** The query and the state of the scan. */
  readonly scan: Scan;
  /** What it has done. */
  readonly figures: ScanFigures;
}

/**
 * Opens a scan of an open log; its format is detected from its first lines. Its reader must be idle before the file is
 * closed.
 */
export async function openScan(file: ScannedFile, query: RecordQuery, options: ScanOptions): Promise<LogScan> {
  const { pool, signal, figures = createScanFigures() } = options;
  const reader = createBlockReader(file, { pool, signal });
  const format = options.format ?? await sniffed(reader, file, options);
  const sink = withoutBlocks(options.sink, reader);
  const scan = createScan(query, format);
  if (scan.judgesLines) figures.usesEngine = true;
  return { ...options, file, reader, scan, figures, sink };
}

/** Runs a scan, and ends in order, whatever happens. */
export async function scanLog(
  file: ScannedFile,
  query: RecordQuery,
  options: ScanOptions & { readonly run: (log: LogScan) => Promise<void> },
): Promise<void> {
  const { onSkip, run } = options;
  const log = await openScan(file, query, options);
  try {
    await run(log);
  } finally {
    await log.reader.idle();
    onSkip?.(log.scan.skippedLines);
  }
}

/**
 * Resolves to the format of the log's first lines: a few of them, or more where these are no records, or the last ones,
 * as behind a hole. Where none is a record, it is the format that the log's name has.
 */
async function sniffed(
  reader: BlockReader,
  file: ScannedFile,
  { pool, formatRules: { ofLines, ofName } = AGENT_FORMATS }: Pick<ScanOptions, "pool" | "formatRules">,
): Promise<LineFormat> {
  for (const bytes of SNIFFED_BYTES) {
    using block = await reader.load(0, Math.min(bytes, pool.blockBytes));
    const format = ofLines(block.bytes.subarray(0, block.read));
    if (format !== undefined) return format;
    if (block.read < block.bytes.length) return ofName(file.path);
  }
  const bytes = Math.min(SNIFFED_BYTES[1], pool.blockBytes);
  using block = await reader.load(Math.max(0, file.size() - bytes), bytes);
  return ofLines(block.bytes.subarray(0, block.read)) ?? ofName(file.path);
}
