/**
 * `deploy/e2e.sh` up to what needs a container engine: docker and kind are fakes, and so are the kubelet and the way of
 * `kubectl port-forward` through it. kubectl, the API server, its roles, the certificates, the bundled agent and the
 * client are real.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import { createKubeClient, type KubeClient } from "../../src/kube/api_client.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import { permissionSet } from "../../tools/compile/permissions.ts";
import { PROGRAMS } from "../../tools/compile/programs.ts";
import { startFakeReducer } from "../fakes/fake_reducer.ts";
import { type AgentBundle, bundleAgent, engineFlags, permissionFlags } from "../support/agent_bundle.ts";
import { metricsUrl, probe } from "../support/scrape.ts";
import { manifestsIn, one } from "./manifests.ts";
import { findKubeFixture, type KubeFixture, MISSING, startKubeFixture } from "../support/kube_fixture.ts";
import { projectFolder, projectText } from "../support/project.ts";
import { check, runProgram } from "./check.ts";
import { FakeKubelet } from "./_fake_kubelet.ts";

const SCRIPT = new URL("deploy/e2e.sh", projectFolder).pathname;
const SCRIPT_NAME =
  "deploy/e2e.sh deploys the agent, reads a line as one who may, is refused as one who may not, and cleans up";
const README_NAME = "what README tells to run without Kubetail ends with a line of a log";

/** A cluster of one node, as far as there is one. */
interface World {
  readonly client: KubeClient;
  readonly kubelet: FakeKubelet;
  readonly dir: string;
  readonly server: KubeFixture;
  readonly bundle: AgentBundle;
  /** How programs are found, and how kubectl finds the cluster. */
  readonly env: Readonly<Record<string, string>>;
}

const binary = await findKubeFixture();

/** Registers a check in a cluster of its own. */
async function checkInCluster(name: string, fn: (world: World) => Promise<void>): Promise<void> {
  if (binary === undefined) return Deno.test({ name: `${name} ${MISSING}`, ignore: true, fn: () => {} });
  await check(name, ["kubectl", "openssl"], async (kubectl) => {
    await using server = await startKubeFixture(binary);
    await using bundle = await bundleAgent();
    const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "e2e-" }));
    try {
      const find = (name: string): string | undefined => name === "KUBECONFIG" ? server.adminKubeconfig : undefined;
      using client = createKubeClient(await loadKubeConfig({ env: find, onSkip: (notice) => assert.fail(notice) }));
      const kubeconfig = parse(await Deno.readTextFile(server.adminKubeconfig));
      const caData = kubeconfig.clusters[0].cluster["certificate-authority-data"];
      await using kubelet = new FakeKubelet({ client, server: server.server, caData, bundle, dir });
      await writeFakes(dir, { kubectl: kubectl.path, server });
      const env = { PATH: `${dir}/bin:${Deno.env.get("PATH")}`, KUBECACHEDIR: `${dir}/kube` };
      await fn({ client, kubelet, dir, server, bundle, env });
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

await checkInCluster(SCRIPT_NAME, async ({ client, kubelet, dir, env }) => {
  await prepare(client);
  const script = runProgram({ path: SCRIPT, env: {} }, [], { env });
  await Promise.race([script, play(kubelet, dir)]);
  const { code, text } = await script;
  assert.equal(code, 0, text);
  assert.match(text, /^e2e\/writer\/writer on node-1, as reader:\ncluster-agent \d/m);
  assert.match(text, /^read-log: PERMISSION_DENIED: permission denied/m);
  assert.match(text, /^== All is well$/m);
  assert.deepEqual((await Deno.readTextFile(`${dir}/calls`)).trim().split("\n").map((it) => it.split(" --")[0]), [
    "docker info",
    "kind get clusters",
    "docker build",
    "kind create cluster",
    "kind load docker-image cluster-agent:dev",
    "kind delete cluster",
  ]);
});

await checkInCluster(README_NAME, async ({ kubelet, dir, env, server }) => {
  const [, commands = ""] = /\*\*Without Kubetail\*\*[^]*?```sh\n([^]*?)```/.exec(await projectText("README.md")) ?? [];
  const text = `set -euo pipefail\n${commands}`;
  assert.match(text, /task read-log\n$/);
  const bash = { path: "/bin/bash", env: { ...env, KUBECONFIG: server.adminKubeconfig } };
  const run = runProgram(bash, ["-c", text], { cwd: projectFolder });
  const started = async (port: number): Promise<void> => {
    await kubelet.writeLine("kube-system", "etcd is ready");
    await writePort(dir, port);
  };
  await Promise.race([run, kubelet.runAgent(started)]);
  const said = await run;
  assert.equal(said.code, 0, said.text);
  assert.match(said.text, /^kube-system\/etcd-1\/etcd on node-1, as .+:\netcd is ready$/m);
});

await checkInCluster("the collector of deploy/collector is ready, and may read what it tells", async (world) => {
  const { client, kubelet, dir, env, server, bundle } = world;
  await prepare(client);
  const apply = "set -e; kubectl kustomize deploy/collector | tee /dev/stderr | kubectl apply -f - >/dev/null";
  const bash = { path: "/bin/bash", env: { ...env, KUBECONFIG: server.adminKubeconfig } };
  const { code, text } = await runProgram(bash, ["-c", apply], { cwd: projectFolder });
  assert.equal(code, 0, text);
  const { spec } = one(manifestsIn(text), "Deployment")["spec"].template;
  const [container] = spec.containers;
  const uid = await kubelet.addPod("e2e", "writer");
  await Deno.writeTextFile(
    `${dir}/kubeconfig`,
    await kubelet.kubeconfigOf("cluster-collector", spec.serviceAccountName),
  );
  await using reducer = await startFakeReducer();
  const declared = permissionSet("collector");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...engineFlags(PROGRAMS.collector.v8Flags.join()),
      ...permissionFlags({ ...declared, read: [...declared.read, dir] }),
      bundle.collector,
      ...container.args.map((it: string) => it.replace(/=:\d+$/, "=127.0.0.1:0")),
    ],
    env: {
      ...Object.fromEntries(container.env.map((it: Record<string, string>) => [it["name"], it["value"]])),
      EBPF_NET_INTAKE_HOST: "localhost",
      EBPF_NET_INTAKE_PORT: String(reducer.port),
      KUBECONFIG: `${dir}/kubeconfig`,
    },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const read = (async () => {
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) log.push(chunk);
  })();
  try {
    await reducer.until(({ pods }) => pods.has(uid));
    const path = container.readinessProbe.httpGet.path;
    assert.deepEqual((await probe(metricsUrl(log), path)).status, 200);
  } catch (error) {
    throw new Error(`The collector is not ready: ${log.join("")}`, { cause: error });
  } finally {
    child.kill("SIGTERM");
    await Promise.all([child.status, read]);
  }
});

