/**
 * The real agent in a process of its own, with certificates, access reviews and an empty tree of logs of a test's own.
 *
 * @module
 */
import { type AccessReviews, type AccessReviewsOptions, startAccessReviews } from "../fakes/fake_access_reviews.ts";
import { type AgentProcess, startAgent } from "./agent_process.ts";
import { type Authority, issue, type Leaf, makeAuthority } from "../fakes/certificates.ts";
import { type AgentClient, type CallIdentity, connectAgent } from "./client.ts";
import { createLogTree, type LogTree } from "../fakes/log_tree.ts";

/** How the agent is run. */
export interface RunAgentOptions extends Partial<AccessReviewsOptions> {
  /** Names of the clients that it believes. @default the one of {@linkcode RunningAgent.leaf} */
  readonly allowedNames?: readonly string[];
  /** Settings beside, or in place of, those that it needs to start. @default {{}} */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * The program and its words, or what makes them from the folder that holds all its files.
   * @default the agent from source
   */
  readonly command?: readonly string[] | ((dir: string) => readonly string[]);
  /** Environment variables beside those that it needs. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the kernel tells of a process. */
export interface ProcessUsage {
  /** Memory that it holds, in bytes. */
  readonly rssBytes: number;
  /** The most that it held since it began, or since {@linkcode RunningAgent.forgetPeak}. */
  readonly peakBytes: number;
  /** Bytes that it has read, from files and connections. */
  readonly readBytes: number;
  /** Descriptors that it has open. */
  readonly files: number;
}

/** An agent that listens. */
export interface RunningAgent extends AsyncDisposable {
  /** The process. */
  readonly agent: AgentProcess;
  /** The logs that it serves. */
  readonly tree: LogTree;
  /** Who answers its questions. */
  readonly reviews: AccessReviews;
  /** Who has signed its certificate, and whose clients it lets in. */
  readonly authority: Authority;
  /** The certificate of `test-proxy`. */
  readonly leaf: Leaf;
  /** A client; it shows the certificate of `test-proxy`, and calls for `tester`, unless told otherwise. */
  connect(options?: { readonly leaf?: Leaf | null; readonly identity?: CallIdentity }): AgentClient;
  /** What it uses, seen from outside. */
  usage(): Promise<ProcessUsage>;
  /** Begins the peak anew. */
  forgetPeak(): Promise<void>;
}

const proxyName = "test-proxy";

/** Starts an agent; whoever it asks may do everything, unless `decide` says otherwise. */
export async function runAgent(options: RunAgentOptions = {}): Promise<RunningAgent> {
  const { decide = () => Boolean(1), users = {}, allowedNames = [proxyName], settings = {}, command, env } = options;
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "agent-" }));
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const authority = await makeAuthority("Test authority");
  const [server, leaf, tree] = await Promise.all([
    issue(authority, { commonName: "agent", names: ["localhost", "127.0.0.1"], usages: ["server"] }),
    issue(authority, { commonName: proxyName, usages: ["client"] }),
    createLogTree(dir),
  ]);
  for (const [name, text] of [["ca.crt", authority.certPem], ["tls.crt", server.certPem], ["tls.key", server.keyPem]]) {
    await Deno.writeTextFile(`${dir}/${name}`, text ?? "");
  }
  const reviews = stack.use(await startAccessReviews({ decide, users }));
  const agent = stack.use(
    await startAgent({
      dir,
      kubeconfig: reviews.kubeconfig,
      env: { NODE_NAME: "node-1", ...env },
      ...(command === undefined ? {} : { command: typeof command === "function" ? command(dir) : command }),
      settings: {
        "container-logs-dir": tree.containersDir,
        "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
        tls: {
          "cert-file": `${dir}/tls.crt`,
          "key-file": `${dir}/tls.key`,
          "ca-file": `${dir}/ca.crt`,
          "allowed-names": allowedNames,
        },
        ...settings,
      },
    }),
  );
  const clients = stack.use(new AsyncDisposableStack());
  const made = stack.move();
  return {
    agent,
    tree,
    reviews,
    authority,
    leaf,
    connect: ({ leaf: shown = leaf, identity = { user: "tester" } } = {}) =>
      clients.use(connectAgent({ port: agent.port, caPem: authority.certPem, leaf: shown ?? undefined, identity })),
    usage: () => usageOf(agent.pid),
    forgetPeak: async () => void await shell(`echo 5 > /proc/${agent.pid}/clear_refs`),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

/** proc(5): `status`, `io`, `fd`. */
async function usageOf(pid: number): Promise<ProcessUsage> {
  const text = await shell(`cat /proc/${pid}/status /proc/${pid}/io; echo files: $(ls /proc/${pid}/fd | wc -l)`);
  const value = (key: string): number => Number(RegExp(`^${key}:\\s*(\\d+)`, "m").exec(text)?.[1]);
  return {
    rssBytes: value("VmRSS") * 1024,
    peakBytes: value("VmHWM") * 1024,
    readBytes: value("rchar"),
    files: value("files"),
  };
}

/** What a command prints. This program itself may not look into `/proc`: that takes all permissions at once. */
async function shell(command: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  if (!success) throw new Error(`Cannot run "${command}": ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
