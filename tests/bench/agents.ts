/**
 * The agents that the bench compares: ours, bundled, and the peer's where it can be had; real processes with mutual TLS
 * and the same configuration, and a stand-in for the API server that allows everything.
 *
 * @module
 */
import { watchInterrupts } from "../../src/cli/files/interrupts.ts";
import { startAccessReviews } from "../fakes/fake_access_reviews.ts";
import { type AgentProcess, startAgent } from "../support/agent_process.ts";
import { declared, engineFlags, MALLOC, permissionFlags } from "../support/agent_bundle.ts";
import { makeCertificateFiles } from "../support/certificate_files.ts";
import { unpackPeers } from "../support/peers.ts";
import type { ClientIdentity } from "./client_protocol.ts";
import type { LogTree } from "./log_files.ts";

/** Whose an agent is; `before` is ours as it was, for comparison. */
export type Side = "ours" | "peer" | "before";

/** An agent that listens. */
export interface BenchAgent {
  /** Whose it is. */
  readonly side: Side;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Its process. */
  readonly pid: number;
  /** How it ended, with its last words; undefined while it runs. */
  lastWords(): string | undefined;
}

/** The agents, and who may call them. Disposing of it ends them all. */
export interface BenchAgents extends AsyncDisposable {
  /** Ours, then the peer's, then ours as it was. */
  readonly agents: readonly BenchAgent[];
  /** One more of ours, where it was asked for: for clients to practise on, before they measure. */
  readonly spare: BenchAgent | undefined;
  /** A client that all of them let in. */
  readonly identity: ClientIdentity;
}

/** The peer's program: from PEER_AGENT, or from the folder beside the project's; undefined where there is none. */
export async function findPeer(): Promise<string | undefined> {
  const named = Deno.env.get("PEER_AGENT");
  if (named !== undefined && named !== "") return named;
  const folder = await unpackPeers();
  return folder === undefined ? undefined : `${folder}/cluster_agent`;
}

/** What to start. */
export interface StartOptions {
  /** The logs that they serve. */
  readonly tree: Pick<LogTree, "root" | "containers">;
  /** Our bundle. */
  readonly bundle: string;
  /** For V8, divided by commas; may be empty. */
  readonly v8Flags: string;
  /** The peer's program. */
  readonly peer: string | undefined;
  /** Another bundle of ours. @default none */
  readonly before?: string | undefined;
  /** Whether to start one more of ours. @default {false} */
  readonly spare?: boolean;
}

/** Starts the agents; resolves when all listen. */
export async function startAgents(options: StartOptions): Promise<BenchAgents> {
  const { tree, bundle, v8Flags, peer, before, spare } = options;
  await using stack = new AsyncDisposableStack();
  const running: AgentProcess[] = [];
  const interrupts = stack.use(watchInterrupts());
  interrupts.signal.addEventListener("abort", () => {
    // They would go on, and hold their ports. One that is being started ends by the signal itself, a moment later.
    for (const agent of running) agent.signal("SIGKILL");
    setTimeout(() => Deno.exit(interrupts.exitCode()));
  });
  const reviews = stack.use(await startAccessReviews({ decide: () => true }));
  const certificates = stack.use(await makeCertificateFiles());
  const { certFile, keyFile, caFile, folder } = certificates;
  const settings = {
    "container-logs-dir": tree.containers,
    "log-roots": [tree.root],
    tls: { "cert-file": certFile, "key-file": keyFile, "ca-file": caFile, "allowed-names": ["test-client"] },
  };

  const start = async (side: Side, command: readonly string[], name: string = side): Promise<BenchAgent> => {
    // The peer cannot tell which port it was given.
    const port = freePort();
    const dir = `${folder}/${name}`;
    await Deno.mkdir(dir);
    const agent: AgentProcess = stack.use(
      await startAgent({
        dir,
        settings: { ...settings, addr: `127.0.0.1:${port}` },
        kubeconfig: reviews.kubeconfig,
        command,
        signal: interrupts.signal,
        env: { NODE_NAME: "n1", ...(side === "peer" ? {} : MALLOC) },
      }),
    );
    running.push(agent);
    await untilListening(port);
    let lastWords: string | undefined;
    agent.ended.then(({ code, signal }) => {
      lastWords = [`the agent has ended: ${signal ?? `exit code ${code}`}`, ...agent.log.slice(-3)].join("\n");
    });
    return { side, port, pid: agent.pid, lastWords: () => lastWords };
  };
  const permissions = permissionFlags({ ...declared, read: [...declared.read, folder, tree.root] });
  const commandOf = (file: string): string[] => {
    return [Deno.execPath(), "run", ...engineFlags(v8Flags), ...permissions, file];
  };
  const ours = commandOf(bundle);
  const agents = [await start("ours", ours)];
  if (peer !== undefined) agents.push(await start("peer", [peer]));
  if (before !== undefined) agents.push(await start("before", commandOf(before)));
  const another = spare ? await start("ours", ours, "spare") : undefined;
  const started = stack.move();
  return {
    agents,
    spare: another,
    identity: {
      ca: certificates.authority.certPem,
      cert: certificates.client.certPem,
      key: certificates.client.keyPem,
      metadata: { "x-remote-user": "bench" },
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The peer says that it starts before it listens. */
async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
