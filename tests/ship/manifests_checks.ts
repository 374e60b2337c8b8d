/**
 * Every manifest as kustomize builds it, by the schemas of Kubernetes and of the projects whose kinds it has.
 *
 * @module
 */
import assert from "#assert";
import { parse, stringify } from "yaml";
import { check, runProgram } from "./check.ts";
import {
  type Build,
  buildAll,
  createdSecrets,
  CUSTOM_KINDS,
  type Manifest,
  podTemplate,
  withFiles,
} from "./manifests.ts";
import type { Program } from "./programs.ts";

/** Those that are supported, and the oldest that Kubetail itself tests and that there are schemas of. */
const KUBERNETES_VERSIONS = ["1.25", "1.35", "1.36", "1.37"];

/** Has a field that came with 1.30. */
const NEWER = ["agent/apparmor"];

/** What is there before these manifests: by cert-manager, by `create.sh`, by Kubetail's chart, or by Kubernetes. */
const FROM_OUTSIDE = [
  "Secret/cluster-agent-tls",
  "Secret/kubetail-cluster-agent-tls",
  "ClusterRole/system:auth-delegator",
];

let built: Promise<readonly Build[]> | undefined;

/** Builds once for all checks. */
function builds(kustomize: Program): Promise<readonly Build[]> {
  return built ??= buildAll(kustomize);
}

await check("kustomize builds every folder, and what names another object finds it", ["kustomize"], async (it) => {
  const all = await builds(it);
  assert.ok(all.length >= 8, `${all.length} folders`);
  for (const { name, manifests } of all) {
    const known = new Set([...manifests.map((it) => `${it.kind}/${it.metadata.name}`), ...FROM_OUTSIDE]);
    assert.deepEqual(manifests.flatMap(namedBy).filter((it) => !known.has(it)), [], name);
    assert.deepEqual(manifests.flatMap((it) => wrongSubjects(it, manifests)), [], name);
    assert.deepEqual(manifests.flatMap((it) => selectsNothing(it, manifests)), [], name);
  }
});

/** The objects that one names. */
function namedBy(manifest: Manifest): readonly string[] {
  const pod = podTemplate(manifest)?.spec;
  const { roleRef } = manifest;
  return [
    ...(roleRef === undefined ? [] : [`${roleRef.kind}/${roleRef.name}`]),
    ...(pod === undefined ? [] : [`ServiceAccount/${pod.serviceAccountName}`]),
    ...(pod?.priorityClassName === undefined ? [] : [`PriorityClass/${pod.priorityClassName}`]),
    ...(pod?.volumes ?? []).flatMap((volume: Manifest) => [
      ...(volume["configMap"] === undefined ? [] : [`ConfigMap/${volume["configMap"].name}`]),
      ...(volume["secret"] === undefined ? [] : [`Secret/${volume["secret"].secretName}`]),
    ]),
    ...(manifest.kind === "Certificate" ? [`Issuer/${manifest["spec"].issuerRef.name}`] : []),
  ];
}

/** Subjects of a binding that are not there: kustomize does not move them to another namespace. */
function wrongSubjects({ subjects = [] }: Manifest, manifests: readonly Manifest[]): readonly Manifest[] {
  return subjects.filter(({ kind, name, namespace }: Record<string, string>) =>
    !manifests.some((it) => it.kind === kind && it.metadata.name === name && it.metadata.namespace === namespace)
  );
}

/** A selector that selects no pods of these manifests, where these have pods. */
function selectsNothing({ kind, metadata, spec }: Manifest, manifests: readonly Manifest[]): readonly string[] {
  const labels = {
    Service: spec?.selector,
    NetworkPolicy: spec?.podSelector?.matchLabels,
    PodMonitor: spec?.selector?.matchLabels,
    DaemonSet: spec?.selector?.matchLabels,
    Deployment: spec?.selector?.matchLabels,
  }[kind] as Record<string, string> | undefined;
  const pods = manifests.map((it) => podTemplate(it)?.metadata.labels).filter((it) => it !== undefined);
  if (labels === undefined || pods.length === 0) return [];
  const fits = pods.some((pod) => Object.entries(labels).every(([key, value]) => pod[key] === value));
  return fits ? [] : [`${kind}/${metadata.name}`];
}

const TEMPLATE = "DaemonSet/cluster-agent spec.template.spec";
const CERTIFICATES = [
  "+ Certificate/cluster-agent",
  "+ Certificate/cluster-agent-ca",
  "+ Certificate/cluster-agent-client",
  "+ Issuer/cluster-agent",
  "+ Issuer/cluster-agent-self-signed",
];

