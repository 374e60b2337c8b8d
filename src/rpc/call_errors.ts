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

/** The connection has reached the age that it may have; the client is to connect anew. */
export class ConnectionAgeError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ConnectionAgeError";
  constructor() {
    super("Connection has reached its age (limits.connection-age): connect again");
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
