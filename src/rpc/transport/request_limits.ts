/**
 * How large a request may be, looked at before it is decoded: a message of 4 MiB may hold two million fields, and costs
 * by their number, not by its length.
 *
 * Walks over the encoded message once, without allocation. Does not judge what is in the fields, nor whether the
 * message is well-formed: the decoder does.
 *
 * @module
 */

/** How large a request may be. */
export interface RequestLimits {
  /** Bytes of the encoded message. */
  readonly maxBytes: number;
  /** Fields of the message, each time that one occurs. */
  readonly maxFields: number;
}

/** For requests of a few short texts. */
export const SHORT_REQUEST: RequestLimits = { maxBytes: 64 * 1024, maxFields: 64 };

/** A request is larger than its method takes. */
export class RequestSizeError extends RangeError {
  /** The class, as an error log shows it. */
  override readonly name = "RequestSizeError";
}

/**
 * Returns a function that decodes messages within the limits. In place of a larger one it returns an error, which
 * {@linkcode accepted} throws in the handler: to one that is thrown while a message is decoded grpc-js would answer
 * INTERNAL.
 */
export function limitedDecoder(
  decode: (bytes: Uint8Array) => unknown,
  { maxBytes, maxFields }: RequestLimits,
): (bytes: Uint8Array) => unknown {
  return (bytes) => {
    if (bytes.length > maxBytes) {
      return new RequestSizeError(`Cannot take the request: ${bytes.length} bytes, at most ${maxBytes} are allowed`);
    }
    if (hasMoreFields(bytes, maxFields)) {
      return new RequestSizeError(`Cannot take the request: more than the ${maxFields} fields that are allowed`);
    }
    return decode(bytes);
  };
}

/**
 * The request, if it is one.
 *
 * @throws {RequestSizeError} if it was refused before it was decoded
 */
export function accepted<Request>(request: Request): Request {
  if (request instanceof RequestSizeError) throw request;
  return request;
}

/** Reports whether a message has more than `max` fields; the begin and the end of a group count as one each. */
function hasMoreFields(bytes: Uint8Array, max: number): boolean {
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    count += 1;
    if (count > max) return true;
    const type = byteAt(bytes, at) & 7;
    at = varintEnd(bytes, at);
    if (type === 0) at = varintEnd(bytes, at);
    else if (type === 1) at += 8;
    else if (type === 2) at = varintEnd(bytes, at) + varint(bytes, at);
    else if (type === 5) at += 4;
  }
  return false;
}

/** The offset after the varint at `at`. */
function varintEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (byteAt(bytes, end) > 0x7f) end += 1;
  return end + 1;
}

/** The value of the varint at `at`; never negative. */
function varint(bytes: Uint8Array, at: number): number {
  let value = 0;
  let factor = 1;
  for (let index = at;; index += 1, factor *= 0x80) {
    value += (byteAt(bytes, index) & 0x7f) * factor;
    if (byteAt(bytes, index) <= 0x7f) return value;
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
