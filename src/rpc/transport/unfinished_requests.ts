/**
 * A request has to come whole: a client that begins calls and never ends their requests, or sends on when it has been
 * refused, would hold them for ever.
 *
 * They have so long, and there may be so many at a time. Where there are more, the oldest is ended, since an ordinary
 * request comes whole within a tick or two: who begins requests without end keeps nobody out.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { TransportLimits } from "./transport_limits.ts";

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
}

/** What is done about requests that do not come whole. */
export interface UnfinishedRequestsOptions<Stream> {
  /** For how long a request may come, and how many at a time. */
  readonly limits: Pick<TransportLimits, "requestMs" | "maxUnfinishedRequests">;
  /** Ends a stream. */
  readonly refuse: (stream: Stream, limit: "request_time" | "unfinished_requests") => void;
  /** Tells the time. */
  readonly clock: Clock;
}

/** The requests of a server that have not come whole; to be disposed of when no more come. */
export interface UnfinishedRequests<Stream> extends Disposable {
  /** Takes a stream whose request begins. */
  begin(this: void, stream: Stream): void;
}

/**
 * No requests at first.
 *
 * A stream that is being answered meanwhile is a conversation, which may take as long as it likes.
 */
export function createUnfinishedRequests<Stream extends RequestStream>(
  { limits: { requestMs, maxUnfinishedRequests }, refuse, clock }: UnfinishedRequestsOptions<Stream>,
): UnfinishedRequests<Stream> {
  /** When each began, the oldest first. */
  const begun = new Map<Stream, number>();
  let timer: Disposable | undefined;

  const checkLater = (): void => {
    if (timer !== undefined) return;
    for (const [, at] of begun) {
      timer = clock.later(check, at + requestMs - clock.now());
      return;
    }
  };

  const check = (): void => {
    timer = undefined;
    const latest = clock.now() - requestMs;
    for (const [stream, at] of begun) {
      if (at > latest) break;
      begun.delete(stream);
      if (!isConversation(stream)) refuse(stream, "request_time");
    }
    checkLater();
  };

  /** Makes room for one more. */
  const endOldest = (): void => {
    for (const [stream] of begun) {
      begun.delete(stream);
      if (isConversation(stream)) continue;
      refuse(stream, "unfinished_requests");
      return;
    }
  };

  const begin = (stream: Stream): void => {
    // Most requests have come whole by the time that their stream is seen.
    if (stream.readableEnded) return;
    if (begun.size >= maxUnfinishedRequests) endOldest();
    begun.set(stream, clock.now());
    const forget = (): void => void begun.delete(stream);
    stream.once("end", forget);
    stream.once("close", forget);
    checkLater();
  };
  return { begin, [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
}

/** What is said of a request that is ended. */
export function requestReason(
  limit: "request_time" | "unfinished_requests",
  { requestMs, maxUnfinishedRequests }: TransportLimits,
): string {
  return limit === "request_time"
    ? `Cannot take the request: it has not come whole within ${requestMs / 1_000} s (limits.request-time)`
    : `Cannot take the request: ${maxUnfinishedRequests} others have not come whole (limits.unfinished-requests)`;
}

function isConversation({ headersSent, writableEnded }: RequestStream): boolean {
  return headersSent && !writableEnded;
}