/** In what a folder differs from the one that it is made of. */
const DIFFERENCES: Readonly<Record<string, readonly [from: string, differences: readonly string[]]>> = {
  "agent/certificates/cert-manager": ["agent", CERTIFICATES],
  "agent/apparmor": ["agent", [`${TEMPLATE}.securityContext.appArmorProfile.type`]],
  "overlays/kind": ["agent", [
    `${TEMPLATE}.containers.cluster-agent.image`,
    `${TEMPLATE}.containers.cluster-agent.imagePullPolicy`,
  ]],
  "overlays/production": ["agent", [
    ...CERTIFICATES,
    "+ PriorityClass/cluster-agent",
    "DaemonSet/cluster-agent spec.minReadySeconds",
    `${TEMPLATE}.priorityClassName`,
    "DaemonSet/cluster-agent spec.updateStrategy.rollingUpdate.maxUnavailable",
  ]],
  "overlays/root-logs": ["overlays/production", [
    `${TEMPLATE}.securityContext.runAsNonRoot`,
    `${TEMPLATE}.securityContext.runAsUser`,
  ]],
  "overlays/side-by-side": ["agent", [
    "- Namespace/cluster-agent",
    "- Service/cluster-agent",
    "ClusterRoleBinding/cluster-agent-auth-delegator subjects.cluster-agent.namespace",
    "ConfigMap/cluster-agent metadata.namespace",
    "DaemonSet/cluster-agent metadata.namespace",
    "DaemonSet/cluster-agent spec.selector.matchLabels.app.kubernetes.io/instance",
    "DaemonSet/cluster-agent spec.selector.matchLabels.app.kubernetes.io/name",
    "DaemonSet/cluster-agent spec.selector.matchLabels.cluster-agent",
    "DaemonSet/cluster-agent spec.template.metadata.labels.app.kubernetes.io/instance",
    "DaemonSet/cluster-agent spec.template.metadata.labels.app.kubernetes.io/name",
    "DaemonSet/cluster-agent spec.template.metadata.labels.cluster-agent",
    `${TEMPLATE}.nodeSelector.cluster-agent`,
    `${TEMPLATE}.volumes.tls.secret.secretName`,
    "NetworkPolicy/cluster-agent metadata.namespace",
    "NetworkPolicy/cluster-agent spec.podSelector.matchLabels.app.kubernetes.io/instance",
    "NetworkPolicy/cluster-agent spec.podSelector.matchLabels.app.kubernetes.io/name",
    "NetworkPolicy/cluster-agent spec.podSelector.matchLabels.cluster-agent",
    "ServiceAccount/cluster-agent metadata.namespace",
  ]],
};

await check("an overlay changes what it says, and nothing else", ["kustomize"], async (kustomize) => {
  const all = new Map((await builds(kustomize)).map(({ name, manifests }) => [name, manifests]));
  for (const [name, [from, differences]] of Object.entries(DIFFERENCES)) {
    assert.deepEqual(differencesOf(all.get(from) ?? [], all.get(name) ?? []), differences.toSorted(), name);
  }
});

/** Objects that came and went, and fields that differ, by their paths. */
function differencesOf(before: readonly Manifest[], after: readonly Manifest[]): readonly string[] {
  // A generated name ends in a hash of what is in it.
  const nameOf = ({ kind, metadata }: Manifest): string =>
    `${kind}/${kind === "ConfigMap" ? metadata.name.replace(/-\w+$/, "") : metadata.name}`;
  const byName = (all: readonly Manifest[]): Map<string, Manifest> => new Map(all.map((it) => [nameOf(it), it]));
  const [old, now] = [byName(before), byName(after)];
  return [
    ...[...now.keys()].filter((name) => !old.has(name)).map((name) => `+ ${name}`),
    ...[...old.keys()].filter((name) => !now.has(name)).map((name) => `- ${name}`),
    ...[...old].flatMap(([name, manifest]) => {
      const other = now.get(name);
      if (other === undefined) return [];
      const [left, right] = [fieldsOf(manifest), fieldsOf(other)];
      return [...new Set([...left.keys(), ...right.keys()])].filter((key) => left.get(key) !== right.get(key))
        .map((key) => `${name} ${key}`);
    }),
  ].sort();
}

/** The fields that hold no others, by their paths; of a list by the names in it, where there are. */
function fieldsOf(value: unknown, path: readonly string[] = []): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map([[path.join("."), value]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...fieldsOf(inner, [...path, Array.isArray(value) ? inner?.name ?? key : key]),
    ]),
  );
}

