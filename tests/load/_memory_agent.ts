/**
 * The bundled agent as the image runs it – flags of V8, permissions, environment – and what memory it takes.
 *
 * @module
 */
import { startAccessReviews } from "../fakes/fake_access_reviews.ts";
import type { LogTree } from "../fakes/log_tree.ts";
import type { ClientIdentity } from "../bench/client_protocol.ts";
import { declared, engineFlags, MALLOC, permissionFlags } from "../support/agent_bundle.ts";
import { type GroupMemory, makeMemoryGroup, type MemoryGroup } from "./_memory_group.ts";
import { startAgent } from "../support/agent_process.ts";
import { outputOf } from "./_output_of.ts";
import { makeCertificateFiles } from "../support/certificate_files.ts";

/** What a process holds, in MiB. */
export interface Memory {
  /** Everything that is resident. */
  readonly rss: number;
  /** The most that was resident since the process began. */
  readonly peak: number;
  /** What belongs to the process alone: heaps, stacks. */
  readonly anonymous: number;
  /** Pages of files, which the system can drop and read again: the program itself. */
  readonly file: number;
  /** What the control group is charged with; undefined where there is none. */
  readonly group: GroupMemory | undefined;
}

/** How to start an agent. */
export interface MemoryAgentOptions {
  /** The program. */
  readonly bundle: string;
  /** The logs that it serves. */
  readonly tree: Pick<LogTree, "containersDir">;
  /** The folder around the logs. */
  readonly root: string;
  /** For V8, divided by commas. @default the image's */
  readonly v8Flags?: string | undefined;
  /** The most that its container may take, in MiB: a control group, which takes root. @default no limit */
  readonly limit?: number | undefined;
}

/** An agent that listens. */
export interface MemoryAgent extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Its process. */
  readonly pid: number;
  /** Who may call it. */
  readonly identity: ClientIdentity;
  /** What it has printed. */
  readonly log: readonly string[];
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  /** How it has ended, with its last words; undefined while it runs. */
  lastWords(): string | undefined;
  /** What it holds now. */
  memory(): Promise<Memory>;
}

/** Starts an agent; the API server allows everything. */
export async function startMemoryAgent(options: MemoryAgentOptions): Promise<MemoryAgent> {
  const { bundle, tree, root, v8Flags, limit } = options;
  await using stack = new AsyncDisposableStack();
  const reviews = stack.use(await startAccessReviews({ decide: () => true }));
  const certificates = stack.use(await makeCertificateFiles());
  const { certFile, keyFile, caFile, folder } = certificates;
  const set = { ...declared, read: [...declared.read, folder, root] };
  const group = limit === undefined ? undefined : stack.use(await makeMemoryGroup(limit));
  const agent = stack.use(
    await startAgent({
      dir: folder,
      settings: {
        "container-logs-dir": tree.containersDir,
        "log-roots": [root],
        tls: { "cert-file": certFile, "key-file": keyFile, "ca-file": caFile, "allowed-names": ["test-client"] },
      },
      kubeconfig: reviews.kubeconfig,
      env: { NODE_NAME: "n1", ...MALLOC },
      command: [
        ...group?.command ?? [],
        group?.program ?? Deno.execPath(),
        "run",
        ...engineFlags(v8Flags),
        ...permissionFlags(set),
        bundle,
      ],
    }),
  );
  let lastWords: string | undefined;
  const ended = agent.ended.then(({ code, signal }) => {
    lastWords = [`the agent has ended: ${signal ?? `exit code ${code}`}`, ...agent.log.slice(-3)].join("\n");
  });
  const made = stack.move();
  return {
    port: agent.port,
    pid: agent.pid,
    identity: {
      ca: certificates.authority.certPem,
      cert: certificates.client.certPem,
      key: certificates.client.keyPem,
      metadata: { "x-remote-user": "bench" },
    },
    log: agent.log,
    ended,
    lastWords: () => lastWords,
    memory: () => memoryOf(agent.pid, group),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

/** proc(5), `status`; by another program, as this one may look there only with all permissions at once. */
async function memoryOf(pid: number, group: MemoryGroup | undefined): Promise<Memory> {
  const [text, charged] = await Promise.all([outputOf("cat", `/proc/${pid}/status`), group?.memory()]);
  const value = (key: string): number => {
    const kilobytes = RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    if (kilobytes === undefined) throw new TypeError(`Cannot read ${key} of process ${pid}`);
    return Number(kilobytes) / 1024;
  };
  return {
    rss: value("VmRSS"),
    peak: value("VmHWM"),
    anonymous: value("RssAnon"),
    file: value("RssFile"),
    group: charged,
  };
}
