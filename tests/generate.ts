/**
 * Makes all files that are generated and committed; with `--check` only compares, and fails at the first that differs.
 *
 * @module
 */

const GENERATORS = [
  "proto/generate.ts",
  "src/search/_generate_tables.ts",
  "src/kernel/_build.ts",
  "src/records/_scout_build.ts",
  "src/config/_settings_page.ts",
] as const;

for (const generator of GENERATORS) {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", generator, ...Deno.args],
  }).spawn().status;
  if (!success) Deno.exit(1);
}
