/**
 * Text of a request header, as far as it can be trusted to be text.
 *
 * @module
 */
import { InvalidMetadataError } from "./errors.ts";

/** `value`, if it is printable ASCII (and tabs); else an error that names `header`. HTTP allows no other text. */
export function headerText(value: string, header: string): string {
  if (!/^[\t\x20-\x7e]*$/.test(value)) throw new InvalidMetadataError(header);
  return value;
}
