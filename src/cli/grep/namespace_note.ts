/**
 * What is told where `-n` was typed for the numbers of lines, as other programs have it.
 *
 * @module
 */
import { isFile } from "../files/is_file.ts";
import type { GrepCommand } from "./grep_command.ts";

/** Returns the note; `undefined` where the namespace is likely to be one. */
export function namespaceNote({ namespace, files, patterns }: GrepCommand): string | undefined {
  const [pattern] = patterns;
  if (namespace === undefined || pattern === undefined || files.length > 0 || !isFile(pattern)) return undefined;
  return `-n ${namespace} is the namespace ${namespace} here, and ${pattern} the pattern; ` +
    "records have times in place of line numbers";
}
