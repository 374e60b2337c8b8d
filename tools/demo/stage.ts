/**
 * What the demonstration shows: logs that grow, access reviews, certificates, and the agent that runs on them.
 *
 * Owns everything that it makes, in the folder that it is given; disposing of it ends writers and processes. Who may
 * read what is in {@linkcode people}.
 *
 * @module
 */
import { type AccessReviews, startAccessReviews } from "../../tests/fakes/fake_access_reviews.ts";
import { type AgentProcess, startAgent } from "../../tests/support/agent_process.ts";
import { issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { type AgentClient, type CallIdentity, connectAgent } from "../../tests/support/client.ts";
import { createLogTree } from "../../tests/fakes/log_tree.ts";
import { type SampleHistory, writeHistory } from "./sample_logs.ts";
import { startWriters } from "./writers.ts";

/** The clients that show a certificate. */
export type ClientName = "viewer" | "intruder" | "stranger";

/** The demonstration's world. Disposing ends all of it, but leaves the folder. */
export interface Stage extends AsyncDisposable {
  /** The folder of all files. */
  readonly dir: string;
  /** The logs. */
  readonly history: SampleHistory;
  /** The agent's process. */
  readonly agent: AgentProcess;
  /** Who answers the agent's questions. */
  readonly reviews: AccessReviews;
  /** The name in the agent's certificate. */
  readonly serverName: string;
  /**
   * The `viewer` is the proxy that the agent believes; the `intruder` has a certificate of the same authority, but
   * another name; the `stranger` has the right name, but from another authority.
   */
  readonly clients: Readonly<Record<ClientName, AgentClient>>;
}

/** For whom the viewer calls: ops may read everything, alice the namespace `shop`, mallory nothing. */
export const people = {
  ops: { user: "ops", groups: ["sre"] },
  alice: { user: "alice", groups: ["shop-team"] },
  mallory: { user: "mallory", groups: ["visitors"] },
} as const satisfies Readonly<Record<string, CallIdentity>>;

const serverName = "node-log-agent";
const viewerName = "log-viewer";

/** Makes the certificates, the logs and the access reviews in `dir`, and starts the agent. */
export async function createStage(dir: string, { signal }: { readonly signal: AbortSignal }): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const authority = await makeAuthority("Demonstration");
  const elsewhere = await makeAuthority("Elsewhere");
  const server = await issue(authority, {
    commonName: serverName,
    names: [serverName, "127.0.0.1"],
    usages: ["server"],
  });
  const leaves = {
    viewer: await issue(authority, { commonName: viewerName, usages: ["client"] }),
    intruder: await issue(authority, { commonName: "intruder", usages: ["client"] }),
    stranger: await issue(elsewhere, { commonName: viewerName, usages: ["client"] }),
  };
  const files = {
    "ca.crt": authority.certPem,
    "agent.crt": server.certPem,
    "agent.key": server.keyPem,
    "viewer.crt": leaves.viewer.certPem,
    "viewer.key": leaves.viewer.keyPem,
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text, { mode: 0o600 });

  const tree = await createLogTree(dir);
  const history = await writeHistory(tree, { end: BigInt(Date.now()) * 1_000_000n });
  const reviews = stack.use(
    await startAccessReviews({
      decide: ({ groups, namespace }) =>
        groups.includes("sre") || (groups.includes("shop-team") && namespace === "shop"),
    }),
  );
  const agent = stack.use(
    await startAgent({
      dir,
      kubeconfig: reviews.kubeconfig,
      env: { NODE_NAME: "node-1" },
      detached: true,
      signal,
      settings: {
        "container-logs-dir": tree.containersDir,
        "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
        tls: {
          "cert-file": `${dir}/agent.crt`,
          "key-file": `${dir}/agent.key`,
          "ca-file": `${dir}/ca.crt`,
          "allowed-names": [viewerName],
        },
        "shutdown-grace": 2,
      },
    }),
  );
  stack.use(startWriters(history.writings));
  const connect = (name: ClientName): AgentClient =>
    stack.use(connectAgent({ port: agent.port, caPem: authority.certPem, leaf: leaves[name], serverName }));
  const clients = { viewer: connect("viewer"), intruder: connect("intruder"), stranger: connect("stranger") };
  const made = stack.move();
  return {
    dir,
    history,
    agent,
    reviews,
    serverName,
    clients,
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
