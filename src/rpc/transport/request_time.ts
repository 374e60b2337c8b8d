/**
 * A request has to come whole: a client that begins calls and never ends their requests, or sends on when it has been
 * refused, would hold them for ever.
 *
 * @module
 */
import { constants } from "node:http2";
import type { Clock } from "./clock.ts";

/** For so long a request may come. */
const REQUEST_MS = 30_000;

/** The part of a stream that is looked at. */
export interface RequestStream {
  /** Whether the request has come whole. */
  readonly readableEnded: boolean;
  /** Whether the answer has begun. */
  readonly headersSent: boolean;
  /** Whether the answer has ended. */
  readonly writableEnded: boolean;
  /** Registers for the end of the request and of the stream. */
  once(event: "end" | "close", listener: () => void): unknown;
  /** Sends a reset, and ends. */
  close(code: number): void;
}

/**
 * Ends a stream whose request takes too long: gRPC's RESOURCE_EXHAUSTED.
 *
 * A stream that is being answered meanwhile is a conversation, which may take as long as it likes.
 */
export function limitRequestTime(stream: RequestStream, clock: Clock): void {
  const timer = clock.later(() => {
    const isConversation = stream.headersSent && !stream.writableEnded;
    if (!stream.readableEnded && !isConversation) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }, REQUEST_MS);
  const stop = (): void => timer[Symbol.dispose]();
  stream.once("end", stop);
  stream.once("close", stop);
}
