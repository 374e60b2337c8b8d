/**
 * Which file a name leads to.
 *
 * @module
 */

/** Which file it is: device and inode. */
export function fileId(file: { readonly dev: number | bigint; readonly ino: number | bigint | null }): string {
  return `${Number(file.dev)}:${Number(file.ino)}`;
}
