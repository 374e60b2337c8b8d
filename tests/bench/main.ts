/**
 * The bench: our agent, the peer's and `rg`, side by side on the same logs.
 *
 * Prints a table, writes `results.json` and `chart.svg`, and ends with exit code 1 where a bar is not kept or the two
 * agents do not give the same number of records. Figures of a quick run tell which way a change goes, and nothing more.
 *
 * @module
 */
import { bundleAgent } from "../support/agent_bundle.ts";
import { projectFolder } from "../support/project.ts";
import { findPeer, startAgents } from "./agents.ts";
import { chartSvg } from "./chart.ts";
import { chartGroups } from "./chart_of_rows.ts";
import { bundleClient, startClient } from "./client_process.ts";
import { openLogTree } from "./log_files.ts";
import { type BenchOptions, BenchUsageError, parseOptions, USAGE } from "./options.ts";
import { AgentEndedError } from "./measure.ts";
import { kindTable } from "./kind_table.ts";
import { headLine, rowLines } from "./report.ts";
import { isGood, type Row } from "./row.ts";
import { type ScenarioName, scenarios, type Scene } from "./scenarios.ts";

const MIB = 1024 * 1024;

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

async function bench(options: BenchOptions): Promise<readonly Row[]> {
  const { quick, rounds, pattern, v8Flags, before, clock } = options;
  await using bundled = await bundleAgent();
  const tree = await openLogTree({ report: say });
  const bytes = quick
    ? { large: 64 * MIB, dense: 64 * MIB, small: 1e6 }
    : { large: 1024 * MIB, dense: 256 * MIB, small: 10e6 };
  const log: Scene["log"] = (size, speakers) => tree.log(bytes[size], speakers);
  const peer = options.peer ? await findPeer() : undefined;
  if (peer === undefined) say("no peer: ours alone, and only the bars that need no peer");
  const bundle = options.bundle ?? bundled.file;
  const clientCommand = await bundleClient(bundled.folder);
  const rows: Row[] = [];
  for (const name of options.only) {
    say(`\n${name}, ours ÷ peer's, median of ${rounds}${quick ? "; quick: figures are provisional" : ""}`);
    say(headLine());
    // New agents for each scenario: what one has left in memory is not held against the next.
    await using stack = new AsyncDisposableStack();
    const { agents, identity } = stack.use(await startAgents({ tree, bundle, v8Flags, peer, before }));
    const client = stack.use(await startClient(clientCommand, identity));
    const prober = stack.use(await startClient(clientCommand, identity));
    for await (const row of rowsOf(name, { agents, client, prober, log, clock, rounds, pattern, bundle })) {
      rows.push(row);
      say(rowLines(row).join("\n"));
    }
  }
  return rows;
}

/** The rows of a scenario; an agent that ends is one more of them, with the reason. */
async function* rowsOf(name: ScenarioName, scene: Scene): AsyncGenerator<Row> {
  try {
    yield* scenarios[name](scene);
  } catch (error) {
    if (!(error instanceof AgentEndedError)) throw error;
    yield { scenario: name, name: "broken off", sides: {}, checks: [], problems: [error.message] };
  }
}

async function writeResults(
  rows: readonly Row[],
  { quick, rounds, v8Flags, clock, out: folder }: BenchOptions,
): Promise<void> {
  const out = folder ?? await Deno.makeTempDir({ prefix: "bench-results-" });
  await Deno.mkdir(out, { recursive: true });
  const machine = { processors: navigator.hardwareConcurrency, deno: Deno.version.deno };
  const results = { measured: new Date().toISOString(), quick, rounds, clock, v8Flags, machine, rows };
  await Deno.writeTextFile(`${out}/results.json`, `${JSON.stringify(results, null, 2)}\n`);
  const subtitle = `${quick ? "a quick look at 64 MiB" : "1 GiB"} CRI logs, page cache warm, mutual TLS, ` +
    `${machine.processors} processors shared with the client; logarithmic`;
  const title = "How many times as fast as the Rust agent";
  await Deno.writeTextFile(`${out}/chart.svg`, chartSvg(chartGroups(rows), { title, subtitle }));
  // Both are kept with the source, and the gate looks at the form of every file.
  await formatted([`${out}/results.json`, `${out}/chart.svg`]);
  for (const [forward, backward] of [["applications", "applications-backward"], ["forward", "backward"]] as const) {
    const table = kindTable(rows, { forward, backward, clock });
    if (table.length > 0) say(["", ...table].join("\n"));
  }
  say(`\nresults: ${out}`);
}

async function formatted(files: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", ...files],
    cwd: projectFolder,
  })
    .output();
  if (!success) throw new Error(`Cannot format the results: "${files.join('", "')}"`);
}

try {
  const options = parseOptions(Deno.args);
  const rows = await bench(options);
  await writeResults(rows, options);
  const bad = rows.filter((row) => !isGood(row));
  say(bad.length === 0 ? `${rows.length} rows, all good` : `${bad.length} of ${rows.length} rows are not good`);
  Deno.exit(bad.length === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof BenchUsageError)) throw error;
  say(`${error.message}\n${USAGE}`);
  Deno.exit(2);
}
