/**
 * The callers of the memory bench: what they hold open, and how their calls end.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";
import { callHeaders, failureOf, framed } from "../bench/grpc_call.ts";
import type { ClientIdentity } from "../bench/client_protocol.ts";
import { connectHttp2, type Http2Connection } from "../bench/http2_connection.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { connectRawHttp2, fourBytes, type RawHttp2 } from "../support/raw_http2.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";
import type { LogName } from "../support/records_request.ts";

/** A call. */
export interface Call {
  /** Its path. */
  readonly path: string;
  /** Its message, with its head. */
  readonly body: Buffer;
  /** Headers in place of the identity's. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A call that is under way, or was. */
export interface OpenCall {
  /** Resolves when its first headers have come, or it is over. */
  readonly begun: Promise<void>;
  /** Resolves to how it ended: `OK`, or why not. */
  readonly ended: Promise<string>;
  /** The bytes that have come. */
  bytes(): number;
  /** Cancels it. */
  cancel(): void;
}

/** What of a log. */
export interface RecordsQuery {
  /** A regular expression. @default none */
  readonly grep?: string;
  /** @default {false} */
  readonly isBackward?: boolean;
  /** @default {false} */
  readonly isFollowed?: boolean;
}

/** A call for the records of a log. */
export function recordsCall(name: LogName, query: RecordsQuery = {}): Call {
  const { grep = "", isBackward = false, isFollowed = false } = query;
  const method = services.logRecords[isBackward ? "StreamBackward" : "StreamForward"];
  const request = {
    ...name,
    start_time: "",
    stop_time: "",
    grep,
    follow_from: isFollowed ? "DEFAULT" : "NOOP",
  } as const;
  return { path: method.path, body: framed(method.requestSerialize(request).toString("base64")) };
}

/** A call for the list of logs, or for its changes. */
export function metadataCall(method: "List" | "Watch"): Call {
  const { path, requestSerialize } = services.logMetadata[method];
  return { path, body: framed(requestSerialize({ namespaces: [] }).toString("base64")) };
}

/** Begins a call. */
export function beginCall(connection: Http2Connection, identity: ClientIdentity, call: Call): OpenCall {
  let bytes = 0;
  let status = "no status";
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  const who = { ...identity, metadata: call.metadata ?? identity.metadata };
  const cancel = connection.call({ headers: callHeaders(call.path, who), body: call.body }, {
    headers: (headers) => {
      begun.resolve();
      if ("grpc-status" in headers) status = failureOf(headers) ?? "OK";
    },
    data: (piece) => void (bytes += piece.length),
    end: (reason) => {
      begun.resolve();
      ended.resolve(reason ?? status);
    },
  });
  return { begun: begun.promise, ended: ended.promise, bytes: () => bytes, cancel: () => cancel("cancelled") };
}

/** Connections that are closed together. */
export async function connectMany(
  port: number,
  identity: ClientIdentity,
  count: number,
): Promise<readonly Http2Connection[] & Disposable> {
  const all = await Promise.all(Array.from({ length: count }, () => connectHttp2(port, identity)));
  return Object.assign(all, { [Symbol.dispose]: () => all.forEach((each) => each.close()) });
}

/** Does so many things, some at a time; gives how often each outcome came. */
export async function inBatches(
  count: number,
  act: (index: number) => Promise<string>,
  { atOnce = 50 } = {},
): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  for (let from = 0; from < count; from += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => act(from + i));
    for (const outcome of await Promise.all(batch)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return outcomes;
}

/** A connection that has said nothing, or not all, yet; resolves to how that went. */
export async function openSocket(
  stack: DisposableStack,
  options: { readonly port: number; readonly identity?: ClientIdentity; readonly send?: Uint8Array },
): Promise<string> {
  const { port, identity, send } = options;
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = identity === undefined
    ? net.connect({ port, host: "127.0.0.1" })
    : tls.connect({ ...identity, port, host: "127.0.0.1", servername: "localhost", ALPNProtocols: ["h2"] });
  stack.defer(() => socket.destroy());
  socket.once(identity === undefined ? "connect" : "secureConnect", () => {
    if (send !== undefined) socket.write(send);
    resolve("open");
  });
  socket.on("error", () => resolve("refused"));
  socket.on("close", () => resolve("closed"));
  return await promise;
}

/** A part of what a TLS handshake begins with. */
export const HALF_HELLO: Uint8Array = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3);

/** A client on a connection of its own, whose frames are written one by one. */
export async function connectRaw(
  stack: DisposableStack,
  { port, identity }: { readonly port: number; readonly identity: ClientIdentity },
): Promise<RawHttp2> {
  const leaf = { certPem: identity.cert, keyPem: identity.key } as Parameters<typeof connectRawHttp2>[0]["leaf"];
  const raw = stack.use(await connectRawHttp2({ port, ca: identity.ca, leaf }));
  await raw.send({ type: frameTypes.settings, flags: frameFlags.ack });
  return raw;
}

/** Headers of a call, without a table. */
function headerBlock(call: Call, identity: ClientIdentity): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(callHeaders(call.path, identity))) {
    parts.push(Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value));
  }
  return Buffer.concat(parts);
}

/** Asks, and reads no answer; `windowBytes` are what the agent may send before the client takes something. */
export async function askAndNotRead(
  raw: RawHttp2,
  { identity, call, windowBytes = 65_535 }: {
    readonly identity: ClientIdentity;
    readonly call: Call;
    readonly windowBytes?: number;
  },
): Promise<void> {
  raw.stopReading();
  if (windowBytes > 65_535) {
    const setting = Buffer.concat([Buffer.from([0, 4]), fourBytes(windowBytes)]);
    await raw.send(
      { type: frameTypes.settings, payload: setting },
      { type: frameTypes.windowUpdate, payload: fourBytes(windowBytes - 65_535) },
    );
  }
  await raw.send(
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1, payload: headerBlock(call, identity) },
    { type: frameTypes.data, flags: frameFlags.endStream, stream: 1, payload: call.body },
  );
}

/** Begins `count` requests and sends only a part of each. */
export async function sendHalf(
  raw: RawHttp2,
  { identity, call, count }: { readonly identity: ClientIdentity; readonly call: Call; readonly count: number },
): Promise<void> {
  const block = headerBlock(call, identity);
  const half = Buffer.concat([Buffer.from([0]), fourBytes(4 * 1024 * 1024), Buffer.alloc(100)]);
  for (let i = 0; i < count; i++) {
    await raw.send(
      { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1 + 2 * i, payload: block },
      { type: frameTypes.data, stream: 1 + 2 * i, payload: half },
    );
  }
}
