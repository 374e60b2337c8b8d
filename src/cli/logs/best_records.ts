/**
 * The first or the last records of several logs in the order of time: of equal times, in the order of the logs.
 *
 * One log is read after the other, so that any number of them can be. Holds twice as many records as are wanted, at
 * most.
 *
 * @module
 */
import type { RecordSink } from "../../records/record_sink.ts";
import type { Time } from "../../logs/time.ts";
import { createOutput, type Output, putBytes, takeAll } from "../files/output.ts";
import { EnoughError, type PutRecord } from "../files/sinks.ts";

/** A record. */
interface Kept extends Time {
  /** As it is printed. */
  readonly bytes: Uint8Array;
  /** The number of its log. */
  readonly log: number;
  /** Its number in the log, in the direction in which that is read. */
  readonly number: number;
}

/** What is wanted. */
export interface BestRecordsOptions {
  /** How many records. */
  readonly limit: number;
  /** Whether the last ones are wanted; else the first ones. */
  readonly last: boolean;
}

/** The records. */
export class BestRecords {
  readonly #limit: number;
  readonly #last: boolean;
  readonly #scratch = createOutput();
  #kept: Kept[] = [];
  #logs = 0;

  constructor({ limit, last }: BestRecordsOptions) {
    this.#limit = limit;
    this.#last = last;
  }

  /** The earliest of the last records, when there are as many as wanted: earlier ones need not be read. */
  get earliest(): Time | undefined {
    const first = this.#last && this.#kept.length >= this.#limit ? this.#kept[0] : undefined;
    return first && { seconds: first.seconds, nanos: first.nanos };
  }

  /** Returns what takes the records of the next log: from its end where the last ones are wanted. */
  sink(put: PutRecord, { backward }: { readonly backward: boolean }): RecordSink {
    const log = this.#logs++;
    const found: Kept[] = [];
    let number = 0;
    this.#kept = this.#best();
    const isEnough = backward === this.#last;
    this.#pending = found;
    return {
      send: (batch): number => {
        const max = isEnough ? Math.min(batch.count, this.#limit - found.length) : batch.count;
        for (let row = 0; row < max; row++) {
          put(this.#scratch, batch, row);
          const time = { seconds: batch.seconds(row), nanos: batch.nanos(row) };
          found.push({ ...time, bytes: takeAll(this.#scratch), log, number: backward ? -number++ : number++ });
          // The last records of what is read from its beginning.
          if (!isEnough && found.length > 2 * this.#limit) found.splice(0, found.length - this.#limit);
        }
        return max;
      },
      ready: () =>
        isEnough && found.length >= this.#limit
          ? Promise.reject(new EnoughError("Cannot take more records: all that are wanted are there"))
          : Promise.resolve(),
    };
  }

  /** Puts the records, and returns how many. */
  putAll(out: Output): number {
    this.#kept = this.#best();
    for (const { bytes } of this.#kept) putBytes(out, bytes, 0, bytes.length);
    return this.#kept.length;
  }

  /** Those of the log that is read last. */
  #pending: Kept[] = [];

  #best(): Kept[] {
    const all = [...this.#kept, ...this.#pending].sort((a, b) =>
      a.seconds - b.seconds || a.nanos - b.nanos || a.log - b.log || a.number - b.number
    );
    this.#pending = [];
    return this.#last ? all.slice(-this.#limit) : all.slice(0, this.#limit);
  }
}
