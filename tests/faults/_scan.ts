// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * One query over one log in memory, from the texts of a request to records: all of the agent but sockets and files.
 *
 * @module
 */
import assert from "#assert";
import type { LogFile } from "../../src/logs/log_file.ts";
import { streamBackward } from "../../src/records/scan/backward.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { streamForward } from "../../src/records/scan/forward.ts";
import { requestedRecords } from "../../src/rpc/services/record_request.ts";
import { keepingSink, memoryLog } from "../support/memory_log.ts";
import type { NaiveRecord } from "../support/naive_records.ts";
import { anyLog } from "../support/test_services.ts";

/** What is asked for, and how it is read. */
export interface ScanCase {
  /** `start_time`. @default {""} */
  readonly start?: string;
  /** `stop_time`. @default {""} */
  readonly stop?: string;
  /** `grep`. @default {""} */
  readonly grep?: string;
  /** The file's resolved path. @default {"/logs/0.log"} */
  readonly path?: string;
  /** Sizes of blocks to read with. @default 128 bytes, 4 KiB and 256 KiB */
  readonly blockBytes?: readonly number[];
  /** Records in one batch at most. @default no limit */
  readonly batchRows?: number;
  /** The size up to which a log is read from end to end. @default {16777216} */
  readonly linearBytes?: number;
  /** The size of a part of a larger one. @default {1048576} */
  readonly minPartBytes?: number;
}

/** What came of it. */
export interface ScanResult {
  /** The records, first to last. */
  readonly records: readonly NaiveRecord[];
  /** Lines that were no records. */
  readonly skipped: number;
}

const { signal } = new AbortController();
const encoder = new TextEncoder();

/**
 * Reads a log forward and backward, with blocks of several sizes, and gives the records; fails unless all of these ways
 * give the same.
 */
export async function scan(log: string | Uint8Array | LogFile, options: ScanCase = {}): Promise<ScanResult> {
  const { start = "", stop = "", grep = "", path = "/logs/0.log", ...how } = options;
  const { blockBytes: sizes = [128, 4096, 256 * 1024], batchRows = Infinity, ...ranges } = how;
  const bytes = typeof log === "string" ? encoder.encode(log) : log;
  const file = bytes instanceof Uint8Array ? memoryLog(bytes, { path }) : bytes;
  const query = requestedRecords({ ...anyLog, start_time: start, stop_time: stop, grep });
  const results: ScanResult[] = [];
  for (const blockBytes of sizes) {
    for (const stream of [streamForward, streamBackward]) {
      const sink = keepingSink({ batchRows });
      let skipped = 0;
      const onSkip = (lines: number): void => void (skipped += lines);
      const pool = createBlockPool({ blocks: 1, blockBytes });
      const scanOptions = { ...ranges, sink, pool, signal, onSkip };
      await stream(file, query, scanOptions);
      results.push({ records: stream === streamForward ? sink.records : sink.records.toReversed(), skipped });
    }
  }
  const [first = { records: [], skipped: 0 }, ...others] = results;
  for (const [index, other] of others.entries()) {
    assert.deepEqual(other, first, `way ${index + 1} differs from reading forward in blocks of ${sizes[0]}`);
  }
  return first;
}

/** The messages, first to last, each followed by ` …` where it is not whole. */
export function shown({ records }: ScanResult): string[] {
  return records.map(({ message, final }) => final ? message : `${message} …`);
}

/** Bytes from text and single bytes. */
export function bytesOf(...pieces: readonly (string | Uint8Array | number)[]): Uint8Array {
  return Uint8Array.from(
    pieces.flatMap((piece) =>
      typeof piece === "number" ? [piece] : [...typeof piece === "string" ? encoder.encode(piece) : piece]
    ),
  );
}
