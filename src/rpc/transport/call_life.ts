/**
 * How long a call lasts: one signal from the several ways in which a call can end before its handler does.
 *
 * @module
 */

import { CallCancelledError, CallDeadlineError, ServerShutdownError } from "../call_errors.ts";
import type { IncomingStream } from "./incoming_streams.ts";

/** The parts of a grpc-js call that tell of its end. */
export interface EndingCall {
  /** Registers for `cancelled`, which grpc-js emits when nothing more can be sent – after a proper end, too. */
  on(event: "cancelled", listener: () => void): unknown;
  /** Takes a registration back. */
  off(event: "cancelled", listener: () => void): unknown;
  /** When the client stops waiting: milliseconds since 1970, or Infinity. */
  getDeadline(): Date | number;
}

/** What a call's life depends on. */
export interface CallLifeOptions {
  /** The HTTP/2 stream of the call. */
  readonly incoming: IncomingStream;
  /** Ends the call as well; left out for calls that a shutdown waits for. */
  readonly shutdown?: AbortSignal | undefined;
}

/** A call that is under way. */
export interface CallLife {
  /** Fires once when the call is over, with one of the errors of `call_errors.ts` as its reason. */
  readonly signal: AbortSignal;
  /** The handler is done: nothing fires any more. */
  finish(): void;
  /** Ends the call from this side. */
  end(reason: Error): void;
}

/** Follows a call to its end. */
export function followCall(call: EndingCall, { incoming, shutdown }: CallLifeOptions): CallLife {
  const controller = new AbortController();
  // A call with one answer gets it: its connection waits for it as a shutdown does.
  const aged = shutdown && incoming.aged;
  const finish = (): void => {
    call.off("cancelled", onCancelled);
    incoming.stream.off("close", onCancelled);
    shutdown?.removeEventListener("abort", onShutdown);
    aged?.removeEventListener("abort", onAged);
  };
  const end = (reason: Error): void => {
    finish();
    controller.abort(reason);
  };
  const onCancelled = (): void => end(deadlinePassed(call) ? new CallDeadlineError() : new CallCancelledError());
  const onShutdown = (): void => end(new ServerShutdownError());
  const onAged = (): void => end(aged?.reason);
  call.on("cancelled", onCancelled);
  // The first event is lost when it comes before grpc-js has made the call; this one cannot be.
  incoming.stream.on("close", onCancelled);
  shutdown?.addEventListener("abort", onShutdown);
  aged?.addEventListener("abort", onAged);
  return { signal: controller.signal, finish, end };
}

/** Timers and the clock may differ by a millisecond. */
function deadlinePassed(call: EndingCall): boolean {
  return Date.now() + 1 >= Number(call.getDeadline());
}
