/**
 * Hostile clients against the bundled agent, with the image's flags and permissions, on this machine only.
 *
 * Prints a table, keeps JSON where asked, and ends with exit code 1 where a bar is not kept.
 *
 * @module
 */
import { bundleAgent } from "../support/agent_bundle.ts";
import { attacks } from "./attacks.ts";
import { type AttackOptions, AttackUsageError, parseOptions, USAGE } from "./options.ts";
import { type AttackRow, isHeld } from "./measure_attack.ts";
import { headLine, rowLines } from "./report.ts";
import { runAttacks } from "./run_attacks.ts";

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

async function main(options: AttackOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const bundle = options.bundle ?? stack.use(await bundleAgent()).file;
  const rows: AttackRow[] = [];
  say(headLine());
  const chosen = attacks.filter(({ name }) => options.only.includes(name));
  for await (const row of runAttacks(chosen, { bundle, quick: options.quick })) {
    rows.push(row);
    say(rowLines(row).join("\n"));
  }
  const failed = rows.filter((row) => !isHeld(row)).map(({ name }) => name);
  say(
    `\n${rows.length - failed.length} of ${rows.length} held${
      failed.length === 0 ? "" : `; not: ${failed.join(", ")}`
    }`,
  );
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, `${JSON.stringify({ quick: options.quick, bundle, rows }, null, 2)}\n`);
  }
  if (failed.length > 0) Deno.exitCode = 1;
}

try {
  await main(parseOptions(Deno.args));
} catch (error) {
  if (!(error instanceof AttackUsageError)) throw error;
  say(`${error.message}\n${USAGE}`);
  Deno.exitCode = 2;
}
