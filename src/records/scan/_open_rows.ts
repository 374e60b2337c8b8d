/**
 * What a sink reads of the rows that a scan has filled.
 *
 * @module
 */
import type { LogStream } from "../../logs/line_stream.ts";

/** Frames of a batch's first records. */
export interface WrittenFrames {
  /** How many records they hold. */
  readonly rows: number;
  /** The frames, in memory that is written again with the next batch. */
  readonly frames: Uint8Array;
}

/**
 * Records that a scan has selected, for a sink to read while its `send` runs. Rows count from 0.
 *
 * @throws {StaleRowsError} by each method, when it is called later, or for a row that is not of the batch
 */
export interface RowBatch {
  /** How many records it has. */
  readonly count: number;
  /** What the offsets of messages refer to. To be read only. */
  readonly bytes: Uint8Array;
  /** The size of the longest frame that a record can need. */
  readonly maxFrameBytes: number;
  /** The whole seconds of a record's time. */
  seconds(row: number): number;
  /** The nanoseconds of a record's time. */
  nanos(row: number): number;
  /** Whether the message is whole with this record. */
  isFinal(row: number): boolean;
  /** Where the message begins in {@linkcode bytes}. */
  messageStart(row: number): number;
  /** Where it ends; white space behind it is left out. */
  messageEnd(row: number): number;
  /** Where it ends with that white space: the text that a pattern is matched against. */
  matchedEnd(row: number): number;
  /** Where the record's line begins in {@linkcode bytes}; 0 where the line is too long to be there. */
  lineStart(row: number): number;
  /** Where it ends, without its line feed; 0 where it is not there. */
  lineEnd(row: number): number;
  /** The stream of the container, where the line tells it. */
  stream(row: number): LogStream | undefined;
  /**
   * Writes the first records as gRPC frames, as many of `maxRows` as fit into `limit` bytes; `maxRows` is the whole
   * batch by default.
   */
  writeFrames(limit: number, maxRows?: number): WrittenFrames;
}

/**
 * Rows are to be read that were filled before a wait, were sent already, or were never filled: they may be another
 * caller's.
 */
export class StaleRowsError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "StaleRowsError";
}
