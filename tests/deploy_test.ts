/**
 * The manifests of `deploy/` and the program: permissions, ports, user, memory and configuration agree.
 *
 * What needs kustomize or an API server is in `tests/ship/`.
 *
 * @module
 */
import assert from "#assert";
import { parse, parseAllDocuments } from "yaml";
import { readSettings } from "../src/config/read_settings.ts";
import { VERSION } from "../src/telemetry/version.ts";
import { permissionSet } from "../tools/compile/permissions.ts";
import { PROGRAMS } from "../tools/compile/programs.ts";
import { projectFolder, projectText } from "./support/project.ts";

// deno-lint-ignore no-explicit-any -- as deep and as various as Kubernetes has it
type Manifest = any;

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const MIB = 2 ** 20;

/** The objects of a file below `deploy/`. */
async function manifests(file: string): Promise<readonly Manifest[]> {
  return parseAllDocuments(await projectText(`deploy/${file}`)).map((it) => it.toJS());
}

const [daemonSet] = await manifests("agent/daemon_set.yaml");
const [deployment] = await manifests("collector/deployment.yaml");
const values = parse(await projectText("deploy/helm/values.yaml"));
const agentPod = daemonSet.spec.template.spec;
const [agent] = agentPod.containers;
const collectorPod = deployment.spec.template.spec;
const [collector] = collectorPod.containers;

/** The configuration of the manifests, read as the agent reads it. */
function configuration(): ReturnType<typeof readSettings> {
  const file = new URL("deploy/agent/config.yaml", projectFolder).pathname;
  return readSettings(file, { env: () => undefined });
}

function portOf(container: Manifest, name: string): number | undefined {
  return container.ports.find((it: Manifest) => it.name === name)?.containerPort;
}

Deno.test("the agent takes the configuration of its manifest without a warning", async () => {
  const { settings, warnings } = await configuration();
  assert.deepEqual(warnings, []);
  assert.equal(settings.addr.port, portOf(agent, "grpc"));
  assert.equal(settings.metrics.addr?.port, portOf(agent, "http-metrics"));
  assert.deepEqual(agent.args, ["--config=/etc/kubetail/config.yaml"]);
  assert.ok(agentPod.terminationGracePeriodSeconds * 1000 > settings.shutdownGraceMs);
});

Deno.test("the agent has a mount for each folder that it may read, and no other; none can be written to", async () => {
  const mounts: readonly Manifest[] = agent.volumeMounts;
  assert.deepEqual(
    [...mounts.map((it) => it.mountPath), SERVICE_ACCOUNT].sort(),
    permissionSet("agent").read.toSorted(),
  );
  assert.deepEqual(mounts.filter((it) => !it.readOnly), []);
  for (const { name, hostPath } of agentPod.volumes) {
    if (hostPath !== undefined) assert.equal(mounts.find((it) => it.name === name)?.mountPath, hostPath.path);
  }
  const { tls, logRoots } = (await configuration()).settings;
  const folders = mounts.map((it) => it.mountPath);
  for (const file of [tls.certFile, tls.keyFile, tls.caFile ?? "", ...logRoots]) {
    assert.ok(folders.some((it) => file === it || file.startsWith(`${it}/`)), file);
  }
  assert.deepEqual(permissionSet("collector").read, [SERVICE_ACCOUNT]);
  assert.equal(collector.volumeMounts, undefined);
});

Deno.test("each variable of a manifest is one that the program may read, or the C library's", () => {
  for (const [container, program] of [[agent, "agent"], [collector, "collector"]] as const) {
    const allowed = [...permissionSet(program).env, ...Object.keys(PROGRAMS[program].env)];
    const names: readonly string[] = container.env.map((it: Manifest) => it.name);
    const fits = (name: string): boolean =>
      allowed.some((it) => it.endsWith("*") ? name.startsWith(it.slice(0, -1)) : it === name);
    assert.deepEqual(names.filter((name) => !fits(name)), []);
  }
  assert.ok(agent.env.some((it: Manifest) => it.name === "NODE_NAME" && it.valueFrom.fieldRef.fieldPath));
});

Deno.test("probes ask for what is served, on the port of the metrics", () => {
  for (const container of [agent, collector]) {
    assert.deepEqual(container.livenessProbe.httpGet, { path: "/livez", port: "http-metrics" });
    assert.deepEqual(container.readinessProbe.httpGet, { path: "/readyz", port: "http-metrics" });
  }
  assert.deepEqual(collector.args, [`--metrics-addr=:${portOf(collector, "http-metrics")}`]);
});

Deno.test("pods run as the image's user, with nothing that they do not need", async () => {
  const [, uid] = /^USER (\d+):\d+$/m.exec(await projectText("Dockerfile")) ?? [];
  for (const [pod, container] of [[agentPod, agent], [collectorPod, collector]]) {
    assert.equal(pod.securityContext.runAsUser, Number(uid));
    const { runAsNonRoot, seccompProfile } = pod.securityContext;
    const { enableServiceLinks, automountServiceAccountToken } = pod;
    assert.deepEqual({ runAsNonRoot, seccompProfile, enableServiceLinks, automountServiceAccountToken }, {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
      enableServiceLinks: false,
      automountServiceAccountToken: true,
    });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(pod.nodeSelector, { "kubernetes.io/os": "linux" });
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) assert.equal(pod[key], undefined);
  }
  // Logs are root's, and open to root's group.
  assert.equal(agentPod.securityContext.runAsGroup, 0);
  assert.deepEqual(agentPod.tolerations, [{ operator: "Exists" }]);
});

