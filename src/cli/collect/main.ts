/**
 * From the words behind the collector's name to an exit code.
 *
 * @module
 */
import { answer } from "../answers.ts";
import { parseCollect } from "./collect_flags.ts";

/**
 * Runs what `argv` asks for, and ends the process with its exit code. The word `collect` before the options does
 * nothing: it is how the collector is asked for where both programs are in one.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const command = parseCollect(argv[0] === "collect" ? argv.slice(1) : argv);
  if (command.kind !== "collect") return answer(command, { name: "cluster-collector" });
  const { collect } = await import("./collect.ts");
  Deno.exit(await collect(command));
}
