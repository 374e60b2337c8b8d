/**
 * What gRPC puts around a call over HTTP/2, as far as the bench's clients need it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ClientIdentity } from "./client_protocol.ts";
import type { Headers } from "./http2_connection.ts";

const HEAD_BYTES = 5;

/** The headers of a call of a method, `/package.Service/Method`. */
export function callHeaders(path: string, { metadata }: ClientIdentity): Headers {
  return {
    ":method": "POST",
    ":scheme": "https",
    ":authority": "localhost",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...metadata,
  };
}

/** A message with its head, from base64. */
export function framed(base64: string): Buffer {
  const body = Buffer.from(base64, "base64");
  const message = Buffer.alloc(HEAD_BYTES + body.length);
  message.writeUInt32BE(body.length, 1);
  message.set(body, HEAD_BYTES);
  return message;
}

/** What trailers say of how a call went; undefined if it went well. */
export function failureOf({ "grpc-status": status, "grpc-message": text = "" }: Headers): string | undefined {
  return status === "0" ? undefined : `status ${status}: ${decodeURIComponent(text)}`;
}
