/**
 * The end of a call, as grpc-js is told.
 *
 * @module
 */
import type { Metadata } from "@grpc/grpc-js";
import type { CallStatus } from "./status.ts";

/** How a call ends. */
export interface CallEnd {
  /** What the caller gets. */
  readonly status: CallStatus;
  /** What was thrown, where the status is that of an error. */
  readonly error?: unknown;
}

/** The part of grpc-js's stream of answers that ends it. */
export interface EndableCall {
  /** Ends it properly. */
  end(trailers?: Metadata): unknown;
  /** Ends it with an error. */
  emit(event: "error", status: CallStatus): unknown;
}

/** Code 0, as the `status` of a call that has ended properly. */
export const OK: CallStatus = { code: 0, details: "OK" };

/** Ends a stream the first time it is called, and tells `onEnd`. */
export function endingOnce(
  call: EndableCall,
  onEnd: (end: CallEnd) => void,
): (end: CallEnd, trailers?: Metadata) => void {
  let ended = false;
  return (end, trailers) => {
    if (ended) return;
    ended = true;
    const { status } = end;
    if (status.code === OK.code) call.end(trailers);
    else call.emit("error", { ...wireStatus(status), ...(trailers === undefined ? {} : { metadata: trailers }) });
    onEnd(end);
  };
}

const longestDetails = 4_096;

/** A status that can be sent: details go out as a header, and grpc-js throws on half a surrogate pair. */
export function wireStatus({ code, details }: CallStatus): CallStatus {
  const text = details.length > longestDetails ? `${details.slice(0, longestDetails)}…` : details;
  return { code, details: text.toWellFormed() };
}
