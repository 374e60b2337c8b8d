/**
 * From the words on the command line to a command, and from its end to an exit code.
 *
 * @module
 */
import { ConfigError } from "../config/config_error.ts";
import { KubeConfigError } from "../kube/errors.ts";
import { CredentialFileError } from "../rpc/credentials.ts";
import { ListenError } from "../rpc/server.ts";
import { HELP, parseCommandLine } from "./flags.ts";
import { serve } from "./serve.ts";
import { VERSION } from "./version.ts";

/** The command was not understood. */
const USAGE_EXIT_CODE = 2;
/** The agent could not start. */
const FAILURE_EXIT_CODE = 1;

/** Errors whose message says all that an operator needs. */
const EXPECTED = [ConfigError, CredentialFileError, KubeConfigError, ListenError, TypeError];

/** Runs the command that `argv` asks for; sets the exit code of the process where it has failed. */
export async function main(argv: readonly string[]): Promise<void> {
  const command = parseCommandLine(argv);
  if (command.kind === "help") return print(HELP);
  if (command.kind === "version") return print(`cluster-agent ${VERSION}\n`);
  if (command.kind === "usage-error") {
    complain(`error: ${command.message}\n\nFor more information, try '--help'.\n`);
    return Deno.exit(USAGE_EXIT_CODE);
  }
  try {
    await serve(command);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const expected = EXPECTED.some((errorClass) => error instanceof errorClass);
    complain(`Error: ${expected || !(error instanceof Error) ? text : error.stack}\n`);
    Deno.exit(FAILURE_EXIT_CODE);
  }
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function complain(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
