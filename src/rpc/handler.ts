/**
 * The one wrapper between grpc-js and the services: what a handler gets, and what becomes of its errors.
 *
 * A handler is a function over a {@linkcode AgentCall}. Whatever it throws, now or later, ends its own call with the
 * status that `status.ts` has for it and nothing else: a rejection that reached grpc-js would end the process. Each
 * error that becomes a status is reported, once; what is said of it is `failure_report.ts`'. A handler whose call is
 * over is told by its signal, with the reason; what it throws after that is of no interest, unless it is a defect.
 *
 * On shutdown open streams end UNAVAILABLE at once, unary calls go on, and new calls are refused.
 *
 * @module
 */

import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import { Metadata } from "@grpc/grpc-js";
import { ServerShutdownError } from "./call_errors.ts";
import { type CallLife, type EndingCall, followCall } from "./transport/call_life.ts";
import type { IdleGc } from "./transport/idle_gc.ts";
import type { PeerIdentity } from "./transport/credentials.ts";
import { frameWriter } from "./transport/frame_writer.ts";
import {
  type CallWithMetadata,
  type IncomingStream,
  incomingStream,
  rawMetadata,
} from "./transport/incoming_streams.ts";
import { accepted } from "./transport/request_limits.ts";
import { sender, type WritableCall } from "./transport/sender.ts";
import { type CallStatus, statusOf } from "./status.ts";
import { checkUnreadAnswers, countAnswer } from "./transport/unread_answers.ts";

/** One call, as a handler sees it. */
export interface AgentCall<Request> {
  /** The request message. */
  readonly request: Request;
  /** The method, as `/package.Service/Method`. */
  readonly method: string;
  /**
   * Fires when nobody waits for the answer any more; its reason is one of `call_errors.ts`, or what a handler ended it
   * with.
   */
  readonly signal: AbortSignal;
  /** Whom the call comes from, as far as TLS has verified it. */
  readonly peer: PeerIdentity;
  /** Each value of a metadata entry as it was sent, one character per byte; the name in lower case. */
  metadata(name: string): readonly string[];
}

/** One call that is answered by a stream. */
export interface AgentStream<Request, Message> extends AgentCall<Request> {
  /** Ends the call with an error: the signal fires with it. */
  fail(reason: Error): void;
  /** Reports an error that does not end the call. */
  report(error: unknown): void;
  /** Adds to the metadata that goes out with the status, in ASCII. */
  addTrailer(name: string, value: string): void;
  /** Answers with headers now; otherwise they go out with the first message. */
  sendHeaders(): void;
  /**
   * Sends one message, and resolves when it has been taken over for sending; rejects with the signal's reason when the
   * call is over. One at a time. The message has been serialized, and its bytes copied, before this returns.
   */
  send(message: Message): Promise<void>;
}

/** A call that has failed, or one that goes on although something has. */
export interface CallFailure {
  /** What was thrown. */
  readonly error: unknown;
  /** What the caller gets, or would get. */
  readonly status: CallStatus;
  /** The method, as `/package.Service/Method`. */
  readonly method: string;
  /** The call, where there is one. */
  readonly call?: AgentCall<unknown> | undefined;
}

/** What the server gives every handler. */
export interface HandlerOptions {
  /** Fires when the server is going away. */
  readonly shutdown: AbortSignal;
  /** Takes each error that has become a status. */
  report(failure: CallFailure): void;
  /** Counts the streams that are answered. */
  readonly idleGc: IdleGc;
}

/** A handler that waits for what the server gives it. */
export type AgentHandler = (options: HandlerOptions) => UntypedHandleCall;

/** Answers with one message; a shutdown waits for it. */
export function unary<Request, Response>(
  handle: (call: AgentCall<Request>) => Promise<Response> | Response,
): AgentHandler {
  return ({ shutdown, report }): handleUnaryCall<Request, Response> => (call, callback) => {
    const incoming = incomingStream(call);
    if (incoming === undefined) return;
    if (shutdown.aborted) return callback(wireStatus(statusOf(new ServerShutdownError())));
    const life = followCall(call, { incoming });
    const given = agentCall(call, { incoming, life });
    const answer = async (): Promise<void> => {
      try {
        accepted(given.request);
        const response = await handle(given);
        const { stream, socket } = incoming;
        if (socket !== undefined) checkUnreadAnswers(socket);
        life.finish();
        callback(null, response);
        if (socket !== undefined) countAnswer(stream, socket);
      } catch (error) {
        life.finish();
        callback(wireStatus(reportedStatus(error, { call: given, report })));
      }
    };
    void answer();
  };
}

/** Answers with a stream of messages, which ends when the handler's promise is fulfilled. */
export function serverStream<Request, Message>(
  handle: (call: AgentStream<Request, Message>) => Promise<void>,
): AgentHandler {
  return streamed(handle, (call) => call);
}

