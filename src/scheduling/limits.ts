/**
 * The figures by which work is scheduled, with the bench that chose each of them.
 *
 * A bench is named by its task and its row; `docs/performance.md` has the results. Where no bench chose a figure, its
 * comment says what bounds it. Change one only beside the same row of the commit before, and then run `deno task gen`:
 * the program of a scan worker has them, too. How many scan workers there are is in `records/parallel/worker_pool.ts`.
 *
 * @module
 */

/** Every figure; the head of `time_slice.ts` tells how they act on each other. */
export const limits = {
  /**
   * Ticks without a slice between two slices, while several callers wait.
   *
   * `bench`, "8 greps at once": health checks meanwhile take half as long as without such ticks.
   */
  ticksBetweenSlices: 8,

  /**
   * Streams that begin in one tick.
   *
   * `bench`, "8 greps at once" and "1,000 greps at once": beginning one takes up to half a millisecond, and a health
   * check meanwhile waits for one of them at most.
   */
  streamsPerTick: 1,

  /**
   * Bytes of a connection that are handed on at a time: one or two calls.
   *
   * `bench`, "1,000 greps at once": a read of 64 KiB holds the heads of four hundred calls.
   */
  inboundPieceBytes: 256,

  /**
   * Ticks from one piece of a connection to the next; fewer than between two slices, so that requests come in there.
   *
   * `bench`, "8 greps at once", health checks meanwhile.
   */
  ticksPerInboundPiece: 4,

  /**
   * Bytes of a connection that may wait to be handed on.
   *
   * No bench: it is four messages of the greatest length, and a client that waits for its answers never has so many.
   */
  maxInboundBytes: 16 * 1024 * 1024,

  /**
   * Bytes that may wait in a socket before a stream adds to them.
   *
   * `bench`, "100 full streams at once": without a limit, 80 MB of frames waited.
   */
  maxSocketBytes: 256 * 1024,

  /**
   * Callers of a pool that wait to go on, from which on new callers wait longer.
   *
   * `bench`, "1,000 greps at once": few streams run at a time and end soon. "8 greps at once" stays below it.
   */
  busyPoolCallers: 16,

  /**
   * One resource in so many goes to a new caller, however many wait to go on.
   *
   * No bench: it bounds the wait of a new caller.
   */
  lendsPerNewStream: 16,

  /**
   * One resource in so many goes to a new caller of a connection that has few running.
   *
   * `tests/load/tail_beside.ts`, a tail beside 1,000 greps: it waits for two or three blocks, not for sixteen.
   */
  lendsPerLightStream: 2,

  /**
   * Callers of a pool that wait to go on, from which on new callers of every connection wait longer.
   *
   * No bench: it bounds the open files and states of many callers with a stream each.
   */
  maxPoolCallers: 64,

  /**
   * Reads of fewer bytes are not limited.
   *
   * No bench: they are copied in less time than it takes to wait.
   */
  largeReadBytes: 256 * 1024,

  /**
   * Large reads at a time: all processors but the one that serves, and two at most, which keep it busy on a large
   * machine.
   *
   * `bench`, "8 greps at once", health checks meanwhile.
   */
  maxLargeReads: Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 2),

  /**
   * Milliseconds after which a large read does not count any more.
   *
   * No bench: it is longer than it takes to copy the largest read, so that only a disk takes longer.
   */
  slowReadMs: 10,

  /**
   * Reads of all follows in a second.
   *
   * `bench-follow`, "10,000 lines/s to 100 logs", 20 of them followed: a read takes a fifth of a millisecond, so all of
   * them take a tenth of a processor.
   */
  followReadsPerSecond: 500,

  /**
   * Milliseconds from beat to beat while follows wait, at least.
   *
   * `bench-follow`, "10,000 lines/s to 100 logs", 20 of them followed.
   */
  followBeatMs: 60,

  /**
   * Milliseconds that a follow waits at most.
   *
   * No bench: a reader does not notice a quarter of a second.
   */
  maxFollowBeatMs: 250,

  /**
   * Seconds' worth of reads that are saved up while few are made, so that a burst is read at once.
   *
   * `bench-follow`, "a line from file to client while 500 logs are followed".
   */
  savedReadSeconds: 0.2,

  /**
   * Milliseconds between two polls, at least.
   *
   * `bench-follow`, "1,000 idle follows of 500 logs and 20 Watches".
   */
  pollMs: 1_000,

  /**
   * A pause is so many times as long as the polls before it: they take half a per cent of a processor.
   *
   * `bench-follow`, "1,000 idle follows of 500 logs and 20 Watches".
   */
  pollPauseFactor: 200,

  /**
   * Milliseconds between two polls at most: ten thousand logs take one per cent of a processor.
   *
   * `bench-follow`, "a Watch of 10,000 idle logs".
   */
  maxPollMs: 15_000,
} as const;
