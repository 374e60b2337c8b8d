/**
 * Whether a path leads to a file.
 *
 * @module
 */

/** Reports whether it does; not so where that cannot be told, which opening it reports. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
