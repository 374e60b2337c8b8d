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
