/**
 * What a pattern that arrives is taken to mean.
 *
 * Owns the choice between two syntaxes. Callers write for Go, whose engine has seen the pattern before it arrives; what
 * it means is what Rust's crate says, wherever the crate takes it. Only what the crate refuses is read as Go reads it.
 *
 * @module
 */
import { fromRe2 } from "./_from_re2.ts";
import type { Hir } from "./hir.ts";
import { parsePattern } from "./parse_pattern.ts";
import { MAX_PATTERN_LENGTH, PatternError, patternTooLong } from "./pattern_error.ts";

/**
 * Reads a pattern.
 *
 * @param text The pattern, after blanks have become groups.
 * @throws {PatternError} If neither syntax takes it; the error is that of the crate's.
 */
export function readPattern(text: string): Hir {
  if (text.length > MAX_PATTERN_LENGTH) throw patternTooLong(text.length);
  try {
    return parsePattern(text);
  } catch (refusal) {
    const other = fromRe2(text);
    if (!(refusal instanceof PatternError) || other === text) throw refusal;
    try {
      return parsePattern(other);
    } catch (error) {
      throw error instanceof PatternError ? refusal : error;
    }
  }
}
