/**
 * The one wrapper between grpc-js and the services: what a handler gets, and what becomes of its errors.
 *
 * A handler is a function over a {@linkcode AgentCall}. Whatever it throws, now or later, ends its own call with the
 * status that `status.ts` has for it and nothing else: a rejection that reached grpc-js would end the process. Each
 * error that becomes a status is reported, once; what is said of it is `failure_report.ts`'. A handler whose call is
 * over is told by its signal, with the reason; what it throws after that is of no interest, unless it is a defect.
 * Observers are told of each call, when it begins and when it ends.
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
import type { AgentCall, AgentStream, CallFailure, CallObserver, CallType } from "./agent_call.ts";
import { type CallEnd, endingOnce, OK, wireStatus } from "./call_ending.ts";
import { assignShare } from "../scheduling/share.ts";
import { ServerShutdownError } from "./call_errors.ts";
import { createCallFigures } from "./call_figures.ts";
import { sizeOf } from "./message_sizes.ts";
import { type CallLife, type EndingCall, followCall } from "./transport/call_life.ts";
import type { IdleGc } from "./transport/idle_gc.ts";
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

/** What the server gives every handler. */
export interface HandlerOptions {
  /** Fires when the server is going away. */
  readonly shutdown: AbortSignal;
  /** Takes each error that has become a status. */
  report(failure: CallFailure): void;
  /** Are told of each call. @default nobody is */
  readonly observers?: readonly CallObserver[] | undefined;
  /** Counts the streams that are answered. */
  readonly idleGc: IdleGc;
}

/** A handler that waits for what the server gives it. */
export type AgentHandler = (options: HandlerOptions) => UntypedHandleCall;

/** Answers with one message; a shutdown waits for it. */
export function unary<Request, Response>(
  handle: (call: AgentCall<Request>) => Promise<Response> | Response,
): AgentHandler {
  return (options): handleUnaryCall<Request, Response> => (call, callback) => {
    const incoming = incomingStream(call);
    if (incoming === undefined) return;
    const life = followCall(call, { incoming });
    const given = beginCall(call, { incoming, life, type: "unary" }, options);
    const answer = async (): Promise<void> => {
      try {
        if (options.shutdown.aborted) throw new ServerShutdownError();
        accepted(given.request);
        const response = await runCall(given, () => handle(given), options);
        const { stream, socket } = incoming;
        if (socket !== undefined) checkUnreadAnswers(socket);
        life.finish();
        callback(null, response);
        if (socket !== undefined) countAnswer(stream, socket);
        countMessage(given, response);
        const { signal: { aborted, reason } } = life;
        endCall(given, aborted ? { status: statusOf(reason), error: reason } : { status: OK }, options);
      } catch (error) {
        life.finish();
        const status = reportedStatus(error, { call: given, report: options.report });
        callback(wireStatus(status));
        endCall(given, { status, error }, options);
      }
    };
    void answer();
  };
}

/** Answers with a stream of messages, which ends when the handler's promise is fulfilled. */
export function serverStream<Request, Message>(
  handle: (call: AgentStream<Request, Message>) => Promise<void>,
): AgentHandler {
  return streamed(handle, (call, _, given) => ({
    write: (message, callback) =>
      call.write(message, (error?: Error | null) => {
        if (!error) countMessage(given, message);
        callback(error);
      }),
  }));
}

/** Answers with a stream of complete gRPC frames, any number of bytes at a time; whoever sends counts the records. */
export function frameStream<Request>(handle: (call: AgentStream<Request, Uint8Array>) => Promise<void>): AgentHandler {
  return streamed(handle, frameWriterOf);
}

/** Answers with one gRPC frame, in pieces; whoever sends counts the message. A shutdown waits for it. */
export function frameAnswer<Request>(handle: (call: AgentStream<Request, Uint8Array>) => Promise<void>): AgentHandler {
  return streamed(handle, frameWriterOf, { type: "unary" });
}

function frameWriterOf<Request>(
  call: StreamCall<Request, Uint8Array>,
  { stream }: IncomingStream,
  { figures }: AgentCall<Request>,
): WritableCall<Uint8Array> {
  const writer = frameWriter(call, stream);
  return {
    write: (frames, callback) => {
      figures.bytes += frames.length;
      return writer.write(frames, callback);
    },
  };
}

/** What a stream of messages is to grpc-js. */
type StreamCall<Request, Message> = Parameters<handleServerStreamingCall<Request, Message>>[0];