Deno.test("images have the version of this program", () => {
  assert.equal(agent.image, `${PROGRAMS.agent.executable}:${VERSION}`);
  assert.equal(collector.image, `${PROGRAMS.collector.executable}:${VERSION}`);
  assert.equal(values.kubetail.clusterAgent.image.tag, VERSION);
});

Deno.test("memory is requested as it is measured, and limited above the heap of V8 and as the pages tell", async () => {
  const performance = await projectText("docs/performance.md");
  const idle = Number(/^\| the agent with the flags\s*\| (\d+) MB/m.exec(performance)?.[1]) * 1e6;
  const { requests, limits } = agent.resources;
  assert.ok(idle > 0, "docs/performance.md tells the memory of the idle agent with the flags");
  assert.ok(mebibytes(requests.memory) * MIB >= idle, "the request holds the idle agent");
  assert.ok(mebibytes(requests.memory) * MIB <= idle * 1.5, "the request is not much more than the idle agent");
  const heap = Number(PROGRAMS.agent.v8Flags.join().match(/--max-old-space-size=(\d+)/)?.[1]);
  assert.ok(mebibytes(limits.memory) > heap, "V8 gives up before the kernel kills");
  assert.match(await projectText("docs/operating.md"), new RegExp(`\\b${mebibytes(limits.memory)} ?Mi(B)?\\b`));
  assert.deepEqual(values.kubetail.clusterAgent.container.resources, agent.resources);
  const quiet = Number(/^\| memory when all is quiet\s*\| (\d+) MiB/m.exec(performance)?.[1]);
  const peak = Number(/^\| memory at its peak, listed anew\s*\| (\d+) MiB/m.exec(performance)?.[1]);
  assert.ok(mebibytes(collector.resources.requests.memory) >= quiet && quiet > 0);
  assert.ok(mebibytes(collector.resources.limits.memory) >= peak * 1.2 && peak > 0);
});

function mebibytes(text: string): number {
  return Number(/^(\d+)Mi$/.exec(text)?.[1]);
}

/** What Kubetail's chart 0.24.0 reads below `kubetail.clusterAgent`; `*` stands for anything. */
const CHART_KEYS = [
  "enabled",
  "runtimeConfig.*",
  "image.registry",
  "image.repository",
  "image.tag",
  "image.digest",
  "image.pullPolicy",
  "container.name",
  "container.extraEnv",
  "container.extraEnvFrom",
  "container.securityContext.*",
  "container.resources.*",
  "podTemplate.annotations.*",
  "podTemplate.labels.*",
  "podTemplate.extraContainers",
  "podTemplate.imagePullSecrets",
  "podTemplate.securityContext.*",
  "podTemplate.affinity.*",
  "podTemplate.nodeSelector.*",
  "podTemplate.tolerations",
];

/** The paths of all values that are no objects. */
function pathsOf(value: Manifest, prefix = ""): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, prefix === "" ? key : `${prefix}.${key}`));
}

for (const file of ["deploy/helm/values.yaml", "deploy/overlays/side-by-side/original_values.yaml"]) {
  Deno.test(`${file} has only keys that Kubetail's chart reads`, async () => {
    const unknown = pathsOf(parse(await projectText(file))).filter((path) =>
      !CHART_KEYS.some((key) => {
        const known = `kubetail.clusterAgent.${key}`;
        return known.endsWith("*") ? path.startsWith(known.slice(0, -1)) : path === known;
      })
    );
    assert.deepEqual(unknown, []);
  });
}

Deno.test("the chart passes the address of the metrics on, and its metrics are looked for there", async () => {
  const { clusterAgent } = values.kubetail;
  const port = (await configuration()).settings.metrics.addr?.port;
  // The chart drops these names, and may split one at a digit.
  const names = pathsOf(clusterAgent.runtimeConfig).flatMap((it) => it.split("."));
  assert.deepEqual(names.filter((it) => /^(grpc|ports)$|\d/.test(it)), []);
  assert.deepEqual(clusterAgent.runtimeConfig, { metrics: { addr: `:${port}` } });
  assert.deepEqual(clusterAgent.container.extraEnv, agent.env);
  assert.deepEqual(clusterAgent.podTemplate.tolerations, agentPod.tolerations);
  const [policy] = await manifests("helm/metrics/network_policy.yaml");
  assert.deepEqual(policy.spec.ingress[0].ports, [{ port, protocol: "TCP" }]);
  const [monitor] = await manifests("helm/metrics/pod_monitor.yaml");
  const [endpoint] = monitor.spec.podMetricsEndpoints;
  const { regex, replacement } = endpoint.relabelings[0];
  for (const host of ["10.1.2.3", "[fd00::1]"]) {
    // As Prometheus does: the pattern has to match the whole.
    assert.equal(`${host}:50051`.replace(new RegExp(`^(?:${regex})$`), replacement), `${host}:${port}`);
  }
});

