/**
 * The soak: a mixed load on the bundled agent for some minutes, each line checked, with rotations, cancels, outages,
 * new certificates and clients that stand still, under a limit of memory.
 *
 * Prints a line each minute and a table at the end, also after Ctrl-C; ends with exit code 1 where a bar is not kept.
 *
 * @module
 */
import { bundleAgent } from "../support/agent_bundle.ts";
import { parseOptions, type SoakOptions, SoakUsageError, USAGE } from "./options.ts";
import { minuteLine, resultLines } from "./report.ts";
import { runSoak } from "./soak.ts";

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

async function main(options: SoakOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const bundle = options.bundle ?? stack.use(await bundleAgent()).file;
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  stack.defer(() => Deno.removeSignalListener("SIGINT", onSignal));
  say(`seed ${options.seed}, ${options.minutes} minutes`);
  const result = await runSoak({
    options,
    bundle,
    signal: interrupt.signal,
    onMinute: (minute) => say(minuteLine(minute)),
  });
  say(resultLines(result).join("\n"));
  if (options.json !== undefined) await Deno.writeTextFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (result.checks.some(({ met }) => !met)) Deno.exitCode = 1;
}

try {
  await main(parseOptions(Deno.args));
} catch (error) {
  if (!(error instanceof SoakUsageError)) throw error;
  say(`${error.message}\n${USAGE}`);
  Deno.exitCode = 2;
}
