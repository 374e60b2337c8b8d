/**
 * The records of one stream of a container: a sink that takes them and drops the others.
 *
 * @module
 */
import type { LogStream } from "../../logs/line_stream.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import type { RowBatch, WrittenFrames } from "../../records/scan/row_batch.ts";

/** Some rows of a batch, as a batch. */
class SomeRows implements RowBatch {
  count = 0;
  bytes: Uint8Array = new Uint8Array();
  readonly maxFrameBytes = 0;
  rows: Int32Array<ArrayBuffer> = new Int32Array(1024);
  #batch: RowBatch | undefined;

  /** Takes the rows that come from a stream. */
  select(batch: RowBatch, stream: LogStream): void {
    if (this.rows.length < batch.count) this.rows = new Int32Array(batch.count);
    this.#batch = batch;
    this.bytes = batch.bytes;
    this.count = 0;
    for (let row = 0; row < batch.count; row++) {
      if (batch.stream(row) === stream) this.rows[this.count++] = row;
    }
  }

  #of(row: number): number {
    if (row >= 0 && row < this.count) return this.rows[row] ?? 0;
    throw new RangeError(`Cannot read row ${row}: there are ${this.count}`);
  }

  #all(): RowBatch {
    if (this.#batch === undefined) throw new TypeError("Cannot read rows: there is no batch");
    return this.#batch;
  }

  seconds = (row: number): number => this.#all().seconds(this.#of(row));
  nanos = (row: number): number => this.#all().nanos(this.#of(row));
  isFinal = (row: number): boolean => this.#all().isFinal(this.#of(row));
  messageStart = (row: number): number => this.#all().messageStart(this.#of(row));
  messageEnd = (row: number): number => this.#all().messageEnd(this.#of(row));
  matchedEnd = (row: number): number => this.#all().matchedEnd(this.#of(row));
  lineStart = (row: number): number => this.#all().lineStart(this.#of(row));
  lineEnd = (row: number): number => this.#all().lineEnd(this.#of(row));
  stream = (row: number): LogStream | undefined => this.#all().stream(this.#of(row));
  writeFrames = (): WrittenFrames => {
    throw new TypeError("Cannot write frames of some rows of a batch");
  };
}

/** Returns a sink that passes on the records of one stream. */
export function createStreamFilter(sink: RecordSink, stream: LogStream): RecordSink {
  const some = new SomeRows();
  return {
    send: (batch): number => {
      some.select(batch, stream);
      if (some.count === 0) return batch.count;
      const taken = sink.send(some);
      return taken === some.count ? batch.count : some.rows[taken] ?? batch.count;
    },
    ready: () => sink.ready(),
  };
}