Deno.test("side by side, the node's label has one agent or the other, and the chart's Service finds both", async () => {
  const [patch] = await manifests("overlays/side-by-side/daemon_set.yaml");
  const original = parse(await projectText("deploy/overlays/side-by-side/original_values.yaml"));
  const [term] = original.kubetail.clusterAgent.podTemplate.affinity.nodeAffinity
    .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
  const { nodeSelector, volumes } = patch.spec.template.spec;
  const [[key, value]] = Object.entries(nodeSelector) as [[string, string]];
  assert.deepEqual(term.matchExpressions, [{ key, operator: "NotIn", values: [value] }]);
  // Those by which the chart's Service and policy select.
  const chart = {
    "app.kubernetes.io/name": "kubetail",
    "app.kubernetes.io/instance": "kubetail",
    "app.kubernetes.io/component": "cluster-agent",
  };
  const labels = { ...daemonSet.spec.template.metadata.labels, ...patch.spec.template.metadata.labels };
  for (const [name, expected] of Object.entries(chart)) assert.equal(labels[name], expected);
  const selector = { ...daemonSet.spec.selector.matchLabels, ...patch.spec.selector.matchLabels };
  assert.deepEqual(selector, { ...chart, [key]: value });
  for (const [name, expected] of Object.entries(selector)) assert.equal(labels[name], expected);
  assert.deepEqual(volumes, [{ name: "tls", secret: { secretName: "kubetail-cluster-agent-tls" } }]);
});

Deno.test("Prometheus gets the names of jobs that the alerts ask for", async () => {
  const rules = await projectText("deploy/monitoring/rules.yaml");
  for (
    const [file, template] of [
      ["overlays/metrics/pod_monitor.yaml", daemonSet.spec.template],
      ["helm/metrics/pod_monitor.yaml", daemonSet.spec.template],
      ["collector/metrics/pod_monitor.yaml", deployment.spec.template],
    ] as const
  ) {
    const [{ spec }] = await manifests(file);
    const job = template.metadata.labels[spec.jobLabel];
    assert.equal(spec.selector.matchLabels[spec.jobLabel], job, file);
    const asked = [...rules.matchAll(/job=~"([^"]+)"/g)].map(([, pattern]) => new RegExp(`^(?:${pattern})$`));
    assert.ok(asked.length > 0 && asked.some((pattern) => pattern.test(job)), `${file}: ${job}`);
    const labels = spec.podMetricsEndpoints[0].relabelings.map((it: Manifest) => it.targetLabel);
    assert.ok(labels.includes("node"), file);
  }
});

Deno.test("each upgrade by Helm names the chart's version, and says whether the values of the release count", async () => {
  // Where a command says neither, Helm keeps them if the file that it is given has no value: no way back.
  const commands: string[] = [];
  for (const file of await textsWithPaths()) {
    const text = (await projectText(file)).replaceAll("\\\n", " ");
    commands.push(...text.matchAll(/^ *(helm .*)$/gm).map(([, command = ""]) => command));
  }
  const upgrades = commands.filter((it) => it.includes(" upgrade "));
  assert.ok(upgrades.length >= 4, `${upgrades.length} upgrades`);
  assert.deepEqual(upgrades.filter((it) => !/ --(reuse|reset)-values /.test(it)), []);
  // Without a version Helm takes the newest chart: an upgrade of everything.
  assert.deepEqual(upgrades.filter((it) => !/ --version \d/.test(it)), []);
  // What is meant for people does not parse.
  assert.deepEqual(commands.filter((it) => it.includes(" get values ") && !it.includes(" -o yaml ")), []);
});

/** The paths below `deploy/` that a text names. */
function deployPaths(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w./-])deploy\/[\w./-]*[\w/]/g)].map(([path]) => path);
}

Deno.test("each path below deploy/ that a page, a manifest or a script names is there", async () => {
  assert.deepEqual(deployPaths("`deploy/a/b.yaml`, x/deploy/c and deploy/d."), ["deploy/a/b.yaml", "deploy/d"]);
  const missing: string[] = [];
  for (const file of await textsWithPaths()) {
    for (const path of deployPaths(await projectText(file))) {
      if (!await isThere(path)) missing.push(`${file}: ${path}`);
    }
  }
  assert.deepEqual(missing, []);
});

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(new URL(path, projectFolder));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Pages, and all of `deploy/`. */
async function textsWithPaths(): Promise<readonly string[]> {
  const found = ["README.md", "CONTRIBUTING.md", "Dockerfile"];
  async function walk(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, projectFolder))) {
      if (isDirectory) await walk(`${folder}${name}/`);
      else if (/\.(md|yaml|sh)$|^Tiltfile$/.test(name)) found.push(`${folder}${name}`);
    }
  }
  await walk("docs/");
  await walk("deploy/");
  return found;
}
