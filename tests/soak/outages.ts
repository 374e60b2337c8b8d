/**
 * Outages of the API server, as those know them who check what callers are told.
 *
 * @module
 */

/** After the end of an outage, calls that waited for it may still fail, for so many milliseconds. */
export const OUTAGE_TAIL_MS = 15_000;
