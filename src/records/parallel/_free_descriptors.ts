/**
 * Whether a thread can be started as far as descriptors go.
 *
 * @module
 */

/**
 * Reports whether so many descriptors are free. Opens the folder that often for a moment; where that cannot be done for
 * another reason than that none is left, they are taken to be free.
 */
export function hasFreeDescriptors(count: number, folder: string): boolean {
  const opened: Deno.FsFile[] = [];
  try {
    while (opened.length < count) opened.push(Deno.openSync(folder));
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return code !== "EMFILE" && code !== "ENFILE";
  } finally {
    for (const file of opened) file.close();
  }
  return true;
}
