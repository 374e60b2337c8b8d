/**
 * Writes the table of settings into `docs/configuration.md`: `deno task gen`. `deno task gen --check` only compares.
 *
 * The table stands between two comments of the page; what is around them is written by hand.
 *
 * @module
 */
import { settingsTable } from "../../src/config/settings.ts";
import { withTable, writePage } from "./_page_table.ts";

const TABLE = /(<!-- settings: .* -->\n)[^]*(<!-- \/settings -->\n)/;

/** The page with the table as it is now. */
export async function withSettingsTable(page: string): Promise<string> {
  return await withTable(page, { table: settingsTable(), place: TABLE });
}

if (import.meta.main) await writePage("docs/configuration.md", { table: settingsTable(), place: TABLE });
