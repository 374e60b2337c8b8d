/**
 * A call as handlers and observers see it.
 *
 * @module
 */
import type { CallEnd } from "./call_ending.ts";
import type { CallFigures } from "./call_figures.ts";
import type { CallStatus } from "./status.ts";
import type { PeerIdentity } from "./transport/credentials.ts";

/** The kinds of methods. */
export type CallType = "unary" | "server_stream" | "bidi_stream";

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
  /** Who sends one message, and who many. */
  readonly type: CallType;
  /** Whom the call comes from, as far as TLS has verified it. */
  readonly peer: PeerIdentity;
  /** What the call has done so far; services add to it. */
  readonly figures: CallFigures;
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

/** Is told of each call that reaches a handler; must not throw. */
export interface CallObserver {
  /** Takes a call that begins. */
  begin?(call: AgentCall<unknown>): void;
  /** Runs a call's handler, so that what it does belongs to the call. @default it is just run */
  run?<T>(call: AgentCall<unknown>, handle: () => T): T;
  /** Takes a call that has ended, the same object, once. Its figures are as they will stay. */
  end(call: AgentCall<unknown>, end: CallEnd): void;
}
