/**
 * A generated file that is written as it is.
 *
 * @module
 */

/** Writes a file of the project; only compares with `--check`, and throws where it differs or is missing. */
export async function writeFile(path: string, text: string): Promise<void> {
  const url = new URL(`../../${path}`, import.meta.url);
  if (!Deno.args.includes("--check")) {
    await Deno.mkdir(new URL(".", url), { recursive: true });
    await Deno.writeTextFile(url, text);
  } else if (await Deno.readTextFile(url) !== text) {
    throw new Error(`Cannot accept ${path}: it is not what its sources give; run deno task gen`);
  }
}
