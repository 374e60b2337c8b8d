/**
 * Time slices: how the one serving thread is shared.
 *
 * **Budget.** A slice is synchronous work of a few milliseconds at most: one block of 2 MiB that is scanned,
 * filtered and encoded, 16 links of a directory that are examined, or one log that is opened. A caller that has more to
 * do asks for another slice. A matcher whose pattern is slow gives a smaller block (`bytesPerSlice` in `search/`), so
 * that the budget holds for every pattern; `deno task bench-patterns` measures the longest slice.
 *
 * **Ticks.** A tick is one iteration of the event loop. At most one slice begins in a tick. While several callers wait,
 * `limits.ticksBetweenSlices` ticks without a slice lie between two slices: an answer to a health check takes several
 * ticks to be read, written and sent, and would otherwise wait for a slice in each of them.
 *
 * **How the mechanisms act on each other**, in the order in which a stream meets them:
 *
 * 1. `rpc/transport/inbound_throttle.ts` hands on what a connection brings in small pieces, some ticks apart, and
 *    `rpc/transport/stream_admission.ts` begins one stream a tick, from one connection after the other. Both bound the
 *    work outside of slices; neither knows of slices.
 * 2. `resource_pool.ts` lends the blocks. A new stream waits in `begin` before it opens its file: while many streams
 *    run, one block in `limits.lendsPerNewStream` admits a new stream, so that few streams run and end rather than all
 *    at once. A stream of a connection that has few running is admitted by one block in `limits.lendsPerLightStream`.
 * 3. `read_limiter.ts` admits the large reads of the blocks, which run in other threads. It leaves a processor to this
 *    thread and does not limit slices.
 * 4. `nextSlice` orders the work on the blocks that have been read. A scan holds a block while it waits here, so
 *    the pool bounds how many scans can wait.
 * 5. `rpc/transport/backpressure.ts` holds a stream that has sent something until its connection has room. No block and
 *    no slice is held meanwhile. Streams of one connection go on one a tick, and then compete in 2 to 4 as before.
 * 6. `rate_limiter.ts` bounds how many reads all follows make in a second, before 2. A follow holds nothing while it
 *    waits.
 * 7. `poller.ts` bounds the share of the processor that regular checks take. Their work is done in slices: directory
 *    scans (`yieldSlice` in `metadata/log_directory.ts`) wait in the same queue as blocks.
 *
 * **Fairness.** Each of these queues is a `wait_queue.ts`: round-robin over identities, then over the connections of
 * one identity. A caller with a thousand greps delays another by one block at a time. `share.ts` tells whose a wait is.
 *
 * Every wait takes a signal. An abort frees the place in the queue at once; the others keep their order. The figures
 * stand in `limits.ts`.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { WaitOptions } from "./abortable.ts";
import { limits } from "./limits.ts";
import { WaitQueue } from "./wait_queue.ts";

const queue = new WaitQueue();
/** Whether a slice has begun in this tick, or ticks without one are passing. */
let isTaken = false;

/**
 * Resolves when the caller may work for one slice: at once, where no slice has begun in this tick. Rejects with the
 * signal's reason.
 */
export function nextSlice(options: WaitOptions): Promise<void> {
  if (isTaken) return queue.wait(options);
  if (options.signal.aborted) return Promise.reject(options.signal.reason);
  beginSlice();
  return Promise.resolve();
}

/** Calls back after so many ticks, in which other work is done. */
export function afterTicks(ticks: number, callback: () => void): void {
  setImmediate(() => ticks === 1 ? callback() : afterTicks(ticks - 1, callback));
}

function beginSlice(): void {
  isTaken = true;
  setImmediate(endTick);
}

function endTick(): void {
  if (queue.size > 1) afterTicks(limits.ticksBetweenSlices, admitNext);
  else admitNext();
}

function admitNext(): void {
  isTaken = false;
  if (queue.size === 0) return;
  beginSlice();
  queue.admitNext();
}
