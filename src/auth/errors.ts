/**
 * The errors by which a caller is refused, a class for each status code.
 *
 * The message goes over the wire. It is that of the agent that this one replaces, and so begins with a small letter. It
 * names nothing from inside: no address, no token, no text of the API server. The `cause` tells that to the log.
 *
 * @module
 */

/** The caller is not authenticated. */
export class UnauthenticatedError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "UnauthenticatedError";
}

/** The caller is authenticated, and not allowed. */
export class PermissionDeniedError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "PermissionDeniedError";
}

/** A header that names the caller cannot be read. */
export class InvalidMetadataError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "InvalidMetadataError";

  /** `header` is the header's name. */
  constructor(header: string, options?: ErrorOptions) {
    super(`invalid metadata for ${header}`, options);
  }
}

/** The API server could not be asked: the caller may try again. */
export class ReviewUnavailableError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ReviewUnavailableError";
  /** Milliseconds for which the API server wants to be left alone, where it said so. */
  readonly retryAfterMs: number | undefined;

  /** `message` goes over the wire, `cause` to the log. */
  constructor(message: string, { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}
