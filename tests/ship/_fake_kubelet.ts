/**
 * What a kubelet and the controllers do for `deploy/e2e.sh`, where there is an API server and no node.
 *
 * It runs the one agent of a DaemonSet as a process: from the bundle, with the configuration, the certificates and the
 * service account that the API server holds, only their folders moved. It writes the log of a pod by running what the
 * pod's arguments say.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import type { KubeClient } from "../../src/kube/api_client.ts";
import { createLogTree, type LogTree } from "../fakes/log_tree.ts";
import { type AgentProcess, startAgent } from "../support/agent_process.ts";
import { type AgentBundle, imageCommand } from "../support/agent_bundle.ts";
import { eventually } from "../support/eventually.ts";
import type { Manifest } from "./manifests.ts";

const NODE = "node-1";
const AGENTS = "/api/v1/namespaces/cluster-agent";
const DAEMON_SET = "/apis/apps/v1/namespaces/cluster-agent/daemonsets/cluster-agent";
const REQUEST_MS = 60_000;

/** What it works with. */
export interface FakeKubeletOptions {
  readonly client: KubeClient;
  readonly server: string;
  /** The authority of the API server, in base64. */
  readonly caData: string;
  readonly bundle: AgentBundle;
  /** A folder of its own. */
  readonly dir: string;
}

/** The node of one agent. */
export class FakeKubelet implements AsyncDisposable {
  readonly #options: FakeKubeletOptions;
  #agent: AgentProcess | undefined;
  #tree: LogTree | undefined;

  constructor(options: FakeKubeletOptions) {
    this.#options = options;
  }

  /** Waits for the DaemonSet, runs its agent, calls `onStart` with its port, and reports it as ready. */
  async runAgent(onStart: (port: number) => Promise<void>): Promise<void> {
    const daemonSet = await this.#waitFor(DAEMON_SET);
    const { spec } = daemonSet["spec"].template;
    const { dir, bundle } = this.#options;
    this.#tree = await createLogTree(dir);
    const config = await this.#writeMounts(spec.volumes);
    const [container] = spec.containers;
    this.#agent = await startAgent({
      dir,
      kubeconfig: await this.kubeconfigOf("cluster-agent", spec.serviceAccountName),
      env: { [container.env[0].name]: NODE },
      command: imageCommand(bundle.file, [dir]),
      settings: {
        ...parse(config),
        "container-logs-dir": this.#tree.containersDir,
        "log-roots": [this.#tree.containersDir, this.#tree.podsDir, this.#tree.dockerDir],
      },
    });
    await onStart(this.#agent.port);
    const { labels } = daemonSet["spec"].template.metadata;
    const pod = { kind: "Pod", apiVersion: "v1", metadata: { name: "cluster-agent-1", labels }, spec };
    await this.#send("POST", `${AGENTS}/pods`, { ...pod, spec: { ...spec, nodeName: NODE } });
    await this.#setStatus(`${AGENTS}/pods/cluster-agent-1`, { phase: "Running" });
    await this.#setStatus(DAEMON_SET, {
      observedGeneration: daemonSet.metadata.generation,
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberReady: 1,
      numberAvailable: 1,
      numberMisscheduled: 0,
    });
  }

  /** Waits for a pod, runs what its arguments say, and reports it as ended. */
  async runPod(namespace: string, name: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const { spec } = await this.#waitFor(path);
    const [container] = spec.containers;
    const [program = "", ...args] = [...imageCommand(this.#options.bundle.file, []), ...container.args];
    const { stdout } = await new Deno.Command(program, { args }).output();
    const log = await this.#tree?.addCri({ namespace, pod: name, container: container.name });
    await log?.append(new TextDecoder().decode(stdout).trimEnd().split("\n"));
    await this.#send("POST", `${path}/binding`, { metadata: { name }, target: { kind: "Node", name: NODE } });
    await this.#setStatus(path, { phase: "Succeeded" });
  }

  /** Makes a pod that has an address; resolves to its uid. */
  async addPod(namespace: string, name: string): Promise<string> {
    const spec = { containers: [{ name, image: name }], nodeName: NODE };
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const { metadata } = await this.#send("POST", pods, { metadata: { name }, spec });
    await this.#setStatus(`${pods}/${name}`, { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }] });
    return metadata.uid ?? "";
  }

  /** Writes a line to the log of a pod that nobody has heard of but the node. */
  async writeLine(namespace: string, text: string): Promise<void> {
    const log = await this.#tree?.addCri({ namespace, pod: "etcd-1", container: "etcd" });
    await log?.append([text]);
  }

  /** The API server as a pod of that account sees it. */
  async kubeconfigOf(namespace: string, account: string): Promise<string> {
    const { server, caData } = this.#options;
    const answer = await this.#send("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      spec: {},
    });
    const named = { name: "it", cluster: { server, "certificate-authority-data": caData } };
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [named],
      users: [{ name: "it", user: { token: answer["status"].token } }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
  }

  /** Writes the certificates of the pod's secret, and returns the text of its configuration, with moved paths. */
  async #writeMounts(volumes: readonly Manifest[]): Promise<string> {
    const secretName = volumes.find((it) => it["secret"] !== undefined)?.["secret"].secretName;
    const { data } = await this.#send("GET", `${AGENTS}/secrets/${secretName}`);
    for (const [name, text] of Object.entries<string>(data)) {
      await Deno.writeFile(`${this.#options.dir}/${name}`, Uint8Array.fromBase64(text));
    }
    const configName = volumes.find((it) => it["configMap"] !== undefined)?.["configMap"].name;
    const config = await this.#send("GET", `${AGENTS}/configmaps/${configName}`);
    return config["data"]["config.yaml"].replaceAll("/etc/kubetail-tls/", `${this.#options.dir}/`)
      .replaceAll(/addr: ":\d+"/g, 'addr: "127.0.0.1:0"');
  }

  async #setStatus(path: string, status: unknown): Promise<void> {
    await this.#send("PUT", `${path}/status`, { ...await this.#send("GET", path), status });
  }

  async #waitFor(path: string): Promise<Manifest> {
    const get = (): Promise<{ status: number }> =>
      this.#options.client.request({ method: "GET", path, signal: AbortSignal.timeout(REQUEST_MS) });
    await eventually(`${path} is there`, async () => (await get()).status === 200, { pauseMs: 50 });
    return await this.#send("GET", path);
  }

  async #send(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<Manifest> {
    const signal = AbortSignal.timeout(REQUEST_MS);
    const answer = await this.#options.client.request({ method, path, body, signal });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.body}`);
    return JSON.parse(answer.body);
  }
}
