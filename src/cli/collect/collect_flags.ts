/**
 * The words behind the name of the collector. The names of the flags that the original collector has are its own.
 *
 * @module
 */
import { FlagError, type HelpAsked, readWords, single, type UsageError, type VersionAsked } from "../usage.ts";

/** Where events can go. */
export const SINKS = ["jsonl", "reducer", "grpc"] as const;

/** The name of a sink. */
export type SinkName = typeof SINKS[number];

/** What to collect, and where to. What is absent was not said. */
export interface CollectCommand {
  /** Tells the commands apart. */
  readonly kind: "collect";
  /** Collect; run recorded traces; or print the settings. */
  readonly mode: "run" | "replay" | "print-config";
  /** Where events go. */
  readonly sink: SinkName | undefined;
  /** The reducer's host. */
  readonly intakeHost: string | undefined;
  /** The reducer's port. */
  readonly intakePort: string | undefined;
  /** The address of the relay that speaks gRPC. */
  readonly serverAddress: string | undefined;
  /** Seconds for which deletes are held back. */
  readonly deleteTtlSecs: string | undefined;
  /** How many deletes are held back. */
  readonly deleteCapacity: string | undefined;
  /** How serious the log lines are that are written. */
  readonly logLevel: string | undefined;
  /** The plain-HTTP address of metrics and probes. */
  readonly metricsAddr: string | undefined;
  /** Whether events come from a synthetic source instead of a cluster. */
  readonly localTest: boolean;
  /** The file of traces, or `-` for standard input; only for `replay`. */
  readonly traces: string;
  /** Whether traces are run with the original's faults. */
  readonly parity: boolean;
}

/** What `--help` prints. */
export const COLLECT_HELP =
  `Tells which pod and which workload is behind a container: watches Pods, ReplicaSets and Jobs, and sends what they come to.

Usage: cluster-collector [OPTIONS]

Options:
  --sink <SINK>              jsonl: lines of JSON on standard output; reducer: OpenTelemetry's network reducer over TCP;
                             grpc: a k8s-relay of versions 0.10 and 0.11 [default: the one whose
                             address is said, else jsonl]
  --intake-host <HOST>       The reducer's host [default: 127.0.0.1]
  --intake-port <PORT>       The reducer's port [default: 8000]
  --server-address <ADDR>    The relay's address [default: localhost:8712]
  --delete-ttl-secs <SECS>   For how long deletes are held back [default: 60]
  --delete-capacity <COUNT>  How many deletes are held back, of each kind [default: 10000]
  --log-level <LEVEL>        error, warn, info, debug or trace; lines go to standard error [default: info]
  --metrics-addr <ADDR>      Serve /metrics, /livez and /readyz there by plain HTTP, as :9464 [default: nowhere]
  --local-test               Make up pods instead of asking an API server
  --print-config             Print the settings and end
  --replay <FILE>            Run recorded traces ("-": standard input), print them with our events, and end
  --parity                   With --replay: with the faults of the original collector
  --help                     Print this help
  --version                  Print the version

Environment, which wins over flags: EBPF_NET_INTAKE_HOST, EBPF_NET_INTAKE_PORT, K8S_COLLECTOR_DELETE_TTL_SECS,
K8S_COLLECTOR_DELETE_CAPACITY, K8S_COLLECTOR_HOSTNAME (our name for the reducer), K8S_COLLECTOR_METRICS_ADDR, RUST_LOG
(a level), and
EBPF_NET_MAJOR_VERSION, EBPF_NET_MINOR_VERSION, EBPF_NET_PATCH_VERSION (the version to be taken for, 0.11.0).
`;

const text = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

const OPTIONS = {
  sink: text,
  "intake-host": text,
  "intake-port": text,
  "server-address": text,
  "delete-ttl-secs": text,
  "delete-capacity": text,
  "log-level": text,
  "metrics-addr": text,
  "local-test": flag,
  "print-config": flag,
  replay: text,
  parity: flag,
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

/** Reads the words behind the collector's name. */
export function parseCollect(words: readonly string[]): CollectCommand | HelpAsked | VersionAsked | UsageError {
  return readWords(words, OPTIONS, ({ values, positionals }): CollectCommand | HelpAsked | VersionAsked => {
    if (values.help) return { kind: "help", text: COLLECT_HELP };
    if (values.version) return { kind: "version" };
    const [word] = positionals;
    if (word !== undefined) throw new FlagError(`Cannot take ${JSON.stringify(word)}: collect has only options`);
    const traces = single("replay", values.replay);
    const modes = [
      ...(traces === undefined ? [] : ["replay"] as const),
      ...(values["print-config"] ? ["print-config"] as const : []),
    ];
    if (modes.length > 1) throw new FlagError(`Cannot do both: --${modes[0]} and --${modes[1]}`);
    if (values.parity && traces === undefined) throw new FlagError("--parity is only for --replay");
    return {
      kind: "collect",
      mode: modes[0] ?? "run",
      sink: sinkName(single("sink", values.sink)),
      intakeHost: single("intake-host", values["intake-host"]),
      intakePort: single("intake-port", values["intake-port"]),
      serverAddress: single("server-address", values["server-address"]),
      deleteTtlSecs: single("delete-ttl-secs", values["delete-ttl-secs"]),
      deleteCapacity: single("delete-capacity", values["delete-capacity"]),
      logLevel: single("log-level", values["log-level"]),
      metricsAddr: single("metrics-addr", values["metrics-addr"]),
      localTest: values["local-test"] ?? false,
      traces: traces ?? "",
      parity: values.parity ?? false,
    };
  });
}

function sinkName(name: string | undefined): SinkName | undefined {
  if (name === undefined) return undefined;
  const known = SINKS.find((sink) => sink === name);
  if (known === undefined) {
    throw new FlagError(`Cannot use --sink: wanted ${SINKS.join(", ")}, got ${JSON.stringify(name)}`);
  }
  return known;
}
