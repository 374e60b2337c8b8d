/**
 * What grpc-js does not tell a handler about its call: the metadata as it was sent, whom it comes from – grpc-js would
 * decode the certificate for each call, and throw when the client has just gone –, and whether the client has gone.
 *
 * Each HTTP/2 stream is entered here, under a number, before grpc-js sees it; the number travels in the only metadata
 * entry that grpc-js is left with, so that a handler finds its stream again through public API alone. An entry a client
 * sends under that name is dropped like every other. The stream leaves when it closes, so a handler that finds none was
 * started for a call that is over – which grpc-js does when a client resets a stream at the wrong moment.
 *
 * @module
 */

import type { ServerHttp2Stream } from "node:http2";
import type { Metadata } from "@grpc/grpc-js";
import type { PeerIdentity } from "./credentials.ts";
import type { PressuredSocket } from "./backpressure.ts";

/** A stream that is open. */
export interface IncomingStream {
  /** Every metadata entry as it was sent, in order: name, value, name, value. Values hold one character per byte. */
  readonly rawMetadata: readonly string[];
  /** The HTTP/2 stream, for its `close` event. */
  readonly stream: ServerHttp2Stream;
  /** Whom its connection comes from. */
  readonly peer: PeerIdentity;
  /** The socket of its connection. */
  readonly socket?: PressuredSocket | undefined;
  /** When it was entered, in milliseconds of `performance.now`. */
  readonly startedMs: number;
  /** Whether a handler has it. */
  isTaken: boolean;
  /** Fires when its connection has reached its age. */
  readonly aged?: AbortSignal | undefined;
}

/** What is known of a stream when it comes. */
export interface EnterOptions {
  /** The headers that grpc-js will read. */
  readonly headers: Record<string, unknown>;
  /** The headers as sent. */
  readonly rawHeaders: readonly string[];
  /** Whom its connection comes from. */
  readonly peer: PeerIdentity;
  /** The socket of its connection. */
  readonly socket?: PressuredSocket | undefined;
  /** Called when it closes without a handler. */
  readonly onUntaken?: ((stream: IncomingStream) => void) | undefined;
  /** Fires when its connection has reached its age. */
  readonly aged?: AbortSignal | undefined;
}

/** The part of a call by which its stream is found. */
export interface CallWithMetadata {
  /** The metadata that grpc-js has made from the headers. */
  readonly metadata: Metadata;
}

const entryName = "agent-stream-number";

/** The headers that grpc-js itself reads. It would join, drop or reject the others. */
const protocolHeaders = new Set(["content-type", "grpc-accept-encoding", "grpc-encoding", "grpc-timeout", "te"]);
const printable = /^[ -~]*$/;
const timeoutPattern = /^(\d{1,8})([HMSmun])$/;
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
const longestTimerMs = 2 ** 31 - 1;

const openStreams = new Map<string, IncomingStream>();
let lastNumber = 0;

/**
 * Enters a stream, and leaves in `headers` – which grpc-js reads after this – only what belongs to the protocol.
 *
 * A `grpc-timeout` that is no timeout, or too long for a timer, is left out: grpc-js would answer the first while it
 * runs the handler nonetheless, and let the second expire at once.
 */
export function enterStream(stream: ServerHttp2Stream, options: EnterOptions): void {
  const { headers, rawHeaders, peer, socket, aged, onUntaken } = options;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    const kept = name.startsWith(":") ||
      protocolHeaders.has(name) && typeof value === "string" && printable.test(value) &&
        (name !== "grpc-timeout" || isTimeout(value));
    if (!kept) delete headers[name];
  }
  lastNumber += 1;
  const number = String(lastNumber);
  headers[entryName] = number;
  const startedMs = performance.now();
  const incoming: IncomingStream = { rawMetadata: rawHeaders, stream, peer, socket, aged, startedMs, isTaken: false };
  openStreams.set(number, incoming);
  stream.on("close", () => {
    openStreams.delete(number);
    if (!incoming.isTaken) onUntaken?.(incoming);
  });
}

/** Takes the stream of a call for its handler; undefined when it has closed. */
export function incomingStream(call: CallWithMetadata): IncomingStream | undefined {
  const [number] = call.metadata.get(entryName);
  if (typeof number !== "string") throw new TypeError(`Cannot find a call's stream: no metadata entry "${entryName}"`);
  const incoming = openStreams.get(number);
  if (incoming !== undefined) incoming.isTaken = true;
  return incoming;
}

/** Each value of a metadata entry, as it was sent; one character per byte. */
export function rawMetadata(stream: IncomingStream, name: string): readonly string[] {
  const { rawMetadata: raw } = stream;
  const values: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const value = raw[i + 1];
    if (raw[i] === name && value !== undefined) values.push(value);
  }
  return values;
}

function isTimeout(text: string): boolean {
  const [, digits, unit = ""] = timeoutPattern.exec(text) ?? [];
  const perUnit = unitMs[unit];
  return perUnit !== undefined && Number(digits) * perUnit <= longestTimerMs;
}
