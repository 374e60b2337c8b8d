import assert from "#assert";
import { withSettingsTable } from "./settings_page.ts";
import { SETTINGS } from "../../src/config/settings.ts";

const PAGE = new URL("../../docs/configuration.md", import.meta.url);

Deno.test("docs/configuration.md shows every setting with its doc line", async () => {
  const page = await Deno.readTextFile(PAGE);
  const missing = Object.entries(SETTINGS).filter(([key, { doc }]) => {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${key}\``));
    return row === undefined || !row.includes(doc);
  });
  assert.deepEqual(missing.map(([key]) => key), []);
});

Deno.test("the table of settings is written between its two comments, and nothing else of the page changes", async () => {
  const page = await Deno.readTextFile(PAGE);
  assert.equal(await withSettingsTable(page), page);
  assert.equal(await withSettingsTable(page.replace(/^\| `history`.*\n/m, "")), page);
  await assert.rejects(withSettingsTable("# Configuration\n"), TypeError);
});
