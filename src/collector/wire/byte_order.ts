/**
 * The order of bytes in all that goes to a reducer, LZ4 included, by the name that a `DataView` has no name for.
 *
 * @module
 */

/** The last argument of a view's getters and setters. */
export const LITTLE_ENDIAN = true;
