/**
 * Writes the tables of packages into `docs/dependencies.md`: `deno task gen`. `deno task gen --check` only compares.
 *
 * Sizes change a little with every change of the sources, since the bundler gives shorter names to what is used more
 * often. So a size on the page stays as it is while it is right within a twentieth, or a kilobyte.
 *
 * @module
 */
import { projectPage, withTable, writePage } from "./_page_table.ts";
import { dependents, type Inventory, PROGRAM_NAMES, takeInventory } from "../release/inventory.ts";
import { USES } from "../release/uses.ts";

const PAGE = "docs/dependencies.md";
const RUN = /(<!-- run: .* -->\n)[^]*(<!-- \/run -->\n)/;
const OTHER = /(<!-- other: .* -->\n)[^]*(<!-- \/other -->\n)/;
const SHARE = 0.05;
const KILOBYTE = 1000;

/** Returns the size for the page: the one that it has, in kB, while that is right enough. */
export function shownSize(bytes: number, shown: string | undefined): string {
  const kept = shown === undefined || !/^[\d,]+(\.\d)?$/.test(shown) ? undefined : Number(shown.replaceAll(",", ""));
  const off = Math.abs((kept ?? NaN) * KILOBYTE - bytes);
  if (shown !== undefined && off <= Math.max(KILOBYTE, bytes * SHARE)) return shown;
  return (bytes / KILOBYTE).toLocaleString("en", { maximumFractionDigits: bytes < 10 * KILOBYTE ? 1 : 0 });
}

/** Makes the table of what is in the programs, with the sizes of `page` where they are right enough. */
export function runTable(inventory: Inventory, page: string): string {
  const { entries, bytes } = inventory;
  const size = (name: string, column: number, count: number | undefined): string =>
    count === undefined ? "–" : shownSize(count, cellsOf(page, name)[column]);
  const packages = [...entries].filter(([, { role }]) => role === "run");
  const own = Object.fromEntries(PROGRAM_NAMES.map((program) => {
    const theirs = packages.reduce((sum, [, it]) => sum + (it.bytes[program] ?? 0), 0);
    return [program, bytes[program] - theirs];
  }));
  const row = (
    name: string,
    rest: { readonly head: string; readonly counts: Readonly<Record<string, number>>; readonly why: string },
  ): string =>
    `| ${name} | ${rest.head} | ${
      PROGRAM_NAMES.map((program, at) => size(name, 3 + at, rest.counts[program])).join(" | ")
    } | ${rest.why} |`;
  return [
    "",
    "| package | version | licence | agent, kB | collector, kB | what for |",
    "| --- | --- | --- | ---: | ---: | --- |",
    ...packages.map(([key, it]) => {
      const by = dependents(key, inventory).filter((name) => packages.some(([, other]) => other.name === name));
      const why = USES[it.name]?.why ?? `By way of ${by.map((name) => `\`${name}\``).join(", ")}`;
      return row(`\`${it.name}\``, { head: `${it.version} | ${it.license}`, counts: it.bytes, why });
    }),
    row("the project's own", { head: "– | Apache-2.0", counts: own, why: "Sources, tables of Unicode, kernel" }),
    row("all", { head: "– | –", counts: bytes, why: "Before it is put into the runtime" }),
    "",
  ].join("\n");
}

/** Makes the table of the packages of deno.json that no program holds, and the sentence about the rest. */
export function otherTable({ entries, direct }: Inventory): string {
  const shown = direct.flatMap((key) => entries.get(key) ?? []).filter(({ role }) =>
    role === "build" || role === "test"
  );
  const count = (role: string): number =>
    [...entries].filter(([key, it]) => it.role === role && !direct.includes(key)).length;
  return [
    "",
    "| package | version | licence | for | what for |",
    "| --- | --- | --- | --- | --- |",
    ...shown.map((it) =>
      `| \`${it.name}\` | ${it.version} | ${it.license} | ${it.role} | ${USES[it.name]?.why ?? ""} |`
    ),
    "",
    `More packages stand behind them: ${count("build")} to build, and ${count("test")} to test. The packages of the ` +
    `programs name ${count("unused")} others, which the bundler leaves out.`,
    "",
  ].join("\n");
}

/** Returns the cells of a row of the page, by its first one. */
function cellsOf(page: string, name: string): readonly string[] {
  const row = page.split("\n").find((line) => line.startsWith("|") && line.split("|")[1]?.trim() === name);
  return row?.split("|").slice(1, -1).map((cell) => cell.trim()) ?? [];
}

/** Returns the page with both tables as they are now. */
export async function withDependencies(page: string, inventory: Inventory): Promise<string> {
  const withRun = await withTable(page, { table: runTable(inventory, page), place: RUN });
  return await withTable(withRun, { table: otherTable(inventory), place: OTHER });
}

if (import.meta.main) {
  const inventory = await takeInventory();
  await writePage(PAGE, { table: runTable(inventory, await projectPage(PAGE)), place: RUN });
  await writePage(PAGE, { table: otherTable(inventory), place: OTHER });
}
