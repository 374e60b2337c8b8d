/**
 * The agent: from the words on the command line to a command, and from its end to an exit code.
 *
 * Each command is loaded when it is asked for: the agent needs no `grep`, and a search must not wait until the server's
 * parts are there.
 *
 * @module
 */
import { type Command, parseCommandLine } from "./flags.ts";
import type { GrepCommand } from "./grep/grep_command.ts";
import type { ListCommand } from "./logs/list_command.ts";
import type { StreamCommand } from "./stream/stream_flags.ts";
import { earlyWorkers } from "./grep/early_workers.ts";
import { processTerminal } from "./files/terminal.ts";
import { writeError } from "../telemetry/write_whole.ts";
import { answer, USAGE_EXIT_CODE } from "./answers.ts";

/** The agent could not start. */
const FAILURE_EXIT_CODE = 1;
/** For who has named no log, and would wait. */
const STANDARD_INPUT_NOTE = "Searching standard input, which is the terminal; '*/*' would be all logs of the node\n";

/**
 * Runs the command that `argv` asks for; ends the process with its exit code, unless it is the agent and has started.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const command = parseCommandLine(argv);
  switch (command.kind) {
    case "grep":
    case "list":
    case "stream":
      return Deno.exit(await searchFiles(command));
    case "completions": {
      const { completions } = await import("./options/completions.ts");
      return answer({ kind: "help", text: completions(command.shell) }, { name: "cluster-agent" });
    }
    case "check": {
      await providePackages();
      const { check } = await import("./check/check.ts");
      return Deno.exit(await check(command));
    }
    case "serve":
      return await startAgent(command);
    default:
      return answer(command, { name: "cluster-agent" });
  }
}

async function searchFiles(command: GrepCommand | ListCommand | StreamCommand): Promise<number> {
  try {
    if (command.kind === "grep") {
      if (command.files.includes("-") && Deno.stdin.isTerminal()) writeError(STANDARD_INPUT_NOTE);
      const workers = command.explain ? undefined : await earlyWorkers(command.files);
      const { grep } = await import("./grep/grep.ts");
      return await grep(command, processTerminal(), { workers });
    }
    if (command.kind === "list") {
      const { list } = await import("./logs/list.ts");
      return await list(command, processTerminal());
    }
    const { stream } = await import("./stream/stream.ts");
    return await stream(command, processTerminal());
  } catch (error) {
    // Not the runtime's own exit code: that would say that nothing was found.
    writeError(`Error: ${error instanceof Error ? error.stack : String(error)}\n`);
    return USAGE_EXIT_CODE;
  }
}

/** Must be called before packages are loaded, which a search does without. */
async function providePackages(): Promise<void> {
  const { provideRequire } = await import("./node_require.ts");
  provideRequire();
}

async function startAgent(command: Extract<Command, { kind: "serve" }>): Promise<void> {
  await providePackages();
  const { isExpected, serve } = await import("./serve/serve.ts");
  try {
    await serve(command);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    writeError(`Error: ${isExpected(error) || !(error instanceof Error) ? text : error.stack}\n`);
    Deno.exit(FAILURE_EXIT_CODE);
  }
}
