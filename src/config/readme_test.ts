import assert from "#assert";
import { SETTINGS } from "./settings.ts";

Deno.test("the README shows every setting with its doc line", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const missing = Object.entries(SETTINGS).filter(([key, { doc }]) => {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${key}\``));
    return row === undefined || !row.includes(doc);
  });
  assert.deepEqual(missing.map(([key]) => key), []);
});
