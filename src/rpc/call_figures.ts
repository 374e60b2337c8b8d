/**
 * The figures of one call: added to where something happens, read by whoever observes the call.
 *
 * One object for each call, made when it begins; nothing else counts for a single call.
 *
 * @module
 */
import { createScanFigures, type ScanFigures } from "../records/scan/scan_figures.ts";

/** What a call has done so far. */
export interface CallFigures extends ScanFigures {
  /** When the call came, in milliseconds of `performance.now`. */
  readonly startedMs: number;
  /** Records or events that were sent; of a list, its logs. */
  records: number;
  /** Messages that the caller has sent: the request, or those of its stream. */
  received: number;
  /** Messages that were sent: a list is one. */
  messages: number;
  /** Bytes of these messages, with the five bytes before each. */
  bytes: number;
  /** Files of which something could not be sent. */
  gaps: number;
}

/** Figures of a call that has sent nothing. */
export function createCallFigures(
  { startedMs = performance.now(), received = 1 }: { readonly startedMs?: number; readonly received?: number } = {},
): CallFigures {
  return { ...createScanFigures(), startedMs, received, records: 0, messages: 0, bytes: 0, gaps: 0 };
}
