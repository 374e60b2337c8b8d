// deno-lint-ignore-file no-console -- this is what it is for
/**
 * The tests of the gate: those of `src/` with their coverage, then all others; fails where the coverage is too low.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type FileCoverage, parseLcov, percentOf, type Share, shareOf, sumOf } from "./lcov.ts";

/** The percentages that the sources need. */
const MIN_LINES = 90;
const MIN_BRANCHES = 85;

/**
 * Tests that run without coverage, which makes code half as slow again: they measure what code costs, or try so many
 * random cases that the gate would take minutes longer. Other tests cover the same files.
 */
const UNMEASURED = [
  "src/search/syntax/hostile_text_test.ts",
  "src/search/engine/table_budget_test.ts",
  "src/records/scan/long_line_test.ts",
  "src/records/follow/follow_model_test.ts",
];

/** Code that no process with coverage runs: a thread's, which is started with its text. */
const UNMEASURABLE = ["src/records/parallel/scan_worker_thread.ts", "src/records/parallel/_scan_worker_source.ts"];

/** So many files with the most lines that did not run are printed. */
const MAX_SHOWN = 12;

const ROOT = new URL("../../", import.meta.url);
const FOLDER = fileURLToPath(new URL("coverage", ROOT));

/** Runs `deno`; its output is ours. Returns whether it succeeded. */
async function succeeds(args: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT, stdin: "null" });
  return (await command.spawn().status).success;
}

/** Returns the report of the files whose compiled text is found from a folder. */
async function report(cwd: URL | string): Promise<Map<string, FileCoverage>> {
  const args = ["coverage", "--lcov", "--include=/src/", "--exclude=_test\\.ts$|/_wasm/", FOLDER];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd, stderr: "null" }).output();
  return parseLcov(new TextDecoder().decode(stdout));
}

/** Every source file that has code, by its path from the root: types alone do not run. */
async function sourceFiles(folder = "src/"): Promise<Map<string, number>> {
  const files = new Map<string, number>();
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = folder + name;
    if (isDirectory && name !== "_wasm") { for (const file of await sourceFiles(`${path}/`)) files.set(...file); }
    if (isDirectory || !path.endsWith(".ts") || /_(test|bench)\.ts$/.test(path) || UNMEASURABLE.includes(path)) {
      continue;
    }
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const hasCode = /^(?:export )?(?:async )?(?:function|class|const|let)\b/m.test(text);
    if (hasCode) files.set(path, text.split("\n").filter((line) => !/^\s*(?:\/?\*|\/\/|$)/.test(line)).length);
  }
  return files;
}

interface Row {
  readonly path: string;
  readonly lines: Share;
  readonly branches: Share;
}

/** The coverage of each source file; one that nothing has loaded counts with all its lines. */
async function coverage(): Promise<readonly Row[]> {
  // The runtime finds the compiled text of a module by the settings that it was compiled with, and these are those of
  // the folder for some of them only: so both are asked.
  const reports = [...await report("/"), ...await report(ROOT)];
  const found = new Map(reports.map(([path, file]) => [path.slice(fileURLToPath(ROOT).length), file]));
  return [...await sourceFiles()].map(([path, total]) => {
    const file = found.get(path);
    if (file === undefined) return { path, lines: { covered: 0, total }, branches: { covered: 0, total: 0 } };
    return { path, lines: shareOf(file.lines), branches: shareOf(file.branches) };
  });
}

function text(what: string, share: Share): string {
  return `${what} ${percentOf(share).toFixed(1)} % of ${share.total}`;
}

/** Prints the coverage; returns whether it is enough. */
async function isCovered(): Promise<boolean> {
  const rows = await coverage();
  const [lines, branches] = [sumOf(rows.map((row) => row.lines)), sumOf(rows.map((row) => row.branches))];
  const missed = rows.toSorted((a, b) => (b.lines.total - b.lines.covered) - (a.lines.total - a.lines.covered));
  console.log(`\nCoverage of ${rows.length} files: ${text("lines", lines)}, ${text("branches", branches)}; least of:`);
  for (const row of missed.slice(0, MAX_SHOWN)) {
    console.log(`  ${row.path}: ${text("lines", row.lines)}, ${text("branches", row.branches)}`);
  }
  if (percentOf(lines) >= MIN_LINES && percentOf(branches) >= MIN_BRANCHES) return true;
  console.log(`The coverage is too low: ${MIN_LINES} % of the lines and ${MIN_BRANCHES} % of the branches are needed`);
  return false;
}

if (import.meta.main) {
  const test = ["test", "-P", "--parallel"];
  const measured = [`--coverage=${FOLDER}`, "--clean", "--coverage-raw-data-only", `--ignore=${UNMEASURED.join()}`];
  const hasPassed = await succeeds([...test, ...measured, "src"]) &&
    await succeeds([...test, "tests", "tools", ...UNMEASURED]);
  Deno.exit(hasPassed && await isCovered() ? 0 : 1);
}
