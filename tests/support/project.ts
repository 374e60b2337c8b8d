/**
 * The project's own files, as text, and deno.json as what it says.
 *
 * @module
 */

/** The parts of deno.json that tests look at. */
export interface Project {
  readonly imports: Readonly<Record<string, string>>;
}

/** The folder of the project. */
export const projectFolder: URL = new URL("../../", import.meta.url);

/** The text of a file of the project. */
export async function projectText(file: string): Promise<string> {
  return await Deno.readTextFile(new URL(file, projectFolder));
}

/** What deno.json says. */
export const project: Project = JSON.parse(await projectText("deno.json"));

/** The texts of all files of the program, without its tests. */
export async function sourceTexts(folder = "src/"): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, projectFolder)));
  const found = await Promise.all(entries.map(async ({ name, isDirectory }) => {
    if (isDirectory) return await sourceTexts(`${folder}${name}/`);
    return name.endsWith(".ts") && !name.endsWith("_test.ts") ? [await projectText(folder + name)] : [];
  }));
  return found.flat();
}
