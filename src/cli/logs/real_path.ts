/**
 * The file behind links.
 *
 * @module
 */

/** Returns the path behind links; the path itself where it leads nowhere, which is reported when it is opened. */
export function realPath(path: string): string {
  try {
    return path === "-" ? path : Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code !== undefined) return path;
    throw error;
  }
}
