/**
 * The soak's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { mainOf } from "../support/agent_bundle.ts";

/** What was asked for. */
export interface SoakOptions {
  /** How long. */
  readonly minutes: number;
  /** The same seed makes the same choices. */
  readonly seed: number;
  /** The agent's limit, MiB. */
  readonly memory: number;
  /** Written to all logs together, MB a second. */
  readonly rate: number;
  /** How many logs. */
  readonly logs: number;
  /** About how many streams at a time. */
  readonly streams: number;
  /** Per cent of one core that are taken from the agent. */
  readonly steal: number;
  /** Milliseconds that each read of a file takes longer. */
  readonly slowReads: number;
  /** So many milliseconds after a rotation its log's writer goes on in the old file. */
  readonly reopen: number;
  /** From one API-server outage to the next, seconds. */
  readonly outageEvery: number;
  /** From one certificate to the next, seconds. */
  readonly certificateEvery: number;
  /** Where the figures go, as JSON. */
  readonly json: string | undefined;
  /** Another bundle than the one of this source. */
  readonly bundle: string | undefined;
}

/** What can be said, for the terminal. */
export const USAGE = `Usage: deno task soak [options]
  --minutes N        how long; default 30
  --seed N           the same choices again; default by chance
  --memory MIB       the agent's limit; default 128
  --rate MB          written each second, in all logs together; default 5
  --logs N           how many logs; default 100
  --streams N        about so many streams at a time; default 200
  --steal PERCENT    of one core, which the agent shares with a busy loop; default 0
  --slow-reads MS    each read of a file by the agent takes so much longer (needs strace); default 0
  --reopen MS        a log's writer goes on in the old file for so long after a rotation; default 30
  --outage S         an API-server outage each S seconds; default 45
  --certificate S    a new certificate each S seconds; default 60
  --json FILE        keeps all figures
  --bundle PATH      this bundle of the agent (a folder, or its main.js), instead of one of this source`;

/** The command line cannot be understood. */
export class SoakUsageError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "SoakUsageError";
}

/** Reads the command line. */
export function parseOptions(args: readonly string[]): SoakOptions {
  const { help, json, bundle, ...numbers } = parsed(args);
  if (help) throw new SoakUsageError("A mixed load on the bundled agent, each line checked");
  const number = (name: keyof typeof numbers, { least, most }: { least: number; most: number }): number => {
    const value = Number(numbers[name]);
    if (numbers[name] === "" || !(value >= least && value <= most)) {
      throw new SoakUsageError(`Cannot take --${name}: "${numbers[name]}" is not a number from ${least} to ${most}`);
    }
    return value;
  };
  return {
    minutes: number("minutes", { least: 0.05, most: 10_000 }),
    seed: numbers.seed === undefined
      ? Math.floor(Math.random() * 2 ** 31)
      : number("seed", { least: 0, most: 2 ** 31 }),
    memory: number("memory", { least: 32, most: 65_536 }),
    rate: number("rate", { least: 0, most: 1_000 }),
    logs: number("logs", { least: 1, most: 999 }),
    streams: number("streams", { least: 20, most: 10_000 }),
    steal: number("steal", { least: 0, most: 100 }),
    slowReads: number("slow-reads", { least: 0, most: 10_000 }),
    reopen: number("reopen", { least: 0, most: 60_000 }),
    outageEvery: number("outage", { least: 5, most: 1e6 }),
    certificateEvery: number("certificate", { least: 5, most: 1e6 }),
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
        minutes: { type: "string", default: "30" },
        seed: { type: "string" },
        memory: { type: "string", default: "128" },
        rate: { type: "string", default: "5" },
        logs: { type: "string", default: "100" },
        streams: { type: "string", default: "200" },
        steal: { type: "string", default: "0" },
        "slow-reads": { type: "string", default: "0" },
        reopen: { type: "string", default: "30" },
        outage: { type: "string", default: "45" },
        certificate: { type: "string", default: "60" },
        json: { type: "string" },
        bundle: { type: "string" },
      },
    });
    return values;
  } catch (error) {
    throw new SoakUsageError(error instanceof Error ? error.message : String(error));
  }
}
