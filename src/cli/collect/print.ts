/**
 * Standard output of the collector: whole texts, in order, at once.
 *
 * A reader that is slow makes the collector slow and costs no memory. Throws a `BrokenPipe` when nobody reads any more.
 *
 * @module
 */
import { writeWhole } from "../../telemetry/write_whole.ts";

/** Writes all of a text. */
export function print(text: string): void {
  writeWhole(text);
}
