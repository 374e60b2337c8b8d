import assert from "#assert";
import { shownSize, withDependencies } from "./dependencies_page.ts";
import { takeInventory } from "../release/inventory.ts";

for (
  const [what, bytes, shown, size] of [
    ["a new size has no fraction", 123_456, undefined, "123"],
    ["a small one has a digit of it", 1_234, undefined, "1.2"],
    ["a large one has a comma", 1_234_567, undefined, "1,235"],
    ["a size that is right within a twentieth stays", 104_900, "100", "100"],
    ["one that is not is written anew", 106_000, "100", "106"],
    ["a small size that is right within a kilobyte stays", 1_900, "1", "1"],
    ["one that is not is written anew, too", 2_100, "1", "2.1"],
    ["a size with a comma stays", 1_200_000, "1,190", "1,190"],
    ["what is no size is written anew", 5_000, "–", "5"],
  ] satisfies [string, number, string | undefined, string][]
) {
  Deno.test(`on the page of packages, ${what}`, () => assert.equal(shownSize(bytes, shown), size));
}

Deno.test("docs/dependencies.md has the packages of the programs, and a wrong row is mended", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/dependencies.md", import.meta.url));
  const inventory = await takeInventory();
  assert.equal(await withDependencies(page, inventory), page);
  const without = page.replace(/^\| `yaml`.*\n/m, "").replace(/^\| `fast-check`.*\n/m, "")
    .replace(/(`protobufjs` +\| [\d.]+ +\| [\w-]+ +\| +)\d+/, (_, head) => `${head}9`);
  const mended = await withDependencies(without, inventory);
  for (const name of ["yaml", "fast-check"]) assert.match(mended, new RegExp(`^\\| \`${name}\` `, "m"));
  assert.doesNotMatch(mended, /`protobufjs` +\| [\d.]+ +\| [\w-]+ +\| +9 /);
});