/** The agent's part, and the pod's; ends when the script can go on alone. */
async function play(kubelet: FakeKubelet, dir: string): Promise<void> {
  await kubelet.runAgent((port) => writePort(dir, port));
  await kubelet.runPod("e2e", "writer");
}

/** To where the fake of `kubectl port-forward` leads. */
function writePort(dir: string, port: number): Promise<void> {
  return Deno.writeTextFile(`${dir}/port`, String(port));
}

/** What controllers make in a cluster. */
async function prepare(client: KubeClient): Promise<void> {
  for (
    const [path, name] of [["/api/v1/namespaces", "e2e"], [
      "/api/v1/namespaces/e2e/serviceaccounts",
      "default",
    ]] as const
  ) {
    const signal = AbortSignal.timeout(60_000);
    const { status, body } = await client.request({ method: "POST", path, body: { metadata: { name } }, signal });
    assert.equal(status, 201, body);
  }
}

/** Puts docker, kind, kubectl and deno into `bin`; the first two write down how they are called. */
async function writeFakes(
  dir: string,
  { kubectl, server }: { readonly kubectl: string; readonly server: KubeFixture },
): Promise<void> {
  await Deno.mkdir(`${dir}/bin`);
  await Deno.symlink(Deno.execPath(), `${dir}/bin/deno`);
  const call = `#!/bin/bash\necho "\${0##*/} $*" >>${dir}/calls\n`;
  const scripts = {
    docker: call,
    kind: `${call}[ "$1" != create ] || cp ${server.adminKubeconfig} "$KUBECONFIG"\n`,
    // Of `npx -y deno@VERSION WORDS` the words.
    npx: `#!/bin/bash\nexec deno "\${@:3}"\n`,
    kubectl: "#!/bin/bash\n" +
      `[ "$1" != port-forward ] || { echo "Forwarding from 127.0.0.1:$(cat ${dir}/port) -> 50051"; exec sleep 600; }\n` +
      `exec ${kubectl} "$@"\n`,
  };
  for (const [name, text] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${dir}/bin/${name}`, text, { mode: 0o755 });
  }
}

Deno.test("deploy/e2e.sh tells all that is missing", async () => {
  const bin = await Deno.makeTempDir({ prefix: "e2e-" });
  try {
    for (const name of ["dirname", "cat"]) await Deno.symlink(`/usr/bin/${name}`, `${bin}/${name}`);
    const { code, text } = await runProgram({ path: "/bin/bash", env: {} }, [SCRIPT], { env: { PATH: bin } });
    assert.equal(text, "e2e: missing: docker,kind,kubectl,openssl,Node.js or deno\n");
    assert.equal(code, 1);
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
});