function streamed<Request, Message>(
  handle: (call: AgentStream<Request, Message>) => Promise<void>,
  writerOf: (
    call: StreamCall<Request, Message>,
    incoming: IncomingStream,
    given: AgentCall<Request>,
  ) => WritableCall<Message>,
  { type = "server_stream" }: { readonly type?: "unary" | "server_stream" } = {},
): AgentHandler {
  return (options): handleServerStreamingCall<Request, Message> => (call) => {
    const { shutdown, report, idleGc } = options;
    const incoming = incomingStream(call);
    if (incoming === undefined) return;
    const life = followCall(call, type === "unary" ? { incoming } : { incoming, shutdown });
    const { signal } = life;
    const given = beginCall(call, { incoming, life, type }, options);
    const end = endingOnce(call, (ended) => endCall(given, ended, options));
    const failure = { call: given, report };
    const fail = (error: unknown): void => end({ status: reportedStatus(error, failure), error }, trailers);
    let trailers: Metadata | undefined;
    signal.addEventListener("abort", () => fail(signal.reason));
    const answer = async (): Promise<void> => {
      idleGc.begin();
      try {
        const ending = endReason({ incoming: type === "unary" ? {} : incoming, shutdown });
        if (ending !== undefined) throw ending;
        accepted(given.request);
        const stream: AgentStream<Request, Message> = {
          ...given,
          fail: (reason) => life.end(reason),
          report: (error) => void reportedStatus(error, failure),
          addTrailer: (name, value) => (trailers ??= new Metadata()).add(name, value),
          sendHeaders: () => call.sendMetadata(new Metadata()),
          send: sender(writerOf(call, incoming, given), { signal, socket: incoming.socket }),
        };
        await runCall(given, () => handle(stream), options);
        life.finish();
        end({ status: OK }, trailers);
      } catch (error) {
        life.finish();
        // The signal's own reason has been reported when it fired, and has ended the call.
        if (error !== signal.reason) fail(error);
      } finally {
        idleGc.end();
      }
    };
    void answer();
  };
}

/** Answers each message of the client's stream with one message, in their order. */
export function exchange<Request, Response>(answer: (request: Request) => Response): AgentHandler {
  return (options): handleBidiStreamingCall<Request, Response> => (call) => {
    const { shutdown, report } = options;
    const incoming = incomingStream(call);
    if (incoming === undefined) return;
    const life = followCall(call, { incoming, shutdown });
    const { signal } = life;
    const given = beginCall(call, { incoming, life, type: "bidi_stream" }, options);
    const end = endingOnce(call, (ended) => endCall(given, ended, options));
    const fail = (error: unknown): void => {
      life.finish();
      end({ status: reportedStatus(error, { call: given, report }), error });
    };
    const ending = endReason({ incoming, shutdown });
    if (ending !== undefined) return fail(ending);
    signal.addEventListener("abort", () => fail(signal.reason));
    const send = sender<Response>(call, { signal });
    const reply = async (request: Request): Promise<void> => {
      try {
        const message = answer(accepted(request));
        await send(message);
        countMessage(given, message);
        call.resume();
      } catch (error) {
        if (error !== signal.reason) fail(error);
      }
    };
    call.on("data", (request: Request) => {
      given.figures.received++;
      call.pause();
      void reply(request);
    });
    call.on("end", () => {
      life.finish();
      end({ status: OK });
    });
  };
}

/** Bytes before each message: whether it is compressed, and its length. */
const FRAME_HEAD_BYTES = 5;

/** Why no stream begins any more; undefined where it does. */
function endReason(
  { incoming: { aged }, shutdown }: { incoming: Pick<IncomingStream, "aged">; shutdown: AbortSignal },
): unknown {
  return shutdown.aborted ? new ServerShutdownError() : aged?.reason;
}

interface GrpcCall<Request> extends CallWithMetadata, EndingCall {
  /** Missing where the client streams. */
  readonly request?: Request;
  getPath(): string;
}

function beginCall<Request>(
  call: GrpcCall<Request>,
  { incoming, life, type }: { readonly incoming: IncomingStream; readonly life: CallLife; readonly type: CallType },
  { observers = [] }: HandlerOptions,
): AgentCall<Request> {
  assignShare(life.signal, { connection: incoming.socket });
  const given: AgentCall<Request> = {
    request: call.request as Request,
    method: call.getPath(),
    type,
    signal: life.signal,
    peer: incoming.peer,
    figures: createCallFigures({ startedMs: incoming.startedMs, received: type === "bidi_stream" ? 0 : 1 }),
    metadata: (name) => rawMetadata(incoming, name),
  };
  for (const observer of observers) observer.begin?.(given);
  return given;
}

function runCall<T>(call: AgentCall<unknown>, handle: () => T, { observers = [] }: HandlerOptions): T {
  const runner = observers.find(({ run }) => run !== undefined);
  return runner?.run === undefined ? handle() : runner.run(call, handle);
}

function endCall(call: AgentCall<unknown>, end: CallEnd, { observers = [] }: HandlerOptions): void {
  for (const observer of observers) observer.end(call, end);
}

/** Counts a message that grpc-js has serialized. */
function countMessage({ figures }: AgentCall<unknown>, message: unknown): void {
  figures.messages++;
  figures.bytes += sizeOf(message) + FRAME_HEAD_BYTES;
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
