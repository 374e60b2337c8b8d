/**
 * What the scans of one stream have done so far, for whoever observes the stream.
 *
 * @module
 */

/** Figures that scans add to while they go on. */
export interface ScanFigures {
  /** Bytes of whole lines that were searched, of gzipped files those of their content. */
  scannedBytes: number;
  /** Rotated files of which something was read. */
  rotatedFiles: number;
  /** Files of a followed log that were left for the next one. */
  rotations: number;
  /** Whether lines were judged by the engine, and not by the kernel alone. */
  usesEngine: boolean;
  /** Why no more records can come; set by a follow that has ended by itself. */
  followEnd?: "log removed" | "stop time passed";
}

/** Figures of scans that have not begun. */
export function createScanFigures(): ScanFigures {
  return { scannedBytes: 0, rotatedFiles: 0, rotations: 0, usesEngine: false };
}
