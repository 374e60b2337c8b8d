/**
 * Admission of new streams: few begin in a tick, from one connection after the other.
 *
 * A client may open hundreds of streams with one write, and beginning a call takes up to half a millisecond: grpc-js's
 * part, reading the request, asking who is allowed. All at once, they would keep every other client waiting for that
 * long. A client with a single call does not wait behind one with a thousand. A stream that is over before it is
 * admitted never begins. Where a client resets many streams before they are answered, a stream waits for its reset,
 * which follows its head: then beginning it costs next to nothing.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { limits } from "../../scheduling/limits.ts";
import { afterTicks } from "../../scheduling/time_slice.ts";

/** The part of a stream that admission reads. */
export interface WaitingStream {
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Whether it has begun to end. */
  readonly closed: boolean;
  /** The connection it came on; undefined when that is gone. */
  readonly session: object | undefined;
}

/** How a stream is admitted. */
export interface AdmitStreamOptions {
  /** Whether it may be reset at once: it waits until the next bytes of its connection have come. @default {false} */
  readonly mayBeReset?: boolean | undefined;
}

/** Begins a stream when it is admitted. */
export type AdmitStream = (stream: WaitingStream, begin: () => void, options?: AdmitStreamOptions) => void;

/** Pieces of a connection in which the reset of a stream comes, if it was sent with a request of up to 1 KiB. */
const PIECES_TO_RESET = 4;

/**
 * Returns a function that calls `begin` for the stream: at once, while few have begun in this tick, else in a later
 * one.
 */
export function createStreamAdmission(): AdmitStream {
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

  const admit: AdmitStream = (stream, begin) => {
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
  return (stream, begin, { mayBeReset = false } = {}) => {
    if (!mayBeReset) return admit(stream, begin);
    afterTicks(PIECES_TO_RESET * limits.ticksPerInboundPiece, () => {
      if (!stream.destroyed && !stream.closed) admit(stream, begin);
    });
  };
}
