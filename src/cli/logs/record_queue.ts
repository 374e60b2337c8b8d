/**
 * A few records of one log, as they are printed, with their times: what a merge knows of the log.
 *
 * Its reader is a sink that takes records while there is room, and is ready again when all of them are taken.
 *
 * @module
 */
import type { RecordSink } from "../../records/record_sink.ts";
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { type Output, putBytes } from "../files/output.ts";
import { EnoughError, type PutRecord } from "../files/sinks.ts";

/** Records that a queue holds at most, and bytes after which it takes none. */
const MAX_RECORDS = 512;
const MAX_BYTES = 32 * 1024;
/** The first room for bytes. */
const FIRST_BYTES = 4 * 1024;
/** More room than that is given back when it is not needed. */
const KEPT_BYTES = 2 * MAX_BYTES;

/** The queue. One record is at its head, unless it has ended. */
export class RecordQueue implements RecordSink {
  readonly #put: PutRecord;
  readonly #out: Output = { bytes: new Uint8Array(FIRST_BYTES), length: 0 };
  readonly #seconds: number[] = [];
  readonly #nanos: number[] = [];
  readonly #ends: number[] = [];
  #head = 0;
  #isOver = false;
  /** Called when there are records, or none will come. */
  #filled = Promise.withResolvers<void>();
  /** Called when all records are taken. */
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(put: PutRecord) {
    this.#put = put;
  }

  /** Takes records of the log. */
  send(batch: RowBatch): number {
    let row = 0;
    do {
      this.#put(this.#out, batch, row);
      this.#seconds.push(batch.seconds(row));
      this.#nanos.push(batch.nanos(row));
      this.#ends.push(this.#out.length);
      row++;
    } while (row < batch.count && this.#ends.length < MAX_RECORDS && this.#out.length < MAX_BYTES);
    return row;
  }

  /** Resolves when all records are taken; rejects when no more are wanted. */
  ready(): Promise<void> {
    if (this.#isOver) return Promise.reject(new EnoughError("Cannot take more records: the merge has ended"));
    if (this.#ends.length === 0) return Promise.resolve();
    this.#emptied = Promise.withResolvers();
    // The reader may have failed meanwhile, and not wait any more.
    this.#emptied.promise.catch(() => {});
    this.#filled.resolve();
    return this.#emptied.promise;
  }

  /** No more records come: the log has ended. */
  end(): void {
    this.#isOver = true;
    this.#filled.resolve();
  }

  /** No more records are wanted. */
  close(): void {
    this.#isOver = true;
    this.#emptied?.reject(new EnoughError("Cannot take more records: the merge has ended"));
  }

  /** Resolves when a record is at the head, or the log has ended. */
  filled(): Promise<void> {
    return this.#filled.promise;
  }

  /** Reports whether no record is at the head. */
  get isEmpty(): boolean {
    return this.#head === this.#ends.length;
  }

  /** The seconds of the record at the head. */
  get seconds(): number {
    return this.#seconds[this.#head] ?? Infinity;
  }

  /** The nanoseconds of the record at the head. */
  get nanos(): number {
    return this.#nanos[this.#head] ?? 0;
  }

  /** Puts the record at the head, and takes it away; returns whether more have to be waited for. */
  take(out: Output): boolean {
    putBytes(out, this.#out.bytes, this.#ends[this.#head - 1] ?? 0, this.#ends[this.#head] ?? 0);
    this.#head++;
    if (!this.isEmpty) return false;
    this.#clear();
    return !this.#isOver;
  }

  #clear(): void {
    this.#head =
      this.#seconds.length =
      this.#nanos.length =
      this.#ends.length =
        0;
    this.#out.length = 0;
    if (this.#out.bytes.length > KEPT_BYTES) this.#out.bytes = new Uint8Array(FIRST_BYTES);
    if (this.#isOver) return;
    this.#filled = Promise.withResolvers();
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }
}
