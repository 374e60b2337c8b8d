/**
 * Writes the table of settings into `docs/configuration.md`: `deno task gen`. `deno task gen --check` only compares.
 *
 * The table stands between two comments of the page; what is around them is written by hand.
 *
 * @module
 */
import { settingsTable } from "../../src/config/settings.ts";

const PAGE = new URL("../../docs/configuration.md", import.meta.url);
const TABLE = /(<!-- settings: .* -->\n)[^]*(<!-- \/settings -->\n)/;

/** The page with the table as it is now. */
export async function withSettingsTable(page: string): Promise<string> {
  if (!TABLE.test(page)) throw new TypeError("Cannot write the table of settings: the page has no place for it");
  return await formatted(page.replace(TABLE, (_, begin, end) => `${begin}\n${settingsTable()}\n${end}`));
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
  if (!success) throw new Error("Cannot format docs/configuration.md");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const page = await Deno.readTextFile(PAGE);
  const made = await withSettingsTable(page);
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(PAGE, made);
  else if (made !== page) {
    throw new Error("Cannot accept docs/configuration.md: it is not what its sources give; run deno task gen");
  }
}
