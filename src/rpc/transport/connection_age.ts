/**
 * The age at which a connection ends, so that its client connects anew and may come to another agent or see another
 * certificate.
 *
 * grpc-js's own age ends the streams of a connection INTERNAL. Here they are told why, and calls that have one answer
 * get it.
 *
 * @module
 */
import { ConnectionAgeError } from "../call_errors.ts";
import type { Clock } from "./clock.ts";
import { FIXED_LIMITS, type TransportLimits } from "./transport_limits.ts";

/** What an age works with. */
export interface ConnectionAgeOptions {
  /** How old a connection becomes. */
  readonly limits: Pick<TransportLimits, "connectionAgeMs">;
  /** Ends what is left of the connection. */
  readonly onEnd: () => void;
  /** Tells the time. */
  readonly clock: Clock;
  /** A number from 0 to 1. @default {Math.random} */
  readonly random?: () => number;
}

/** The age of a connection, until it is disposed of. */
export interface ConnectionAge extends Disposable {
  /** Fires when the age is reached; what is under way then has so long as `FIXED_LIMITS.retireMs`. */
  readonly signal: AbortSignal;
}

/** Begins with a new connection. Many that began together do not end together: each is a tenth off at most. */
export function startAge({ limits, onEnd, clock, random = Math.random }: ConnectionAgeOptions): ConnectionAge {
  const aged = new AbortController();
  let timer = clock.later(() => {
    timer = clock.later(onEnd, FIXED_LIMITS.retireMs.value);
    aged.abort(new ConnectionAgeError());
  }, limits.connectionAgeMs * (0.9 + 0.2 * random()));
  return { signal: aged.signal, [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