await check("every manifest fits the strict schemas of Kubernetes", [
  "kustomize",
  "kubernetes-validate",
], async (kustomize, validate) => {
  const files: Record<string, string> = { "secrets.yaml": await createdSecrets() };
  const seen = new Set<string>();
  for (const { name, manifests } of await builds(kustomize)) {
    // Most are in several folders.
    const added = manifests.filter(({ kind }) => !CUSTOM_KINDS.includes(kind)).map((it) => stringify(it))
      .filter((text) => !seen.has(text));
    if (added.length > 0) files[`${name.replaceAll("/", "_")}.yaml`] = added.join("---\n");
    for (const text of added) seen.add(text);
  }
  await withFiles(files, async (cwd) => {
    for (const version of KUBERNETES_VERSIONS) {
      const old = version === "1.25" ? NEWER.map((it) => `${it.replaceAll("/", "_")}.yaml`) : [];
      const names = Object.keys(files).filter((it) => !old.includes(it));
      const { code, text } = await runProgram(validate, ["-k", version, "--strict", ...names], { cwd });
      const others = text.trim().split("\n").filter((line) => !line.startsWith("INFO "));
      assert.deepEqual(others, [], `Kubernetes ${version}`);
      assert.equal(code, 0, text);
    }
  });
});

await check("a manifest with a field that there is not does not fit", [
  "kubernetes-validate",
], async (validate) => {
  const wrong = { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { selectors: { a: "b" } } };
  await withFiles({ "wrong.yaml": stringify(wrong) }, async (cwd) => {
    const { code, text } = await runProgram(validate, ["-k", "1.37", "--strict", "wrong.yaml"], { cwd });
    assert.equal(code, 1, text);
    assert.match(text, /'selectors' was unexpected/);
  });
});

/** Where a project has the definition of a kind. */
const DEFINITIONS: Readonly<Record<string, readonly ["cert-manager" | "prometheus-operator", string]>> = {
  Certificate: ["cert-manager", "deploy/crds/cert-manager.io_certificates.yaml"],
  Issuer: ["cert-manager", "deploy/crds/cert-manager.io_issuers.yaml"],
  PodMonitor: ["prometheus-operator", "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"],
  PrometheusRule: ["prometheus-operator", "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"],
};

await check("resources of cert-manager and of the Prometheus operator fit those projects' definitions", [
  "kustomize",
  "check-jsonschema",
  "cert-manager",
  "prometheus-operator",
], async (kustomize, validate, certManager, prometheusOperator) => {
  const folders = { "cert-manager": certManager.path, "prometheus-operator": prometheusOperator.path };
  const all = (await builds(kustomize)).flatMap(({ manifests }) => manifests);
  for (const [kind, [project, file]] of Object.entries(DEFINITIONS)) {
    const custom = all.filter((it) => it.kind === kind);
    const [first] = custom;
    if (first === undefined) throw new TypeError(`No manifest has the kind ${kind}`);
    const schema = strictSchema(await Deno.readTextFile(`${folders[project]}/${file}`), first.apiVersion);
    const files = { "schema.json": JSON.stringify(schema), ...Object.fromEntries(custom.map(fileOf)) };
    const names = custom.map((it, index) => fileOf(it, index)[0]);
    await withFiles(files, async (cwd) => {
      const { code, text } = await runProgram(validate, ["--schemafile", "schema.json", ...names], { cwd });
      assert.equal(code, 0, text);
    });
    const wrong = { ...first, spec: { ...first["spec"], bogus: 1 } };
    await withFiles({ "schema.json": JSON.stringify(schema), "wrong.json": JSON.stringify(wrong) }, async (cwd) => {
      const { code, text } = await runProgram(validate, ["--schemafile", "schema.json", "wrong.json"], { cwd });
      assert.ok(code === 1 && text.includes("bogus"), text);
    });
  }
});

function fileOf(manifest: Manifest, index: number): readonly [string, string] {
  return [`${index}.json`, JSON.stringify(manifest)];
}

// deno-lint-ignore no-explicit-any -- a schema
type Schema = any;

/** The schema of a definition's version, with no other fields than it names. */
function strictSchema(definition: string, apiVersion: string): Schema {
  const version = parse(definition).spec.versions.find((it: Schema) => apiVersion.endsWith(`/${it.name}`));
  assert.ok(version?.served, apiVersion);
  const schema = closed(version.schema.openAPIV3Schema);
  return { ...schema, properties: { ...schema.properties, metadata: { type: "object" } } };
}

/** Closes every object of a schema that names its fields, as an API server does with strict fields. */
function closed(schema: Schema): Schema {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  // Go has flags within a pattern, which others have not; the real API server judges those.
  if (typeof inside["pattern"] === "string" && inside["pattern"].includes("(?")) delete inside["pattern"];
  const isOpen = schema.properties === undefined || schema["x-kubernetes-preserve-unknown-fields"] === true;
  return isOpen ? inside : { additionalProperties: false, ...inside };
}
