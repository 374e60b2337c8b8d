/**
 * The figures by which work is scheduled, with what chose each of them.
 *
 * A bench is named by its task and its row; `docs/performance.md` has the results. A figure that no bench chose says what
 * bounds it. Change one only beside the same row of the commit before.
 *
 * @module
 */

/** Every figure; the head of `time_slice.ts` tells how they act on each other. */
export const limits = {
  /**
   * Ticks without a slice between two slices, while several callers wait.
   *
   * `bench`, "8 greps at once": health checks meanwhile take half as long as with none; the greps take as long.
   */
  ticksBetweenSlices: 8,

  /**
   * Streams that begin in one tick.
   *
   * `bench`, "1,000 greps at once": beginning one takes up to half a millisecond, and health checks meanwhile wait for
   * one of them at most.
   */
  streamsPerTick: 1,

  /**
   * Bytes of a connection that are handed on at a time: one or two calls.
   *
   * `bench`, "1,000 greps at once": 64 KiB hold the heads of four hundred calls.
   */
  inboundPieceBytes: 256,

  /**
   * Ticks from one piece of a connection to the next.
   *
   * `bench`, "8 greps at once" and "1,000 greps at once", health checks meanwhile; half of {@linkcode ticksBetweenSlices},
   * so that a request comes in between two slices.
   */
  ticksPerInboundPiece: 4,

  /**
   * Bytes of a connection that may wait to be handed on: four messages of the greatest length. A client that waits for its
   * answers never has so many; no bench chose it.
   */
  maxInboundBytes: 16 * 1024 * 1024,

  /**
   * Bytes that may wait in a socket before a stream adds to them.
   *
   * `bench`, "100 full streams at once": without it, 80 MB of frames waited; less than this costs throughput.
   */
  maxSocketBytes: 256 * 1024,

  /**
   * Callers of a pool that wait to go on, from which on new callers wait longer.
   *
   * `bench`, "1,000 greps at once": few streams run at a time and end soon. "8 greps at once" stays below it.
   */
  busyPoolCallers: 16,

  /**
   * One resource in so many goes to a new caller, however many wait to go on: none waits forever.
   *
   * `bench`, "1,000 greps at once".
   */
  lendsPerNewStream: 16,

  /**
   * Reads of fewer bytes are not limited: they are copied in less time than it takes to wait.
   *
   * `bench`, "8 greps at once".
   */
  largeReadBytes: 256 * 1024,

  /**
   * Large reads at a time: all processors but the one that serves, and two at most, which give it enough to do on a large
   * machine.
   *
   * `bench`, "8 greps at once", health checks meanwhile.
   */
  maxLargeReads: Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 2),

  /** Milliseconds after which a large read does not count any more: longer than it takes to copy the largest one. */
  slowReadMs: 10,

  /**
   * Reads of all follows in a second.
   *
   * `bench-follow`, 10,000 lines a second in a hundred logs: a read takes a fifth of a millisecond, so all of them take a
   * tenth of a processor.
   */
  followReadsPerSecond: 500,

  /** Milliseconds from beat to beat while follows wait, at least. `bench-follow`, the delay of a line. */
  followBeatMs: 60,

  /** Milliseconds that a follow waits at most. `bench-follow`, the delay of a line while a thousand logs are written. */
  maxFollowBeatMs: 250,

  /** Seconds' worth of reads that are saved up while few are made: a burst is read at once. */
  savedReadSeconds: 0.2,

  /** Milliseconds between two polls, at least. `bench-follow`, "idle" rows, together with the two below. */
  pollMs: 1_000,

  /**
   * A pause is so many times as long as the polls before it: they take half a per cent of a processor.
   *
   * `bench-follow`, a thousand idle follows.
   */
  pollPauseFactor: 200,

  /**
   * Milliseconds between two polls at most, however much there is to check: ten thousand logs take one per cent of a
   * processor.
   */
  maxPollMs: 15_000,
} as const;
