/**
 * A table that is made, between two comments of a page that is written by hand.
 *
 * @module
 */

/** What stands where. */
export interface PageTable {
  /** The table, in Markdown. */
  readonly table: string;
  /** Finds the two comments, as its groups, and what is between them. */
  readonly place: RegExp;
}

/** The page with the table as it is now. */
export async function withTable(page: string, { table, place }: PageTable): Promise<string> {
  if (!place.test(page)) throw new TypeError("Cannot write a table: the page has no place for it");
  return await formatted(page.replace(place, (_, begin, end) => `${begin}\n${table}\n${end}`));
}

/** Reads a page of the project. */
export async function projectPage(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

/** Writes the table into a page of the project; only compares with `--check`, and throws where it differs. */
export async function writePage(path: string, table: PageTable): Promise<void> {
  const url = new URL(`../../${path}`, import.meta.url);
  const page = await projectPage(path);
  const made = await withTable(page, table);
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(url, made);
  else if (made !== page) {
    throw new Error(`Cannot accept ${path}: it is not what its sources give; run deno task gen`);
  }
}

/** The text as `deno fmt` has it. */
async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--line-width=120", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await output;
  if (!success) throw new Error("Cannot format a page");
  return new TextDecoder().decode(stdout);
}
