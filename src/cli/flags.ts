/**
 * What the agent's command line asks for. The default command, without a word of its own, starts the agent; other
 * commands are words before the flags. Nothing is printed and nothing ends here: the caller does both, with exit code 2
 * for a usage error.
 * @module
 */

import { parseArgs } from "node:util";
import { type CheckCommand, parseCheck } from "./check/check_flags.ts";
import { type GrepCommand, parseGrep } from "./grep/grep_flags.ts";
import { parseStreamBackward, parseStreamForward, type StreamCommand } from "./stream/stream_flags.ts";
import { type HelpAsked, type UsageError, usageError, type VersionAsked } from "./usage.ts";

/** What to do. */
export type Command =
  /** Start the agent with a configuration file; `params` are `key:value` texts, later ones win. */
  | {
    readonly kind: "serve";
    readonly config: string;
    readonly addr?: string;
    readonly params: readonly string[];
  }
  | GrepCommand
  | StreamCommand
  | CheckCommand
  | HelpAsked
  | VersionAsked
  | UsageError;

/** What `--help` prints. */
export const HELP = `Serves the container logs of one Kubernetes node over gRPC.

Usage: cluster-agent --config <FILE> [OPTIONS]
       cluster-agent <COMMAND> --help

Commands, each with options of its own; without one, the agent starts:
  check            Check a configuration, and what it leads to: certificates, logs, the API server
  grep             Print the records of log files that match a regular expression
  stream-forward   Print a log file's records as JSON, first to last
  stream-backward  Print a log file's records as JSON, last to first

Options:
  -c, --config <FILE>       Configuration file: .yaml, .yml, .json or .toml (required)
  -a, --addr <ADDR>         Address to listen on, e.g. [::]:50051 or :50051; wins over everything else
  -p, --param <KEY:VALUE>   One value of the configuration, e.g. logging.level:debug; wins over the file, can be repeated
  -h, --help                Print this help
  -V, --version             Print the version
`;

const OPTIONS = {
  config: { type: "string", short: "c", multiple: true },
  addr: { type: "string", short: "a", multiple: true },
  param: { type: "string", short: "p", multiple: true },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

/** The commands that are asked for by a word, each with the reader of the words after it. */
const COMMANDS: ReadonlyMap<string, (words: readonly string[]) => Command> = new Map<
  string,
  (words: readonly string[]) => Command
>([
  ["check", parseCheck],
  ["grep", (words) => parseGrep(words)],
  ["stream-forward", (words) => parseStreamForward(words)],
  ["stream-backward", (words) => parseStreamBackward(words)],
]);

/** The command that the words after the program's name ask for. */
export function parseCommandLine(argv: readonly string[]): Command {
  const [word, ...rest] = argv;
  if (word === undefined || word.startsWith("-")) return parseServe(argv);
  if (word === "collect") return usageError("the collector is a program of its own, cluster-collector");
  return COMMANDS.get(word)?.(rest) ??
    usageError(`unknown command ${JSON.stringify(word)}`);
}

function parseServe(argv: readonly string[]): Command {
  let values: ReturnType<typeof parseOptions>;
  try {
    values = parseOptions(argv);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return usageError(error.message.split("\n")[0] ?? "");
  }
  const { config = [], addr = [], param = [], help, version } = values;
  if (help) return { kind: "help", text: HELP };
  if (version) return { kind: "version" };
  if (config.length > 1) return usageError("--config can be given only once");
  if (addr.length > 1) return usageError("--addr can be given only once");
  const badParam = param.find((text) => !text.includes(":"));
  if (badParam !== undefined) {
    return usageError(
      `${JSON.stringify(badParam)}: configuration should have format <config name>:<value>, i.e. logging.level:debug`,
    );
  }
  const [file] = config;
  if (file === undefined || file === "") {
    return usageError("--config <FILE> is required");
  }
  return {
    kind: "serve",
    config: file,
    ...(addr[0] === undefined ? {} : { addr: addr[0] }),
    params: param,
  };
}

// deno-lint-ignore explicit-function-return-type -- the type follows from OPTIONS
function parseOptions(argv: readonly string[]) {
  const args = argv.map((word) => word.replace(/^(-[cap])=/, "$1"));
  return parseArgs({
    args,
    options: OPTIONS,
    strict: true,
    allowPositionals: false,
  }).values;
}
