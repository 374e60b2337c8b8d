/**
 * Where a fingerprint is: a naive twin of the kernel's.
 *
 * @module
 */
import type { Fingerprint } from "../../src/search/plan/fingerprint.ts";

/** Whether a fingerprint is at a place of a text. */
export function isFingerprintAt({ sets, alternatives }: Fingerprint, bytes: Uint8Array, at: number): boolean {
  const byteAt = (place: number): number => bytes[at + place] ?? 0x0a;
  if (!sets.every((set, place) => set[byteAt(place)] === 1)) return false;
  return alternatives.some((way) => {
    const other = way.findIndex((set, place) => set[byteAt(place)] !== 1);
    return other < 0 || byteAt(other) >= 0x80;
  });
}
