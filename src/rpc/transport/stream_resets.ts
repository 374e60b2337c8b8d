/**
 * The resets of streams by a client, which end calls without ending the connection.
 *
 * Every reader of a tail ends it by a reset, and nghttp2 ends a connection – with all calls of all users on it – after
 * 1,000 resets, and 33 a second from then on. Deno has no option for this limit. So resets do not get to nghttp2, see
 * `inbound_frames.ts`: each closes its stream from this side, which the client ignores, since its stream is closed
 * already.
 *
 * The attack that the limit is for, streams that are opened and reset before there is an answer, is counted here
 * instead.
 *
 * @module
 */
import { constants } from "node:http2";
import { FIXED_LIMITS } from "./transport_limits.ts";

const { resetBurst: { value: UNANSWERED_BURST }, resetsPerSecond: { value: UNANSWERED_PER_SECOND } } = FIXED_LIMITS;

/** So many unanswered streams are reset at once where somebody leaves two pages of a hundred tails. */
const MANY = 200;

/** The part of a stream that is looked at. */
export interface ResettableStream {
  /** Its number. */
  readonly id?: number | undefined;
  /** Whether its answer has begun. */
  readonly headersSent: boolean;
  /** Whether its request has come whole. */
  readonly readableEnded: boolean;
  /** Registers for the end. */
  once(event: "close", listener: () => void): unknown;
  /** Sends a reset, and ends. */
  close(code: number): void;
}

/** What is not the connection's own. */
export interface StreamResetsOptions {
  /** Is called when too many streams were reset before they were answered; perhaps again. */
  readonly onAbuse: () => void;
  /** Milliseconds on a clock that never steps back. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** The streams of one connection that a client may reset. */
export interface StreamResets {
  /** Takes a stream that a client has opened. */
  open(stream: ResettableStream): void;
  /** Takes a reset by the client. */
  reset(id: number): void;
  /** Reports whether many streams were reset lately before they were answered. */
  areMany(): boolean;
  /** Reports whether a request has come whole, and is not answered yet. */
  hasUnanswered(): boolean;
}

/** A connection without streams. */
export function createStreamResets({ onAbuse, now = () => performance.now() }: StreamResetsOptions): StreamResets {
  const streams = new Map<number, ResettableStream>();
  /** Those whose reset came before they were opened here: HTTP/2 opens them a tick later. */
  const early = new Set<number>();
  let lastId = 0;
  let allowed = UNANSWERED_BURST;
  let countedAt = now();

  const countUnanswered = (): void => {
    const time = now();
    allowed = Math.min(UNANSWERED_BURST, allowed + (time - countedAt) * UNANSWERED_PER_SECOND / 1_000) - 1;
    countedAt = time;
    if (allowed < 0) onAbuse();
  };

  return {
    open: (stream) => {
      const { id = 0 } = stream;
      lastId = id;
      // A stream whose headers were refused is never opened.
      for (const each of early) if (each < id) early.delete(each);
      if (early.delete(id)) {
        stream.close(constants.NGHTTP2_CANCEL);
        return;
      }
      streams.set(id, stream);
      stream.once("close", () => streams.delete(id));
    },
    reset: (id) => {
      const stream = streams.get(id);
      if (stream !== undefined) {
        streams.delete(id);
        if (!stream.headersSent) countUnanswered();
        stream.close(constants.NGHTTP2_CANCEL);
      } else if (id > lastId && !early.has(id)) {
        // Counting bounds their number.
        early.add(id);
        countUnanswered();
      }
    },
    areMany: () => allowed + (now() - countedAt) * UNANSWERED_PER_SECOND / 1_000 < UNANSWERED_BURST - MANY,
    hasUnanswered: () => streams.values().some(({ headersSent, readableEnded }) => readableEnded && !headersSent),
  };
}
