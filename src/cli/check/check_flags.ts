/**
 * The words of `cluster-agent check`.
 *
 * @module
 */
import { FlagError, type HelpAsked, readWords, single, type UsageError } from "../usage.ts";

/** Check a configuration, and what it leads to. */
export interface CheckCommand {
  /** Tells the commands apart. */
  readonly kind: "check";
  /** The configuration file. */
  readonly config: string;
  /** As the agent's `--addr`. */
  readonly addr: string | undefined;
  /** As the agent's `--param`, later ones win. */
  readonly params: readonly string[];
  /** The name by which clients know the server. */
  readonly serverName: string | undefined;
  /** Whether to print one JSON object. */
  readonly isJson: boolean;
  /** Whether a warning fails the check. */
  readonly isStrict: boolean;
}

/** What `check --help` prints. */
export const CHECK_HELP =
  `Checks a configuration and what it leads to, without serving anything: the file, certificates,
logs, the API server, addresses. Prints one line for each check: ok, warn or fail.

Usage: cluster-agent check --config <FILE> [OPTIONS]

Options:
  -c, --config <FILE>       Configuration file, as the agent takes it (required)
  -a, --addr <ADDR>         As the agent takes it
  -p, --param <KEY:VALUE>   As the agent takes it, can be repeated
      --server-name <NAME>  The name by which clients know the agent: its certificate has to have it
      --json                Print one JSON object: {"result", "checks": [{"check", "result", "message", …}]}
      --strict              Let a warning fail the check
  -h, --help                Print this help

Each step that may hang has a deadline, of at most twelve seconds. The API server is asked for its version, and to review
one access of a user that nobody is. Nothing is written, and no secret is printed.

Exit code: 0 when nothing fails, 1 when something does, 2 for a mistake in the words above.
`;

const OPTIONS = {
  config: { type: "string", short: "c", multiple: true },
  addr: { type: "string", short: "a", multiple: true },
  param: { type: "string", short: "p", multiple: true },
  "server-name": { type: "string", multiple: true },
  json: { type: "boolean" },
  strict: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the words behind `check`. */
export function parseCheck(words: readonly string[]): CheckCommand | HelpAsked | UsageError {
  const read = words.map((word) => word.replace(/^(-[cap])=/, "$1"));
  return readWords(read, OPTIONS, ({ values, positionals }): CheckCommand | HelpAsked => {
    if (values.help) return { kind: "help", text: CHECK_HELP };
    const [word] = positionals;
    if (word !== undefined) throw new FlagError(`Cannot take ${JSON.stringify(word)}: check has only options`);
    const config = single("config", values.config);
    if (config === undefined || config === "") throw new FlagError("--config <FILE> is required");
    const params = values.param ?? [];
    const bad = params.find((text) => !text.includes(":"));
    if (bad !== undefined) throw new FlagError(`Cannot use --param ${JSON.stringify(bad)}: expected key:value`);
    return {
      kind: "check",
      config,
      addr: single("addr", values.addr),
      params,
      serverName: single("server-name", values["server-name"]),
      isJson: values.json ?? false,
      isStrict: values.strict ?? false,
    };
  });
}
