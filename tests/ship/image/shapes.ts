/**
 * The pods that the image is made for, as their manifests write them: Kubetail's Helm chart, its end-to-end tests, its
 * Tilt setup, and the project's own.
 *
 * @module
 */
import type { ContainerShape } from "./container.ts";

/** The namespace of the pods. */
export const NAMESPACE = "kubetail-system";

/** A pod, and what goes with it. */
export interface PodShape {
  /** What the pod says of the container, without mounts. */
  readonly container: ContainerShape;
  /** The text of the configuration file, `/etc/kubetail/config.yaml`. */
  readonly config: string;
  /** Where certificates are mounted: a folder of their own, or beside the configuration. */
  readonly tlsFolder: "/etc/kubetail" | "/etc/kubetail-tls";
  /** The common name of a client that is let in. */
  readonly client: string;
  /** The name of the server. */
  readonly server: string;
  /** Liveness and readiness. */
  readonly probe: "tcp" | "exec" | "http";
  /** Whether it logs JSON. */
  readonly json: boolean;
}

const NODE_NAME = { NODE_NAME: "node-0" };
const SERVER = `kubetail-cluster-agent.${NAMESPACE}.svc`;

/** Of the end-to-end tests, word for word. */
export const EXEC_PROBE: readonly string[] = [
  "/bin/grpc_health_probe",
  "-addr=:50051",
  "-tls",
  "-tls-ca-cert=/etc/kubetail/ca.crt",
  `-tls-server-name=${SERVER}`,
  "-tls-client-cert=/etc/kubetail/tls.crt",
  "-tls-client-key=/etc/kubetail/tls.key",
];

function withoutSecurityContext(format: "json" | "pretty"): string {
  return `addr: :50051
container-logs-dir: /var/log/containers
logging:
  enabled: true
  level: info
  format: ${format}
tls:
  cert-file: /etc/kubetail/tls.crt
  key-file: /etc/kubetail/tls.key
  ca-file: /etc/kubetail/ca.crt
  allowed-names:
    - kubetail-cluster-api.${NAMESPACE}.svc
`;
}

const ARGS = ["--config=/etc/kubetail/config.yaml"];

const e2e: PodShape = {
  // No securityContext: the image's user counts.
  container: { args: ARGS, env: NODE_NAME },
  config: withoutSecurityContext("json"),
  tlsFolder: "/etc/kubetail",
  client: `kubetail-cluster-api.${NAMESPACE}.svc`,
  server: SERVER,
  probe: "exec",
  json: true,
};

const own: PodShape = {
  container: {
    args: ARGS,
    env: NODE_NAME,
    readOnlyRoot: true,
    mayEscalate: false,
    capabilities: [],
    seccomp: true,
  },
  config: `addr: :50051
metrics:
  addr: :9464
tls:
  cert-file: /etc/kubetail-tls/tls.crt
  key-file: /etc/kubetail-tls/tls.key
  ca-file: /etc/kubetail-tls/ca.crt
  allowed-names: [kubetail-cluster-api]
`,
  tlsFolder: "/etc/kubetail-tls",
  client: "kubetail-cluster-api",
  server: SERVER,
  probe: "http",
  json: true,
};

/** The pods by name. */
export const SHAPES = {
  own,
  chart: {
    container: {
      args: ARGS,
      runAs: { uid: 1000, gid: 1000 },
      // fsGroup.
      groups: [0],
      readOnlyRoot: true,
      mayEscalate: false,
      capabilities: ["DAC_READ_SEARCH"],
    },
    config: `addr: :50051
logging:
  enabled: true
  format: json
  level: info
tls:
  allowed-names:
    - kubetail-cluster-api
  ca-file: /etc/kubetail-tls/ca.crt
  cert-file: /etc/kubetail-tls/tls.crt
  key-file: /etc/kubetail-tls/tls.key
`,
    tlsFolder: "/etc/kubetail-tls",
    client: "kubetail-cluster-api",
    server: "kubetail-cluster-agent",
    probe: "tcp",
    json: true,
  },
  e2e,
  tilt: {
    ...e2e,
    container: {
      command: ["/cluster-agent/cluster-agent", "-c", "/etc/kubetail/config.yaml"],
      env: NODE_NAME,
    },
    config: withoutSecurityContext("pretty"),
    json: false,
  },
  /** A pod that may not read the logs. */
  "no-group": { ...own, container: { ...own.container, runAs: { uid: 1000, gid: 1000 } } },
} as const satisfies Readonly<Record<string, PodShape>>;

/** The name of a pod. */
export type ShapeName = keyof typeof SHAPES;
