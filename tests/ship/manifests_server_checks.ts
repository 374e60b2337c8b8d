/**
 * Every manifest at a real API server: by a dry run with strict fields, and its pods by the rules of Pod Security.
 *
 * @module
 */
import assert from "#assert";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { createKubeClient, type KubeAnswer, type KubeClient } from "../../src/kube/api_client.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import { findKubeFixture, MISSING, startKubeFixture } from "../support/kube_fixture.ts";
import { check } from "./check.ts";
import { type Build, buildAll, createdSecrets, type Manifest, manifestsIn, one, podTemplate } from "./manifests.ts";

/** Where the API server has each kind, and whether it is in a namespace. */
const PLACES: Readonly<Record<string, readonly [path: string, namespaced: boolean]>> = {
  Namespace: ["/api/v1/namespaces", false],
  ServiceAccount: ["/api/v1/serviceaccounts", true],
  ConfigMap: ["/api/v1/configmaps", true],
  Secret: ["/api/v1/secrets", true],
  Service: ["/api/v1/services", true],
  Pod: ["/api/v1/pods", true],
  ClusterRole: ["/apis/rbac.authorization.k8s.io/v1/clusterroles", false],
  ClusterRoleBinding: ["/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", false],
  DaemonSet: ["/apis/apps/v1/daemonsets", true],
  Deployment: ["/apis/apps/v1/deployments", true],
  NetworkPolicy: ["/apis/networking.k8s.io/v1/networkpolicies", true],
  PriorityClass: ["/apis/scheduling.k8s.io/v1/priorityclasses", false],
  Issuer: ["/apis/cert-manager.io/v1/issuers", true],
  Certificate: ["/apis/cert-manager.io/v1/certificates", true],
  PodMonitor: ["/apis/monitoring.coreos.com/v1/podmonitors", true],
  PrometheusRule: ["/apis/monitoring.coreos.com/v1/prometheusrules", true],
  CustomResourceDefinition: ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", false],
};

/** What has to be there so that others are accepted; it is made before, and not only tried. */
const FIRST = ["Namespace", "ServiceAccount", "PriorityClass"];

/** All that the strictest level of Pod Security has against the agent. */
const HOST_PATH =
  'restricted volume types (volumes "containers", "pods", "docker" use restricted volume type "hostPath")';
const FORBIDDEN: Readonly<Record<string, string>> = {
  "overlays/root-logs": `${HOST_PATH}, runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), ` +
    "runAsUser=0 (pod must not set runAsUser=0)",
};

/** How long a definition may take until its kind can be made. */
const ESTABLISHED_MS = 60_000;

const NAME = "a real API server accepts every manifest, with strict fields and the rules of Pod Security";

const binary = await findKubeFixture();
if (binary === undefined) Deno.test({ name: `${NAME} ${MISSING}`, ignore: true, fn: () => {} });
else {
  await check(NAME, ["kustomize", "cert-manager", "prometheus-operator"], async (kustomize, certManager, operator) => {
    await using server = await startKubeFixture(binary);
    const env = (name: string): string | undefined => name === "KUBECONFIG" ? server.adminKubeconfig : undefined;
    using client = createKubeClient(await loadKubeConfig({ env, onSkip: (notice) => assert.fail(notice) }));
    const builds = await buildAll(kustomize);
    await define(client, [
      ...["certificates", "issuers"].map((it) => `${certManager.path}/deploy/crds/cert-manager.io_${it}.yaml`),
      ...["podmonitors", "prometheusrules"].map((it) =>
        `${operator.path}/example/prometheus-operator-crd/monitoring.coreos.com_${it}.yaml`
      ),
    ]);
    await acceptAll(client, builds);
    await judgePods(client, builds);
  });
}

