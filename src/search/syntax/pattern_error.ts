/**
 * The error for a pattern that this engine does not take.
 *
 * Owns its class, the fixed part of its message, which callers see as it is, and the limit on a pattern's length. Does
 * not know how an error reaches them.
 *
 * @module
 */

/** A pattern was not understood, is not supported, or is bigger than a limit. */
export class PatternError extends SyntaxError {
  /** The class, as an error log shows it. */
  override readonly name = "PatternError";
  /** What is wrong, without the fixed part of the message. */
  readonly detail: string;

  /**
   * An error about one pattern.
   *
   * @param detail What is wrong, with the piece of the pattern or the limit that it is about.
   */
  constructor(detail: string) {
    super(`Invalid grep pattern: ${detail}`);
    this.detail = detail;
  }
}

/** The longest pattern, in UTF-16 units, after blanks have become groups. */
export const MAX_PATTERN_LENGTH = 65_536;

/** The error for a pattern of more than {@linkcode MAX_PATTERN_LENGTH} units. */
export function patternTooLong(length: number): PatternError {
  return new PatternError(`the pattern is too long: ${length} characters, at most ${MAX_PATTERN_LENGTH} are allowed`);
}
