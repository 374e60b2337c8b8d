/**
 * The agent of a soak: bundled, with the image's flags and permissions, under a limit of memory, with logs that a
 * writer fills, an API server that has outages, and a certificate that is exchanged.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import tls from "node:tls";
import { type Authority, issue, makeAuthority } from "../fakes/certificates.ts";
import { startAccessReviews } from "../fakes/fake_access_reviews.ts";
import { type ContainerLog, createLogTree } from "../fakes/log_tree.ts";
import type { ClientIdentity } from "../bench/client_protocol.ts";
import { imageCommand, MALLOC } from "../support/agent_bundle.ts";
import { type AgentProcess, startAgent } from "../support/agent_process.ts";
import { limitMemory } from "./memory_limit.ts";
import { type MountedSecret, mountSecret } from "./mounted_secret.ts";

/** How an outage looks: answers 500, or none at all until it is over. */
export type Outage = "error" | "hang" | undefined;

/** The agent and what is around it. */
export interface SoakWorld extends AsyncDisposable {
  /** The agent. */
  readonly agent: AgentProcess;
  /** How memory is limited. */
  readonly limitKind: string;
  /** The logs that are written all the time. */
  readonly logs: readonly ContainerLog[];
  /** A log of lines that do not change, and an empty one for the ordinary caller. */
  readonly still: ContainerLog;
  /** The ordinary caller's own log. */
  readonly own: ContainerLog;
  /** Who calls. */
  readonly identity: ClientIdentity;
  /** How many reviews were put. */
  reviews(): number;
  /** Begins or ends an outage. */
  setOutage(outage: Outage): void;
  /** Puts a new certificate in place; resolves with its fingerprint. */
  exchangeCertificate(): Promise<string>;
  /** The fingerprint of the certificate that is served now. */
  servedCertificate(): Promise<string>;
}

const AGENT_NAMES = { commonName: "agent", names: ["localhost", "127.0.0.1"], usages: ["server"] } as const;

/** How to start it. */
export interface SoakWorldOptions {
  /** The agent's bundle, its `main.js`. */
  readonly bundle: string;
  /** How many logs. */
  readonly logs: number;
  /** The limit of memory in bytes. */
  readonly memoryBytes: number;
  /** What goes before the agent's command, as a tracer. @default nothing */
  readonly before?: readonly string[];
}

/** Starts it. */
export async function startSoakWorld(options: SoakWorldOptions): Promise<SoakWorld> {
  const { bundle, memoryBytes, before = [] } = options;
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "soak-" }));
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const authority = await makeAuthority("Soak authority");
  const leaf = await issue(authority, { commonName: "soak-proxy", usages: ["client"] });
  const secret = await mountSecret(`${dir}/tls`, await serverFiles(authority));
  const tree = await createLogTree(dir);
  const logs: ContainerLog[] = [];
  for (let number = 0; number < options.logs; number += 1) {
    logs.push(await tree.addCri({ namespace: `ns-${number % 5}`, pod: `pod-${number}`, container: "c" }));
  }
  const still = await tree.addCri({ namespace: "ns-0", pod: "still", container: "c" });
  const own = await tree.addCri({ namespace: "ns-0", pod: "own", container: "c" });

  let outage: Outage;
  let over = Promise.withResolvers<void>();
  const reviews = stack.use(
    await startAccessReviews({
      decide: async () => {
        if (outage === "error") throw new Error("the API server is out of order");
        if (outage === "hang") await over.promise;
        return { allowed: true };
      },
    }),
  );
  const limit = stack.use(await limitMemory(memoryBytes));
  await Deno.mkdir(`${dir}/agent`);
  const agent = stack.use(
    await startAgent({
      dir: `${dir}/agent`,
      kubeconfig: reviews.kubeconfig,
      env: { NODE_NAME: "node-1", ...MALLOC },
      command: limit.wrap([...before, ...imageCommand(bundle, [dir])]),
      settings: {
        "container-logs-dir": tree.containersDir,
        "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
        tls: {
          "cert-file": `${secret.folder}/tls.crt`,
          "key-file": `${secret.folder}/tls.key`,
          "ca-file": `${secret.folder}/ca.crt`,
          "allowed-names": ["soak-proxy"],
        },
      },
    }),
  );
  const made = stack.move();
  const identity = {
    ca: authority.certPem,
    cert: leaf.certPem,
    key: leaf.keyPem,
    metadata: { "x-remote-user": "ordinary" },
  };
  return {
    agent,
    limitKind: limit.kind,
    logs,
    still,
    own,
    identity,
    reviews: () => reviews.reviews.length,
    setOutage: (next) => {
      outage = next;
      over.resolve();
      over = Promise.withResolvers();
    },
    exchangeCertificate: () => exchange(secret, authority),
    servedCertificate: () => servedBy(agent.port, identity),
    [Symbol.asyncDispose]: async () => {
      // A review that hangs would hold up its server's end.
      outage = undefined;
      over.resolve();
      await made.disposeAsync();
    },
  };
}

async function serverFiles(authority: Authority): Promise<Record<string, string>> {
  const { certPem, keyPem } = await issue(authority, AGENT_NAMES);
  return { "ca.crt": authority.certPem, "tls.crt": certPem, "tls.key": keyPem };
}

async function exchange(secret: MountedSecret, authority: Authority): Promise<string> {
  const files = await serverFiles(authority);
  await secret.put(files);
  return new X509Certificate(files["tls.crt"] ?? "").fingerprint256;
}

/** Makes a handshake, and looks at the certificate. */
function servedBy(port: number, { ca, cert, key }: ClientIdentity): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      servername: "localhost",
      port,
      ca,
      cert,
      key,
      ALPNProtocols: ["h2"],
    });
    socket.once("secureConnect", () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      resolve(fingerprint256);
    });
    socket.on("error", reject);
  });
}