/** Answers with a stream of complete gRPC frames, any number of bytes at a time. */
export function frameStream<Request>(
  handle: (call: AgentStream<Request, Uint8Array>) => Promise<void>,
): AgentHandler {
  return streamed(handle, (call, { stream }) => frameWriter(call, stream));
}

/** What a stream of messages is to grpc-js. */
type StreamCall<Request, Message> = Parameters<handleServerStreamingCall<Request, Message>>[0];

function streamed<Request, Message>(
  handle: (call: AgentStream<Request, Message>) => Promise<void>,
  writerOf: (call: StreamCall<Request, Message>, incoming: IncomingStream) => WritableCall<Message>,
): AgentHandler {
  return ({ shutdown, report, idleGc }): handleServerStreamingCall<Request, Message> => (call) => {
    const incoming = incomingStream(call);
    if (incoming === undefined) return;
    const end = endingOnce(call);
    if (shutdown.aborted) return end(statusOf(new ServerShutdownError()));
    const life = followCall(call, { incoming, shutdown });
    const { signal } = life;
    const given = agentCall(call, { incoming, life });
    const failure = { call: given, report };
    signal.addEventListener("abort", () => end(reportedStatus(signal.reason, failure)));
    let trailers: Metadata | undefined;
    const answer = async (): Promise<void> => {
      idleGc.begin();
      try {
        accepted(given.request);
        await handle({
          ...given,
          fail: (reason) => life.end(reason),
          report: (error) => void reportedStatus(error, failure),
          addTrailer: (name, value) => (trailers ??= new Metadata()).add(name, value),
          sendHeaders: () => call.sendMetadata(new Metadata()),
          send: sender(writerOf(call, incoming), { signal, socket: incoming.socket }),
        });
        life.finish();
        end(undefined, trailers);
      } catch (error) {
        life.finish();
        // The signal's own reason has been reported when it fired.
        end(error === signal.reason ? statusOf(error) : reportedStatus(error, failure), trailers);
      } finally {
        idleGc.end();
      }
    };
    void answer();
  };
}

/** Answers each message of the client's stream with one message, in their order. */
export function exchange<Request, Response>(answer: (request: Request) => Response): AgentHandler {
  return ({ shutdown, report }): handleBidiStreamingCall<Request, Response> => (call) => {
    const incoming = incomingStream(call);
    if (incoming === undefined) return;
    const end = endingOnce(call);
    if (shutdown.aborted) return end(statusOf(new ServerShutdownError()));
    const life = followCall(call, { incoming, shutdown });
    const { signal } = life;
    const failure = { call: agentCall(call, { incoming, life }), report };
    signal.addEventListener("abort", () => end(reportedStatus(signal.reason, failure)));
    const send = sender<Response>(call, { signal });
    const reply = async (request: Request): Promise<void> => {
      try {
        await send(answer(accepted(request)));
        call.resume();
      } catch (error) {
        life.finish();
        end(error === signal.reason ? statusOf(error) : reportedStatus(error, failure));
      }
    };
    call.on("data", (request: Request) => {
      call.pause();
      void reply(request);
    });
    call.on("end", () => {
      life.finish();
      end();
    });
  };
}

interface GrpcCall<Request> extends CallWithMetadata, EndingCall {
  /** Missing where the client streams. */
  readonly request?: Request;
  getPath(): string;
}

function agentCall<Request>(
  call: GrpcCall<Request>,
  { incoming, life }: { incoming: IncomingStream; life: CallLife },
): AgentCall<Request> {
  return {
    request: call.request as Request,
    method: call.getPath(),
    signal: life.signal,
    peer: incoming.peer,
    metadata: (name) => rawMetadata(incoming, name),
  };
}

/** The status for an error of a call, which is reported. */
function reportedStatus(
  error: unknown,
  { call, report }: { readonly call: AgentCall<unknown>; readonly report: HandlerOptions["report"] },
): CallStatus {
  const status = statusOf(error);
  report({ error, status, method: call.method, call });
  return status;
}

/** Ends a stream the first time it is called: properly, or with a status. */
function endingOnce(
  call: { end(trailers?: Metadata): unknown; emit(event: "error", status: CallStatus): unknown },
): (status?: CallStatus, trailers?: Metadata) => void {
  let ended = false;
  return (status, trailers) => {
    if (ended) return;
    ended = true;
    if (status === undefined) call.end(trailers);
    else call.emit("error", { ...wireStatus(status), ...(trailers === undefined ? {} : { metadata: trailers }) });
  };
}

const longestDetails = 4_096;

/** A status that can be sent: details go out as a header, and grpc-js throws on half a surrogate pair. */
function wireStatus({ code, details }: CallStatus): CallStatus {
  const text = details.length > longestDetails ? `${details.slice(0, longestDetails)}…` : details;
  return { code, details: text.toWellFormed() };
}
