/**
 * Makes all files that are generated and committed; with `--check` only compares, and fails at the first that differs.
 *
 * @module
 */

const GENERATORS = [
  "tools/generate/descriptor.ts",
  "tools/generate/unicode_tables.ts",
  "tools/generate/kernel.ts",
  "tools/generate/scan_worker.ts",
  "tools/generate/settings_page.ts",
  "tools/generate/metrics_page.ts",
  "tools/generate/limits_page.ts",
  "tools/generate/terminal_page.ts",
  "tools/generate/dependencies_page.ts",
  "tools/generate/prometheus_rule.ts",
  "tools/generate/dashboard.ts",
] as const;

for (const generator of GENERATORS) {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", generator, ...Deno.args],
  }).spawn().status;
  if (!success) Deno.exit(1);
}