/** Makes kinds known, and waits until they are. */
async function define(client: KubeClient, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const { status, body } = await post(client, parse(await Deno.readTextFile(file)));
    assert.equal(status, 201, body);
  }
  const deadline = AbortSignal.timeout(ESTABLISHED_MS);
  for (const kind of ["Certificate", "Issuer", "PodMonitor", "PrometheusRule"]) {
    const [path = ""] = PLACES[kind] ?? [];
    while ((await client.request({ method: "GET", path, signal: deadline })).status !== 200) {
      await sleep(50, undefined, { signal: deadline });
    }
  }
}

async function acceptAll(client: KubeClient, builds: readonly Build[]): Promise<void> {
  await post(client, object("Namespace", { name: "kubetail" }));
  const all = [...builds.flatMap(({ manifests }) => manifests), ...manifestsIn(await createdSecrets())];
  const rank = ({ kind }: Manifest): number => FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length;
  for (const manifest of all.toSorted((a, b) => rank(a) - rank(b))) {
    const { status, body } = await post(client, manifest, { dryRun: !FIRST.includes(manifest.kind) });
    // The same one, from another folder.
    if (status !== 409) assert.equal(status, 201, `${manifest.kind}/${manifest.metadata.name}: ${body}`);
  }
  const daemonSet = one(builds[0]?.manifests ?? [], "DaemonSet");
  const wrong = { ...daemonSet, spec: { ...daemonSet["spec"], minReadySecond: 1 } };
  const { status, body } = await post(client, wrong, { dryRun: true });
  assert.equal(status, 400, body);
  assert.match(body, /unknown field \\"spec.minReadySecond\\"/);
}

/** Pods are accepted in their own namespaces; where everything is forbidden, they ask for no more than they need. */
async function judgePods(client: KubeClient, builds: readonly Build[]): Promise<void> {
  const strict = object("Namespace", {
    name: "strict",
    labels: { "pod-security.kubernetes.io/enforce": "restricted" },
  });
  assert.equal((await post(client, strict)).status, 201);
  for (const account of ["cluster-agent", "cluster-collector"]) {
    assert.equal((await post(client, object("ServiceAccount", { name: account, namespace: "strict" }))).status, 201);
  }
  for (const { name, manifests } of builds) {
    const maker = manifests.find((it) => podTemplate(it) !== undefined);
    if (maker === undefined) continue;
    const namespace = maker.metadata.namespace ?? "";
    const own = await post(client, podOf(maker, namespace), { dryRun: true });
    assert.equal(own.status, 201, `${name}: ${own.body}`);
    const { status, body } = await post(client, podOf(maker, "strict"), { dryRun: true });
    const forbidden = FORBIDDEN[name] ?? (maker.kind === "DaemonSet" ? HOST_PATH : undefined);
    if (forbidden === undefined) assert.equal(status, 201, `${name}: ${body}`);
    else assert.equal(/violates PodSecurity "restricted:latest": (.*)$/.exec(JSON.parse(body).message)?.[1], forbidden);
  }
}

/** A pod as a DaemonSet or a Deployment makes it. */
function podOf(maker: Manifest, namespace: string): Manifest {
  const { metadata, spec } = podTemplate(maker) ?? assert.fail();
  return { ...object("Pod", { name: maker.metadata.name, namespace, labels: metadata.labels ?? {} }), spec };
}

function object(kind: string, metadata: Manifest["metadata"]): Manifest {
  return { apiVersion: "v1", kind, metadata };
}

async function post(
  client: KubeClient,
  manifest: Manifest,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<KubeAnswer> {
  const [place, namespaced] = PLACES[manifest.kind] ?? assert.fail(manifest.kind);
  const { namespace } = manifest.metadata;
  assert.equal(namespace !== undefined, namespaced, `${manifest.kind}/${manifest.metadata.name} is in a namespace`);
  const path = namespaced ? place.replace(/\/(\w+)$/, `/namespaces/${namespace}/$1`) : place;
  return await client.request({
    method: "POST",
    path: `${path}?fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`,
    body: manifest,
    signal: AbortSignal.timeout(60_000),
  });
}
