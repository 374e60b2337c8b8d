/**
 * The matches in one record.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import type { MatchRange } from "../../search/engine/matcher.ts";
import type { MatchFinder } from "./match_finder.ts";

/**
 * Yields the matches of a record's message in their order, as the regex crate finds them: each begins behind the one
 * before, and an empty one is not where the one before ended. They end within what is printed, which ends at `shown`.
 */
export function* matchesIn(
  batch: RowBatch,
  row: number,
  { finder, shown }: { readonly finder: MatchFinder; readonly shown: number },
): Generator<MatchRange> {
  const start = batch.messageStart(row);
  const end = batch.matchedEnd(row);
  let lastEnd = -1;
  for (let from = start; from <= end;) {
    const found = finder.find(batch.bytes, start, end, { from });
    if (found === undefined || found.start > shown) return;
    const isEmpty = found.end === found.start;
    if (!isEmpty || found.start !== lastEnd) yield { start: found.start, end: Math.min(found.end, shown) };
    lastEnd = found.end;
    from = isEmpty ? nextCharacter(batch.bytes, found.end, end) : found.end;
  }
}

/** Returns the offset of the next character behind the one at `at`. */
function nextCharacter(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1;
  while (next < end && ((bytes[next] ?? 0) & 0xc0) === 0x80) next++;
  return next;
}
