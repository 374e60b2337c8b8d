/**
 * Pods and ReplicaSets as large as real ones, as JSON, made from their numbers.
 *
 * @module
 */

/** How many pods a ReplicaSet has. */
export const PODS_PER_SET = 5;

/** A uid for a number of a kind. */
function uidOf(kind: string, number: number): string {
  return `${kind}${number.toString(16).padStart(6, "0")}-3a7c-4c57-9b1e-5f0d8e6a4b21`;
}

const STAMP = "2026-11-21T08:15:00Z";

/** Cuts a template at its marks, once, and fills it with a pod's own texts. */
function filler(template: unknown): (texts: Readonly<Record<string, string>>) => string {
  const parts = JSON.stringify(template).split(/(@\w+@)/);
  return (texts) => parts.map((part) => part.startsWith("@") ? texts[part] ?? part : part).join("");
}

const managedField = (manager: string): unknown => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: STAMP,
  fieldsType: "FieldsV1",
  fieldsV1: {
    "f:metadata": { "f:labels": { ".": {}, "f:app": {}, "f:pod-template-hash": {} }, "f:ownerReferences": { ".": {} } },
    "f:spec": {
      "f:containers": { 'k:{"name":"app"}': { ".": {}, "f:env": { ".": {} }, "f:image": {}, "f:ports": { ".": {} } } },
      "f:dnsPolicy": {},
      "f:enableServiceLinks": {},
      "f:restartPolicy": {},
      "f:terminationGracePeriodSeconds": {},
    },
  },
});

const container = (name: string): unknown => ({
  name,
  image: `registry.example.com/team/@IMAGE@-${name}:v1.42.0`,
  args: ["--config=/etc/app/config.yaml", "--listen=:8080"],
  env: Array.from(
    { length: 6 },
    (_, index) => ({ name: `SETTING_NUMBER_${index}`, value: `value of setting ${index}` }),
  ),
  resources: { limits: { cpu: "500m", memory: "512Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
  volumeMounts: [{ name: "token", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
  terminationMessagePath: "/dev/termination-log",
  imagePullPolicy: "IfNotPresent",
});

const containerStatus = (name: string): unknown => ({
  name,
  state: { running: { startedAt: STAMP } },
  lastState: {},
  ready: true,
  restartCount: 0,
  image: `registry.example.com/team/@IMAGE@-${name}:v1.42.0`,
  imageID: `registry.example.com/team/@IMAGE@-${name}@sha256:${"4f".repeat(32)}`.replace("-app@", "-app:"),
  containerID: `containerd://${"ab".repeat(25)}@HEX@${name === "app" ? "01" : "02"}`,
  started: true,
});

const fillPod = filler({
  metadata: {
    name: "@NAME@",
    generateName: "@SET@-",
    namespace: "@NAMESPACE@",
    uid: "@UID@",
    resourceVersion: "@VERSION@",
    creationTimestamp: STAMP,
    labels: { app: "@IMAGE@", "pod-template-hash": "5d8f7c9b6d", tier: "backend" },
    annotations: { "prometheus.io/scrape": "true", "note": "padding of the size that real annotations have".repeat(4) },
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "@SET@",
      uid: "@SETUID@",
      controller: true,
      blockOwnerDeletion: true,
    }],
    managedFields: [managedField("kube-controller-manager"), managedField("kubelet")],
  },
  spec: {
    containers: [container("app"), container("proxy")],
    nodeName: "node-1234",
    tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
    serviceAccountName: "default",
  },
  status: {
    phase: "Running",
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: STAMP,
    })),
    hostIP: "192.168.1.17",
    podIP: "@IP@",
    podIPs: [{ ip: "@IP@" }],
    startTime: STAMP,
    containerStatuses: [containerStatus("app"), containerStatus("proxy")],
    qosClass: "Burstable",
  },
});

/** The JSON of a pod: about 4.5 KB. */
export function podJson(number: number, version: number): string {
  const set = Math.floor(number / PODS_PER_SET);
  const name = `service-${set}-5d8f7c9b6d`;
  return fillPod({
    "@NAME@": `${name}-${number.toString(36).padStart(5, "x")}`,
    "@SET@": name,
    "@SETUID@": uidOf("5e", set),
    "@NAMESPACE@": `team-${set % 200}`,
    "@UID@": uidOf("90", number),
    "@VERSION@": String(version),
    "@IMAGE@": `service-${set % 3_000}`,
    "@HEX@": number.toString(16).padStart(12, "0"),
    "@IP@": `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
  });
}

/** The JSON of a ReplicaSet's metadata, as a server sends it that is asked for no more. */
export function setJson(number: number, version: number): string {
  return JSON.stringify({
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: {
      name: `service-${number}-5d8f7c9b6d`,
      namespace: `team-${number % 200}`,
      uid: uidOf("5e", number),
      resourceVersion: String(version),
      labels: { app: `service-${number}`, "pod-template-hash": "5d8f7c9b6d" },
      ownerReferences: [{
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: `service-${number}`,
        uid: uidOf("de", number),
        controller: true,
      }],
      managedFields: [managedField("kube-controller-manager")],
    },
  });
}
