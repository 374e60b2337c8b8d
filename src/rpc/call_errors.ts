/**
 * The errors of this room: why a call is over before its handler is, and what callers may ask of health.
 *
 * The first three are the reasons of the signal that handlers get.
 *
 * @module
 */

/** The client has cancelled the call, or its connection is gone. */
export class CallCancelledError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "CallCancelledError";
  constructor() {
    super("Call was cancelled");
  }
}

/** The client's deadline has passed. */
export class CallDeadlineError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "CallDeadlineError";
  constructor() {
    super("Deadline exceeded");
  }
}

/** This server is going away; another one may answer. */
export class ServerShutdownError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ServerShutdownError";
  constructor() {
    super("Server is shutting down");
  }
}

/** A caller asked for the health of a service that has none of its own. */
export class HealthServiceUnknownError extends RangeError {
  /** The class, as an error log shows it. */
  override readonly name = "HealthServiceUnknownError";
  constructor() {
    super("service not registered");
  }
}
