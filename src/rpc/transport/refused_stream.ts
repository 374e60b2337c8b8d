/**
 * Calls that grpc-js refuses before they reach a handler: for their method, length, encoding or form. It tells nobody;
 * what it has answered is in the headers that were sent.
 *
 * @module
 */
import type { CallStatus } from "../status.ts";
import type { PeerIdentity } from "./credentials.ts";
import { type IncomingStream, rawMetadata } from "./incoming_streams.ts";

/** A call that was refused. */
export interface RefusedStream {
  /** What its caller got. */
  readonly status: CallStatus;
  /** The method that it named, whatever that is. */
  readonly method: string;
  /** Whom it came from. */
  readonly peer: PeerIdentity;
}

/** Characters of a text that are read: more than a line shows. */
const MAX_TEXT = 2_048;

/** How a call was refused whose stream has closed without a handler; undefined where it was not answered in gRPC. */
export function refusedStream(incoming: IncomingStream): RefusedStream | undefined {
  const { stream: { sentHeaders }, peer } = incoming;
  // There are none when the stream was reset before it was answered, whatever the type says.
  const { "grpc-status": code, "grpc-message": text = "" } = sentHeaders ?? {};
  if (typeof code !== "number") return undefined;
  const [method = ""] = rawMetadata(incoming, ":path");
  return { status: { code, details: decoded(`${text}`) }, method, peer };
}

/** A text as grpc-js has encoded it; as it is, where it does not read so. */
function decoded(text: string): string {
  // An escape that is cut amid would not read.
  const begin = text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT).replace(/%.?$/, "");
  try {
    return decodeURIComponent(begin);
  } catch {
    return begin;
  }
}
