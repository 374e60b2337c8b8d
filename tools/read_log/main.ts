// deno-lint-ignore-file no-console -- this is what it is for
/**
 * `deno task read-log`: the last lines of a log, from the agent in a cluster, asked as oneself; `--help` tells how.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { AgentCallError } from "../../tests/support/client.ts";
import { ClusterError, identityOf, reachAgent } from "./cluster.ts";
import { lastLines, NoLogError } from "./last_lines.ts";

const HELP = `Reads the last lines of a log from the agent in a cluster, through kubectl, as whoever kubectl is.

Usage: deno task read-log [OPTIONS]

Options:
  --namespace <NAME>        Of the log [default: kube-system]
  --pod <NAME>              Whose log; without it, the one that was written to last
  --lines <NUMBER>          How many [default: 5]
  --user <NAME>             Ask as somebody else
  --group <NAME>            A group of theirs; more than one by more of these
  --agents <NAMESPACE>      Where the agents are [default: cluster-agent]
  --help                    Print this help
`;

const OPTIONS = {
  namespace: { type: "string", default: "kube-system" },
  pod: { type: "string" },
  lines: { type: "string", default: "5" },
  user: { type: "string" },
  group: { type: "string", multiple: true },
  agents: { type: "string", default: "cluster-agent" },
  help: { type: "boolean" },
} as const;

/** Reads and prints; resolves to the exit code. */
async function readLog(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    console.info(HELP);
    return 0;
  }
  const lines = Number(values.lines);
  if (!Number.isInteger(lines) || lines < 1) throw new ClusterError(`Cannot read "${values.lines}" lines`);
  const identity = values.user === undefined ? await identityOf() : { user: values.user, groups: values.group ?? [] };
  await using agent = await reachAgent(values.agents, { namespace: values.namespace, pod: values.pod });
  const { log, node, messages } = await lastLines(agent.connect(identity), {
    namespace: values.namespace,
    pod: values.pod,
    lines,
  });
  console.info(`${log} on ${node}, as ${identity.user}:`);
  for (const message of messages) console.info(message);
  return 0;
}

try {
  Deno.exit(await readLog(Deno.args));
} catch (error) {
  const isExpected = error instanceof ClusterError || error instanceof NoLogError || error instanceof AgentCallError ||
    error instanceof TypeError;
  console.error(isExpected ? `read-log: ${error.message}` : error);
  Deno.exit(1);
}
