/**
 * Prints the records of several logs in the order of time: of equal times, in the order of the logs.
 *
 * Holds a few records of each log, and reads on in the log whose records are taken. The order within a log is kept,
 * also where its times go back.
 *
 * @module
 */
import type { Output } from "../files/output.ts";
import { EnoughError, type PutRecord } from "../files/sinks.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import { RecordQueue } from "./record_queue.ts";

/** A log to merge. */
export interface MergedLog {
  /** Puts a record. */
  readonly put: PutRecord;
  /** Sends the log's records; reports what goes wrong with the log, and does not fail for it, nor for the signal. */
  readonly read: (sink: RecordSink, options: { readonly signal: AbortSignal }) => Promise<void>;
}

/** Where the records go. */
export interface MergeOptions {
  /** Where they are put. */
  readonly out: Output;
  /** Writes what was put. */
  readonly flush: () => Promise<void>;
}

/** Bytes that are put before they are written. */
const BATCH_BYTES = 256 * 1024;

/** Merges the logs; resolves to how many records were printed. */
export async function mergeLogs(logs: readonly MergedLog[], { out, flush }: MergeOptions): Promise<number> {
  const queues = logs.map(({ put }) => new RecordQueue(put));
  const ending = new AbortController();
  const reads = logs.map(async ({ read }, at) => {
    const queue = queues[at] as RecordQueue;
    try {
      await read(queue, { signal: ending.signal });
    } finally {
      queue.end();
    }
  });
  // Whatever goes wrong is known when all have ended.
  const ended = Promise.allSettled(reads);
  let count = 0;
  try {
    const heap = new QueueHeap(queues);
    await Promise.all(queues.map((queue) => queue.filled()));
    heap.fill();
    for (let first = heap.first; first !== undefined; first = heap.first) {
      count++;
      const isWaiting = first.take(out);
      if (out.length >= BATCH_BYTES) await flush();
      if (isWaiting) await first.filled();
      heap.sink();
    }
    await flush();
  } finally {
    for (const queue of queues) queue.close();
    ending.abort(new EnoughError("Cannot read on: the merge has ended"));
    await ended;
  }
  await Promise.all(reads);
  return count;
}

/** The queues that are not empty, with the earliest record first. */
class QueueHeap {
  readonly #queues: readonly RecordQueue[];
  /** Numbers of queues. */
  readonly #heap: number[] = [];

  constructor(queues: readonly RecordQueue[]) {
    this.#queues = queues;
  }

  /** The queue with the earliest record; `undefined` when all are empty. */
  get first(): RecordQueue | undefined {
    return this.#at(0);
  }

  /** Takes all queues that have a record. */
  fill(): void {
    for (const [number, queue] of this.#queues.entries()) if (!queue.isEmpty) this.#heap.push(number);
    for (let at = this.#heap.length >> 1; at >= 0; at--) this.#sinkFrom(at);
  }

  /** Puts the first queue where it belongs, once its head has changed. */
  sink(): void {
    if (this.first?.isEmpty) {
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) this.#heap[0] = last;
    }
    this.#sinkFrom(0);
  }

  #at(at: number): RecordQueue | undefined {
    const number = this.#heap[at];
    return number === undefined ? undefined : this.#queues[number];
  }

  #sinkFrom(from: number): void {
    const heap = this.#heap;
    for (let at = from;;) {
      let least = at;
      if (this.#isBefore(2 * at + 1, least)) least = 2 * at + 1;
      if (this.#isBefore(2 * at + 2, least)) least = 2 * at + 2;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as number, heap[at] as number];
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#at(a), this.#at(b)];
    if (first === undefined || second === undefined) return false;
    if (first.seconds !== second.seconds) return first.seconds < second.seconds;
    if (first.nanos !== second.nanos) return first.nanos < second.nanos;
    return (this.#heap[a] ?? 0) < (this.#heap[b] ?? 0);
  }
}
