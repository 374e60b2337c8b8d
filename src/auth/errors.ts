/**
 * How a caller is refused.
 *
 * Owns one class for each answer that a caller can be given. The message is what goes over the wire, in the words of
 * the agent that this one replaces – that is why they begin with a small letter – and it names nothing from inside:
 * no address, no token, no text of the API server. What happened inside is the `cause`, for the log.
 *
 * @module
 */

/** Nobody knows who asks. */
export class UnauthenticatedError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "UnauthenticatedError";
}

/** It is known who asks, and they may not. */
export class PermissionDeniedError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "PermissionDeniedError";
}

/** A header says who asks in a way that cannot be read. */
export class InvalidMetadataError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "InvalidMetadataError";

  /** `header` is the header's name. */
  constructor(header: string, options?: ErrorOptions) {
    super(`invalid metadata for ${header}`, options);
  }
}

/** Whether they may could not be found out: nobody's fault but ours or the API server's, and worth another try. */
export class ReviewUnavailableError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ReviewUnavailableError";
}
