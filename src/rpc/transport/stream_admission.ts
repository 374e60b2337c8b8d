/**
 * Admission of new streams: few begin in a tick, from one connection after the other.
 *
 * A client may open hundreds of streams with one write, and beginning a call takes up to half a millisecond: grpc-js's
 * part, reading the request, asking who is allowed. All at once, they would keep every other client waiting for that
 * long. A client with a single call does not wait behind one with a thousand. A stream that is over before it is
 * admitted never begins.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { limits } from "../../scheduling/limits.ts";

/** The part of a stream that admission reads. */
export interface WaitingStream {
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Whether it has begun to end. */
  readonly closed: boolean;
  /** The connection it came on; undefined when that is gone. */
  readonly session: object | undefined;
}

/**
 * Returns a function that calls `begin` for the stream: at once, while few have begun in this tick, else in a later
 * one.
 */
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
      if (begunInTick === limits.streamsPerTick) break;
    }
  };

  return (stream, begin) => {
    const beginNow = (): void => {
      if (stream.destroyed || stream.closed) return;
      if (begunInTick === 0) setImmediate(endTick);
      begunInTick++;
      begin();
    };
    if (begunInTick < limits.streamsPerTick && waiting.size === 0) return beginNow();
    const begins = waiting.get(stream.session);
    if (begins === undefined) waiting.set(stream.session, [beginNow]);
    else begins.push(beginNow);
  };
}
