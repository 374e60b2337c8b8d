/**
 * How large the metadata of a call may be, in the words of HTTP/2 (RFC 9113, section 6.5.2).
 *
 * HTTP/2 would refuse it without a text, so it gets room for twice as much, and the rest is refused here.
 *
 * @module
 */

/** What each entry counts beside its name and value. */
const ENTRY_BYTES = 32;

/** HTTP/2 takes so many times the bytes that a call may have. */
export const HEADROOM = 2;

/** The size of metadata as it was sent: name, value, name, value, one character per byte. */
export function metadataBytes(rawMetadata: readonly string[]): number {
  let bytes = rawMetadata.length * (ENTRY_BYTES / 2);
  for (const text of rawMetadata) bytes += text.length;
  return bytes;
}
