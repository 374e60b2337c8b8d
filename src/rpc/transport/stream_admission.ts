/**
 * Streams begin in turns: a client may open hundreds with one write, and beginning a call – grpc-js's part, reading its request, asking who is allowed –
 * costs up to half a millisecond. Begun all at once, they would keep every other client waiting for that long.
 *
 * One begins in each round of the event loop, from one connection after the other, so that a client with a single call is not behind one with a
 * thousand. A stream that is over before its turn never begins.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** What may begin in one round: less than a millisecond of work. */
const STREAMS_PER_TICK = 1;

/** The part of a stream that is looked at. */
export interface WaitingStream {
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Whether it has begun to end. */
  readonly closed: boolean;
  /** The connection it came on; undefined when that is gone. */
  readonly session: object | undefined;
}

/** Returns a function that calls `begin` for the stream: at once, while few have begun in this round, else in a later one. */
export function createStreamAdmission(): (stream: WaitingStream, begin: () => void) => void {
  const waiting = new Map<object | undefined, (() => void)[]>();
  let begunInTick = 0;

  const endTick = (): void => {
    begunInTick = 0;
    for (const [session, begins] of waiting) {
      const begin = begins.shift();
      waiting.delete(session);
      // Behind all others.
      if (begins.length > 0) waiting.set(session, begins);
      begin?.();
      if (begunInTick === STREAMS_PER_TICK) break;
    }
  };

  return (stream, begin) => {
    const beginNow = (): void => {
      if (stream.destroyed || stream.closed) return;
      if (begunInTick === 0) setImmediate(endTick);
      begunInTick++;
      begin();
    };
    if (begunInTick < STREAMS_PER_TICK && waiting.size === 0) return beginNow();
    const begins = waiting.get(stream.session);
    if (begins === undefined) waiting.set(stream.session, [beginNow]);
    else begins.push(beginNow);
  };
}
