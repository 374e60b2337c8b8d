/**
 * Ends a stream that goes over a limit, with gRPC's RESOURCE_EXHAUSTED and a text where nothing was answered yet.
 *
 * @module
 */
import { constants } from "node:http2";
import { status as code } from "@grpc/grpc-js";

/** The part of a stream that is used. */
export interface RefusableStream {
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Whether it has begun to end. */
  readonly closed: boolean;
  /** Whether the answer has begun. */
  readonly headersSent: boolean;
  /** Answers with headers. */
  respond(headers: Record<string, string | number>, options: { readonly endStream: boolean }): void;
  /** Sends a reset, and ends. */
  close(code: number): void;
}

/** Ends the stream. */
export function refuseStream(stream: RefusableStream, reason: string): void {
  if (stream.destroyed || stream.closed) return;
  // A client takes this reset for RESOURCE_EXHAUSTED, too, but has no text.
  if (stream.headersSent) return stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  stream.respond({
    ":status": 200,
    "content-type": "application/grpc+proto",
    "grpc-status": code.RESOURCE_EXHAUSTED,
    "grpc-message": encodeURI(reason),
  }, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
}
