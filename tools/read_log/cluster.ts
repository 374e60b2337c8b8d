/**
 * The way to an agent in a cluster, through kubectl: its client's certificate, and a port that leads to it.
 *
 * @module
 */
import { type AgentClient, type CallIdentity, connectAgent } from "../../tests/support/client.ts";

/** kubectl could not be run, or has failed. */
export class ClusterError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ClusterError";
}

/** The common name for which the agent's certificate holds. */
const SERVER_NAME = "cluster-agent";

/** By which its pods are found. */
const SELECTOR = "app.kubernetes.io/component=cluster-agent";

/** An agent that can be called. Disposing of it ends the way to it. */
export interface ReachedAgent extends AsyncDisposable {
  /** A client for somebody. */
  connect(identity: CallIdentity): AgentClient;
}

/** Runs kubectl, and returns what it prints. */
async function kubectl(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await start(args).output();
  if (!success) throw new ClusterError(`kubectl ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}

function start(args: readonly string[]): Deno.ChildProcess {
  try {
    return new Deno.Command("kubectl", { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new ClusterError("Cannot run kubectl: it is not installed");
    throw error;
  }
}

/** Who kubectl is, as the API server sees it. */
export async function identityOf(): Promise<{ readonly user: string; readonly groups: readonly string[] }> {
  const { status } = JSON.parse(await kubectl("auth", "whoami", "--output=json"));
  const { username, groups = [] } = status.userInfo;
  return { user: username, groups };
}

/** Reaches the agent on the node of a pod; any agent where no pod is named. */
export async function reachAgent(
  agents: string,
  { namespace, pod }: { readonly namespace: string; readonly pod: string | undefined },
): Promise<ReachedAgent> {
  const node = pod === undefined
    ? ""
    : await kubectl("get", "pod", pod, `--namespace=${namespace}`, "--output=jsonpath={.spec.nodeName}");
  const where = [
    "--field-selector",
    ["status.phase=Running", ...(node === "" ? [] : [`spec.nodeName=${node}`])].join(),
  ];
  const names = await kubectl(
    "get",
    "pods",
    `--namespace=${agents}`,
    "--selector",
    SELECTOR,
    ...where,
    "--output=name",
  );
  const [name = ""] = names.split("\n");
  if (name === "") throw new ClusterError(`Cannot find an agent that runs in namespace ${agents} ${node}`.trimEnd());
  const secret = JSON.parse(
    await kubectl("get", "secret", "cluster-agent-client-tls", `--namespace=${agents}`, "--output=json"),
  );
  const file = (key: string): string => new TextDecoder().decode(Uint8Array.fromBase64(secret.data[key]));
  const { port, end } = await forward(agents, name);
  const clients: AgentClient[] = [];
  return {
    connect: (identity) => {
      const leaf = { certPem: file("tls.crt"), keyPem: file("tls.key") };
      const client = connectAgent({ port, caPem: file("ca.crt"), leaf, serverName: SERVER_NAME, identity });
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) await client[Symbol.asyncDispose]();
      await end();
    },
  };
}

/** A port of this machine that leads to the agent in a pod. */
async function forward(
  agents: string,
  name: string,
): Promise<{ readonly port: number; readonly end: () => Promise<void> }> {
  const child = start(["port-forward", `--namespace=${agents}`, "--address=127.0.0.1", name, ":50051"]);
  const complaints = new Response(child.stderr).text();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const read = (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(text) ?? [];
      if (port !== undefined) resolve(Number(port));
    }
    reject(new ClusterError(`Cannot reach ${name}: ${(await complaints).trim()}`));
  })();
  const end = async (): Promise<void> => {
    try {
      child.kill("SIGTERM");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await Promise.all([child.status, read, complaints]);
  };
  try {
    return { port: await promise, end };
  } catch (error) {
    await end();
    throw error;
  }
}
