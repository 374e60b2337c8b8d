/**
 * Where the records of a file go on the command line: printed, only counted, or kept until the last ones are known.
 *
 * @module
 */
import type { RecordSink } from "../../records/record_sink.ts";
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { createOutput, type Output, putBytes, takeAll } from "./output.ts";

/** Puts a record of a batch. */
export type PutRecord = (out: Output, batch: RowBatch, row: number) => void;

/** No more records are wanted: what {@linkcode RecordSink.ready} rejects with then. */
export class EnoughError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "EnoughError";
}

function enough(): EnoughError {
  return new EnoughError("Cannot take more records: all that are wanted are there");
}

/** A sink that says how many records it took. */
export interface CountingSink extends RecordSink {
  /** How many. */
  taken(): number;
}

/** A batch ends with the record that brings it to this size. */
const BATCH_BYTES = 1024 * 1024;

/** What prints records. */
export interface PrintingOptions {
  /** Where they are put. */
  readonly out: Output;
  /** Puts one. */
  readonly put: PutRecord;
  /** Writes what was put. */
  readonly flush: () => Promise<void>;
  /** The most records wanted. @default {Infinity} */
  readonly limit?: number | undefined;
}

/** A sink that prints records, one write for each batch. */
export function createPrintingSink(options: PrintingOptions): CountingSink {
  const { out, put, flush, limit = Infinity } = options;
  let taken = 0;
  return {
    taken: () => taken,
    send: (batch): number => {
      const max = Math.min(batch.count, limit - taken);
      let row = 0;
      do put(out, batch, row++); while (row < max && out.length < BATCH_BYTES);
      taken += row;
      return row;
    },
    ready: async (): Promise<void> => {
      await flush();
      if (taken >= limit) throw enough();
    },
  };
}

/** A sink that counts records. */
export function createCountingSink(options: { readonly limit?: number | undefined } = {}): CountingSink {
  const { limit = Infinity } = options;
  let taken = 0;
  return {
    taken: () => taken,
    send: ({ count }): number => {
      const max = Math.min(count, limit - taken);
      taken += max;
      return max;
    },
    ready: () => taken < limit ? Promise.resolve() : Promise.reject(enough()),
  };
}

/** A sink that keeps records. */
export interface KeepingSink extends CountingSink {
  /** Puts those that it keeps, in the order of the file. */
  putKept(out: Output): void;
}

/** What keeps records. */
export interface KeepingOptions {
  /** Puts one. */
  readonly put: PutRecord;
  /** How many. */
  readonly limit: number;
  /** Whether they come last to first, so that the first ones are those to keep; else the last ones are. */
  readonly backward: boolean;
}

/** A sink that keeps the last records of a file. */
export function createKeepingSink(options: KeepingOptions): KeepingSink {
  const { put, limit, backward } = options;
  const scratch = createOutput();
  const kept: Uint8Array[] = [];
  // Where the oldest of them is, when the newer ones are put over it.
  let oldest = 0;
  const keep = (batch: RowBatch, row: number): void => {
    put(scratch, batch, row);
    const record = takeAll(scratch);
    if (kept.length < limit) {
      kept.push(record);
    } else {
      kept[oldest] = record;
      oldest = (oldest + 1) % limit;
    }
  };
  return {
    taken: () => kept.length,
    send: (batch): number => {
      const max = backward ? Math.min(batch.count, limit - kept.length) : batch.count;
      for (let row = 0; row < max; row++) keep(batch, row);
      return max;
    },
    ready: () => !backward || kept.length < limit ? Promise.resolve() : Promise.reject(enough()),
    putKept: (out): void => {
      const records = backward ? kept.toReversed() : [...kept.slice(oldest), ...kept.slice(0, oldest)];
      for (const record of records) putBytes(out, record, 0, record.length);
    },
  };
}
