/**
 * The program's version, as `--version` prints it and the changelog heads it.
 *
 * @module
 */

/** Semantic version. */
export const VERSION = "0.1.0";
