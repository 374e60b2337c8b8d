/**
 * The bench's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { mainOf, V8_FLAGS } from "../support/agent_bundle.ts";
import type { Clock } from "./row.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";

/** What was asked for. */
export interface BenchOptions {
  /** Small logs, one round: to see which way a change goes. */
  readonly quick: boolean;
  /** Which scenarios. */
  readonly only: readonly ScenarioName[];
  /** Only patterns whose typed form matches. */
  readonly pattern: RegExp;
  /** How often everything is done. */
  readonly rounds: number;
  /** Flags of V8 for our agent, divided by commas. */
  readonly v8Flags: string;
  /** Another bundle than the one of this source. */
  readonly bundle: string | undefined;
  /** A bundle of ours as it was, which takes part as well. */
  readonly before: string | undefined;
  /** What the bars of time are of. */
  readonly clock: Clock;
  /** Whether the peer's agent takes part where it is there. */
  readonly peer: boolean;
  /** Where results go; undefined: into the cache, as they are not those of the whole bench. */
  readonly out: string | undefined;
}

/** What can be said, for the terminal. */
export const USAGE = `Usage: deno task bench [options]
  --quick           64 MiB logs, one round
  --only NAME       only this scenario; may be repeated: ${Object.keys(scenarios).join(", ")}
  --pattern RE      only patterns of the corpus that match
  --rounds N        how often everything is measured, at most; default 5, quick 1
  --v8-flags FLAGS  V8's flags for our agent; default "${V8_FLAGS}"
  --bundle FILE     this bundle of our agent, instead of one of this source
  --before FILE     this bundle of our agent as well, to compare with; or its folder
  --by CLOCK        bars are of "wall" time, or of "CPU" time where others use the machine; default wall
  --no-peer         ours alone
  --out FOLDER      where results.json and chart.svg go; default tests/bench/results for the whole bench`;

/** The command line cannot be understood. */
export class BenchUsageError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "BenchUsageError";
}

/** Reads the command line. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parsed(args);
  if (values.help) throw new BenchUsageError("The bench: our agent, the peer's and rg on the same logs");
  const { quick, only = [], pattern = "", "v8-flags": v8Flags = V8_FLAGS, bundle, before, by = "wall", peer, out } =
    values;
  const unknown = only.find((name) => !Object.hasOwn(scenarios, name));
  if (unknown !== undefined) throw new BenchUsageError(`Cannot find a scenario: "${unknown}"`);
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new BenchUsageError(`Cannot measure so often: "${values.rounds}"`);
  if (by !== "wall" && by !== "CPU") throw new BenchUsageError(`Cannot measure by that clock: "${by}"`);
  const whole = only.length === 0 && pattern === "" && !quick && peer && bundle === undefined && by === "wall";
  return {
    quick,
    only: only.length === 0 ? Object.keys(scenarios) as ScenarioName[] : only as ScenarioName[],
    pattern: compiled(pattern),
    rounds,
    v8Flags,
    bundle,
    before: before === undefined ? undefined : mainOf(before),
    clock: by,
    peer,
    out: out ?? (whole ? new URL("results", import.meta.url).pathname : undefined),
  };
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BenchUsageError(error.message);
    throw error;
  }
}

// deno-lint-ignore explicit-function-return-type -- the type is what the options make it
function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        help: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true },
        pattern: { type: "string" },
        rounds: { type: "string" },
        "v8-flags": { type: "string" },
        bundle: { type: "string" },
        before: { type: "string" },
        by: { type: "string" },
        peer: { type: "boolean", default: true },
        out: { type: "string" },
      },
    });
  } catch (error) {
    throw new BenchUsageError(error instanceof Error ? error.message : String(error));
  }
}
