/**
 * A client for tests: mutual TLS, metadata as pairs – so that a name can come twice –, and answers that never throw.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type MethodDefinition,
  status as code,
  type StatusObject,
} from "@grpc/grpc-js";
import type { Leaf } from "../fakes/certificates.ts";
import { inTime } from "./in_time.ts";
import { guardClientSessions } from "../../src/collector/relay/client_sessions.ts";

guardClientSessions();

/** How to reach the server. */
export interface ClientOptions {
  /** The server's port on this machine. */
  readonly port: number;
  /** The certificate of the authority that has signed the server's. */
  readonly ca: string;
  /** The certificate to show; none when left out. */
  readonly leaf?: Leaf | undefined;
}

/** What goes with a call. */
export interface CallOptions {
  /** Metadata, in order. */
  readonly metadata?: readonly (readonly [name: string, value: string])[] | undefined;
  /** How long to wait for the end; @default {60_000} */
  readonly deadlineMs?: number | undefined;
}

/** How a call ended. */
export interface Ending {
  /** The name of the status code. */
  readonly code: string;
  /** The text that came with it. */
  readonly details: string;
}

/** An answer of one message, or how the call ended without it. */
export interface UnaryAnswer<Response> extends Ending {
  /** The message, where there was one. */
  readonly response: Response | undefined;
}

/** An answer of many messages, while it comes. */
export interface StreamAnswer<Response> extends AsyncIterable<Response> {
  /** Resolves when the server has answered with headers. */
  readonly headers: Promise<Metadata>;
  /** Resolves when the call has ended, however; the messages have to be read, or `discard` called, to get there. */
  readonly ending: Promise<Ending>;
  /** Resolves to the trailers when the call has ended. */
  readonly trailers: Promise<Metadata>;
  /** The next message; undefined after the last. */
  next(): Promise<Response | undefined>;
  /** Reads on without looking, to the end. */
  discard(): void;
  /** Cancels the call. */
  cancel(): void;
}

/** A conversation: each message is answered by one. */
export interface Conversation<Request, Response> extends StreamAnswer<Response> {
  /** Says something. */
  say(request: Request): void;
  /** Says that nothing more will be said. */
  finish(): void;
}

/** A connection to a server. */
export interface GrpcClient extends Disposable {
  /** Calls a method that answers with one message. */
  unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<UnaryAnswer<Response>>;
  /** Calls a method that answers with a stream. */
  stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): StreamAnswer<Response>;
  /** Calls a method that takes a stream and answers with one. */
  converse<Request, Response>(
    method: MethodDefinition<Request, Response>,
    options?: CallOptions,
  ): Conversation<Request, Response>;
  /** Calls a method that answers with a stream, and counts its messages and their bytes. */
  count<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Ending & { readonly messages: number; readonly bytes: number }>;
}

/** Makes a client; the connection is made with the first call. */
export function connect({ port, ca, leaf }: ClientOptions): GrpcClient {
  const key = leaf === undefined ? null : Buffer.from(leaf.keyPem);
  const cert = leaf === undefined ? null : Buffer.from(leaf.certPem);
  const client = new Client(`localhost:${port}`, credentials.createSsl(Buffer.from(ca), key, cert), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_channelz": 0,
  });
  const stream: GrpcClient["stream"] = (method, request, options) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const { metadata, deadline } = sent(options);
    return streamAnswer(
      client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }),
      { path, deadline },
    );
  };
  return {
    unary: (method, request, options) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const { metadata, deadline } = sent(options);
      const { promise, resolve } = Promise.withResolvers<UnaryAnswer<ReturnType<typeof responseDeserialize>>>();
      let response: ReturnType<typeof responseDeserialize> | undefined;
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        { deadline },
        (_, value) => {
          response = value;
        },
      ).on("status", (status: StatusObject) => setImmediate(() => resolve({ response, ...endingOf(status) })));
      return promise;
    },
    stream,
    converse: (method, options) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const { metadata, deadline } = sent(options);
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, { deadline });
      return {
        ...streamAnswer(call, { path, deadline }),
        say: (request) => call.write(request),
        finish: () => call.end(),
      };
    },
    count: async (method, request, options) => {
      const bytesOnly = {
        ...method,
        responseSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes: Buffer) => bytes,
      };
      const answer = stream(bytesOnly, request, options);
      let messages = 0;
      let bytes = 0;
      for await (const message of answer) {
        messages += 1;
        bytes += message.byteLength;
      }
      return { messages, bytes, ...await answer.ending };
    },
    [Symbol.dispose]: () => client.close(),
  };
}

function sent(
  { metadata: pairs = [], deadlineMs = 60_000 }: CallOptions = {},
): { metadata: Metadata; deadline: number } {
  const metadata = new Metadata();
  for (const [name, value] of pairs) metadata.add(name, value);
  return { metadata, deadline: Date.now() + deadlineMs };
}

/** Milliseconds for which the end of a call may be on its way after its deadline. */
const GRACE_MS = 30_000;

function endingOf(status: StatusObject): Ending {
  return { code: code[status.code] ?? String(status.code), details: status.details };
}

function streamAnswer<Response>(
  call: ClientReadableStream<Response> | ClientDuplexStream<never, Response>,
  { path, deadline }: { readonly path: string; readonly deadline: number },
): StreamAnswer<Response> {
  const headers = Promise.withResolvers<Metadata>();
  const ending = Promise.withResolvers<Ending>();
  const trailers = Promise.withResolvers<Metadata>();
  call.on("metadata", (metadata: Metadata) => headers.resolve(metadata));
  call.on("status", (status: StatusObject) => {
    ending.resolve(endingOf(status));
    trailers.resolve(status.metadata);
  });
  // Told by the status as well.
  call.on("error", () => {});
  const next = async (): Promise<Response | undefined> => {
    for (;;) {
      const message: Response | null = call.read();
      if (message !== null) return message;
      if (call.readableEnded || call.destroyed || call.errored) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const events = ["readable", "end", "error", "close"];
      for (const event of events) call.once(event, resolve);
      const deadlineMs = Math.max(0, deadline - Date.now()) + GRACE_MS;
      await inTime(() => `a message of ${path}, or its end`, promise, { deadlineMs });
      for (const event of events) call.off(event, resolve);
    }
  };
  return {
    headers: headers.promise,
    ending: ending.promise,
    trailers: trailers.promise,
    next,
    discard: () => call.resume(),
    cancel: () => call.cancel(),
    async *[Symbol.asyncIterator](): AsyncGenerator<Response> {
      for (let message = await next(); message !== undefined; message = await next()) yield message;
    },
  };
}
