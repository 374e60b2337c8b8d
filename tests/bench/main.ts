/**
 * The bench: our agent, the peer's and `rg`, side by side on the same logs.
 *
 * Prints a table, writes `results.json` and `chart.svg`, and ends with exit code 1 where a bar is not kept or the two agents do not
 * give the same number of records. Figures of a quick run tell which way a change goes, and nothing more.
 *
 * @module
 */
import { bundleAgent, findPeer, startAgents } from "./agents.ts";
import { bundleClient, startClient } from "./client_process.ts";
import { openLogTree } from "./log_files.ts";
import { type BenchOptions, BenchUsageError, parseOptions, USAGE } from "./options.ts";
import { headLine, rowLines } from "./report.ts";
import { isGood, type Row } from "./row.ts";
import { scenarios } from "./scenarios.ts";

const MIB = 1024 * 1024;

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

async function bench(options: BenchOptions): Promise<readonly Row[]> {
  const { quick, rounds, pattern, flags } = options;
  await using stack = new AsyncDisposableStack();
  const tree = await openLogTree(say);
  const logs = {
    large: await tree.log(quick ? 64 * MIB : 1024 * MIB),
    dense: await tree.log(quick ? 64 * MIB : 256 * MIB),
    small: await tree.log(quick ? 1e6 : 10e6),
  };
  const peer = options.peer ? await findPeer() : undefined;
  if (peer === undefined) say("no peer: ours alone, and only the bars that need no peer");
  const { agents, identity } = stack.use(await startAgents({ tree, bundle: await bundleAgent(), flags, peer }));
  const clientCommand = await bundleClient(tree.root);
  const scene = {
    agents,
    client: stack.use(await startClient(clientCommand, identity)),
    prober: stack.use(await startClient(clientCommand, identity)),
    logs,
    rounds,
    pattern,
  };
  const rows: Row[] = [];
  for (const name of options.only) {
    say(
      `\n${name}, ours ÷ peer's, median of ${rounds}${quick ? "; quick: figures are provisional" : ""}\n${headLine()}`,
    );
    for await (const row of scenarios[name](scene)) {
      rows.push(row);
      say(rowLines(row).join("\n"));
    }
  }
  const out = options.out ?? `${tree.root}/results`;
  await Deno.mkdir(out, { recursive: true });
  const machine = { processors: navigator.hardwareConcurrency, deno: Deno.version.deno };
  const results = { measured: new Date().toISOString(), quick, rounds, flags, machine, rows };
  await Deno.writeTextFile(`${out}/results.json`, `${JSON.stringify(results, null, 2)}\n`);
  say(`\nresults: ${out}`);
  return rows;
}

try {
  const rows = await bench(parseOptions(Deno.args));
  const bad = rows.filter((row) => !isGood(row));
  say(bad.length === 0 ? `${rows.length} rows, all good` : `${bad.length} of ${rows.length} rows are not good`);
  Deno.exit(bad.length === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof BenchUsageError)) throw error;
  say(`${error.message}\n${USAGE}`);
  Deno.exit(2);
}
