/**
 * A log file in memory, and a sink that keeps what it gets: for tests of the readers, where the file system is not the
 * point.
 *
 * @module
 */
import type { LogFile, LogPath } from "../../src/logs/log_file.ts";
import type { RecordSink } from "../../src/records/record_sink.ts";
import type { NaiveRecord } from "./naive_records.ts";

/** The bytes as an open log; `shortReads` makes each read give one byte less than it could. */
export function memoryLog(bytes: Uint8Array, options: { readonly path?: string } = {}): LogFile & { reads: number } {
  return {
    path: (options.path ?? "/logs/0.log") as LogPath,
    reads: 0,
    size: () => bytes.length,
    read(into, position): Promise<number> {
      this.reads++;
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return Promise.resolve(part.length);
    },
    [Symbol.dispose]: () => {},
  };
}

/** A sink that keeps records, at most `batchRows` a batch; `onBatch` may end the scan. */
export function keepingSink(
  options: { readonly batchRows?: number; readonly onBatch?: () => void } = {},
): RecordSink & { readonly records: NaiveRecord[] } {
  const { batchRows = Infinity, onBatch } = options;
  const records: NaiveRecord[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  return {
    records,
    send: (batch): number => {
      const taken = Math.min(batch.count, batchRows);
      for (let row = 0; row < taken; row++) {
        records.push({
          seconds: batch.seconds(row),
          nanos: batch.nanos(row),
          message: decoder.decode(batch.bytes.subarray(batch.messageStart(row), batch.messageEnd(row))),
          final: batch.isFinal(row),
        });
      }
      onBatch?.();
      return taken;
    },
    ready: () => Promise.resolve(),
  };
}
