/**
 * The attack suite's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { attacks } from "./attacks.ts";
import { mainOf } from "../support/agent_bundle.ts";

/** What was asked for. */
export interface AttackOptions {
  /** Small numbers, one agent for all attacks. */
  readonly quick: boolean;
  /** Names of attacks. */
  readonly only: readonly string[];
  /** Where the rows go, as JSON; undefined: nowhere. */
  readonly json: string | undefined;
  /** Another bundle than the one of this source: a file or its folder. */
  readonly bundle: string | undefined;
}

/** What can be said, for the terminal. */
export const USAGE = `Usage: deno task attack [options]
  --quick         smaller numbers, and one agent for all attacks
  --only NAME     only this attack; may be repeated; a name may be the begin of several
  --json FILE     keeps all figures
  --bundle PATH   this bundle of the agent (a folder, or its main.js), instead of one of this source
Attacks:
${attacks.map(({ name, what }) => `  ${name.padEnd(26)} ${what}`).join("\n")}`;

/** The command line cannot be understood. */
export class AttackUsageError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "AttackUsageError";
}

/** Reads the command line. */
export function parseOptions(args: readonly string[]): AttackOptions {
  const { help, quick, only, json, bundle } = parsed(args);
  if (help) throw new AttackUsageError("Hostile clients against the bundled agent, on this machine only");
  const unknown = only.find((text) => !attacks.some(({ name }) => name.startsWith(text)));
  if (unknown !== undefined) throw new AttackUsageError(`Cannot find an attack: "${unknown}"`);
  return {
    quick,
    only: attacks.map(({ name }) => name).filter((name) =>
      only.length === 0 || only.some((text) => name.startsWith(text))
    ),
    json,
    bundle: bundle === undefined ? undefined : mainOf(bundle),
  };
}

// deno-lint-ignore explicit-function-return-type -- the type is what the options make it
function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        json: { type: "string" },
        bundle: { type: "string" },
      },
    });
    return values;
  } catch (error) {
    throw new AttackUsageError(error instanceof Error ? error.message : String(error));
  }
}
