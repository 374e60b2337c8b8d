/**
 * The caller's span, as `traceparent` names it (W3C Trace Context). It says which trace a call belongs to, and nothing
 * else is believed of it.
 *
 * @module
 */

/** A span of a caller. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: the caller records its span. */
  readonly flags: number;
}

/** The length of version 00; later versions may have more behind a dash. */
const LENGTH = 55;
/** No later version is read beyond that. */
const MAX_LENGTH = 256;

const FORM = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-|$)/;

/** Reads the values of `traceparent`: there has to be one, of the right form. Undefined for all else. */
export function readTraceParent(values: readonly string[]): TraceParent | undefined {
  const [text] = values;
  if (text === undefined || values.length !== 1 || text.length > MAX_LENGTH) return undefined;
  const [, version, traceId = "", spanId = "", flags] = FORM.exec(text) ?? [];
  if (version === undefined || version === "ff") return undefined;
  if (version === "00" && text.length !== LENGTH) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number(`0x${flags}`) & 1 };
}
