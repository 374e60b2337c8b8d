/**
 * One opened input read to a sink, and what went wrong with it in words: what the commands for files have in common.
 *
 * @module
 */
import type { LineFormat } from "../../logs/line_head.ts";
import { LogReadError } from "../../logs/log_file.ts";
import { type BlockPool, createBlockPool } from "../../records/scan/block_pool.ts";
import type { RecordQuery } from "../../records/query.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import { streamBackward } from "../../records/scan/backward.ts";
import { streamForward } from "../../records/scan/forward.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import { PatternError } from "../../search/syntax/pattern_error.ts";
import { FlagError } from "../usage.ts";
import { type Input, InputError } from "./input.ts";
import { OutputError } from "./output.ts";
import { EnoughError } from "./sinks.ts";

/** How an input is read. */
export interface ReadOptions {
  /** Where its records go. */
  readonly sink: RecordSink;
  /** Which end to begin with. */
  readonly direction: "forward" | "backward";
  /** How its lines read. */
  readonly format: LineFormat;
  /** Threads that look ahead. @default none */
  readonly workers?: WorkerPool | undefined;
  /** Where blocks come from: one pool where several inputs are read at the same time. @default {a new one} */
  readonly pool?: BlockPool | undefined;
  /** Ends the read; it rejects with the signal's reason. @default none */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends an input's records until it ends or the sink has enough; resolves to how many lines were looked at that are no
 * records.
 */
export async function readRecords(input: Input, query: RecordQuery, options: ReadOptions): Promise<number> {
  const { sink, direction, format, workers, signal = new AbortController().signal } = options;
  let skipped = 0;
  try {
    await (direction === "forward" ? streamForward : streamBackward)(input.file, query, {
      sink,
      // What comes bit by bit is not read ahead.
      pool: options.pool ?? createBlockPool(input.canSeek ? {} : { blocks: 1 }),
      format,
      workers,
      signal,
      onSkip: (lines) => void (skipped = lines),
      // What has no end is not sampled for its times.
      ...(input.canSeek ? {} : { linearBytes: Infinity }),
    });
  } catch (error) {
    if (!(error instanceof EnoughError)) throw error;
  }
  return skipped;
}

/** What standard error is told of lines that were left out. */
export function skippedText(lines: number, name: string): string {
  return `${lines} ${lines === 1 ? "line" : "lines"} of ${name} left out: no ${
    lines === 1 ? "record" : "records"
  } of a log`;
}

/** Whether an error's message is all that the user has to know. */
export function isExpected(error: unknown): error is Error {
  return [InputError, LogReadError, OutputError, PatternError, FlagError].some((errorClass) =>
    error instanceof errorClass
  );
}
