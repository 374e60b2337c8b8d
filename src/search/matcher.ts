/**
 * The verdict on one message: does it hold a match of the pattern.
 *
 * @module
 */
import { RE2JS } from "re2js";
import { normalizeGrep } from "./grep.ts";
import { PatternError } from "./pattern_error.ts";

/** A compiled pattern. */
export interface Matcher {
  /**
   * Whether the bytes `[start, end)`, taken as one whole message, hold a match. Linear in their number; never throws, whatever the bytes.
   *
   * @param bytes A buffer that holds the message.
   * @param start Offset of the message's first byte.
   * @param end Offset after its last byte.
   */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
}

/**
 * Compiles the text of a request's `grep` field.
 *
 * @param grep The field as it arrived.
 * @returns The matcher, or `undefined` where the text asks for no filter.
 * @throws {PatternError} If the text is not a pattern, or one that is too big.
 */
export function compileGrep(grep: string): Matcher | undefined {
  const pattern = normalizeGrep(grep);
  if (pattern === undefined) return undefined;
  const compiled = compileRe2(pattern);
  return {
    matches: (bytes, start, end) => compiled.test(bytes.subarray(start, end)),
  };
}

function compileRe2(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new PatternError(
      error instanceof Error ? error.message : String(error),
    );
  }
}
