/**
 * The settings of a collector: what the environment says, then what the flags say, then what is usual.
 *
 * @module
 */
import { type Address, parseAddress } from "../../config/address.ts";
import type { LogLevel } from "../../telemetry/log.ts";
import type { CollectCommand, SinkName } from "./collect_flags.ts";

/** A setting cannot be used. */
export class CollectSettingError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "CollectSettingError";
}

/** Everything that a collector is told. */
export interface CollectSettings {
  /** Where events go. */
  readonly sink: SinkName;
  /** The reducer's host, a name or an address. */
  readonly intakeHost: string;
  /** The reducer's port. */
  readonly intakePort: number;
  /** The relay's address. */
  readonly serverAddress: string;
  /** For how long deletes are held back. */
  readonly deleteTtlMs: number;
  /** How many deletes are held back, of each kind. */
  readonly deleteCapacity: number;
  /** Our name for the reducer. */
  readonly hostname: string;
  /** Which version we are taken for. */
  readonly version: { readonly major: number; readonly minor: number; readonly patch: number };
  /** How serious the log lines are that are written. */
  readonly logLevel: LogLevel;
  /** Where metrics and probes are served; without it, nowhere. */
  readonly metricsAddr?: Address;
}

/** What is asked beside the flags. */
export interface CollectSettingsOptions {
  /** Reads the environment. */
  readonly env: (name: string) => string | undefined;
  /** The name of this host by the operating system; only asked when nothing else says it. */
  readonly osHostname: () => string;
}

const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

/** Puts the settings together. Throws a {@linkcode CollectSettingError} for a value that cannot be used. */
export function readCollectSettings(command: CollectCommand, options: CollectSettingsOptions): CollectSettings {
  const env = (name: string): string | undefined => options.env(name) || undefined;
  const { sink, intakeHost, intakePort, serverAddress, deleteTtlSecs, deleteCapacity, logLevel, metricsAddr } = command;
  const host = env("EBPF_NET_INTAKE_HOST") ?? intakeHost;
  const number = (name: string, { flag, given, fallback, max = Number.MAX_SAFE_INTEGER }: NumberSetting): number => {
    const fromEnv = env(name);
    const text = fromEnv ?? given;
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= max) return value;
    throw new CollectSettingError(
      `Cannot use ${fromEnv === undefined ? flag : name}: wanted a whole number from 0 to ${max}, got ${
        JSON.stringify(text)
      }`,
    );
  };
  const versionPart = (part: string, fallback: number): number =>
    number(`EBPF_NET_${part}_VERSION`, { fallback, max: 0xffff_ffff });
  return {
    sink: sink ?? fallbackSink({ reducer: host ?? env("EBPF_NET_INTAKE_PORT") ?? intakePort, relay: serverAddress }),
    intakeHost: host ?? "127.0.0.1",
    intakePort: number("EBPF_NET_INTAKE_PORT", {
      flag: "--intake-port",
      given: intakePort,
      fallback: 8_000,
      max: 65_535,
    }),
    serverAddress: serverAddress ?? "localhost:8712",
    deleteTtlMs: 1_000 *
      number("K8S_COLLECTOR_DELETE_TTL_SECS", { flag: "--delete-ttl-secs", given: deleteTtlSecs, fallback: 60 }),
    deleteCapacity: number("K8S_COLLECTOR_DELETE_CAPACITY", {
      flag: "--delete-capacity",
      given: deleteCapacity,
      fallback: 10_000,
    }),
    // Container runtimes set HOSTNAME to the pod's name.
    hostname: env("K8S_COLLECTOR_HOSTNAME") ?? env("HOSTNAME") ?? options.osHostname(),
    version: { major: versionPart("MAJOR", 0), minor: versionPart("MINOR", 11), patch: versionPart("PATCH", 0) },
    logLevel: level({ env: env("RUST_LOG"), flag: logLevel }),
    ...addressOf({ env: env("K8S_COLLECTOR_METRICS_ADDR"), flag: metricsAddr }),
  };
}

/** The address of metrics, where one is said. */
function addressOf({ env, flag }: {
  readonly env: string | undefined;
  readonly flag: string | undefined;
}): Pick<CollectSettings, "metricsAddr"> {
  const text = env ?? flag;
  if (text === undefined) return {};
  const metricsAddr = parseAddress(text);
  if (metricsAddr !== undefined) return { metricsAddr };
  const name = env === undefined ? "--metrics-addr" : "K8S_COLLECTOR_METRICS_ADDR";
  throw new CollectSettingError(
    `Cannot use ${name}: wanted IP:PORT, HOST:PORT or :PORT, got ${JSON.stringify(text)}`,
  );
}

/** A number that a flag or the environment may say. */
interface NumberSetting {
  /** The flag, for messages. */
  readonly flag?: string;
  /** What the flag says. */
  readonly given?: string | undefined;
  /** What holds where nothing is said. */
  readonly fallback: number;
  /** The largest that can be used. */
  readonly max?: number;
}

/** Whose address is said gets the events. */
function fallbackSink(
  { reducer, relay }: { readonly reducer: string | undefined; readonly relay: string | undefined },
): SinkName {
  if (reducer !== undefined) return "reducer";
  return relay === undefined ? "jsonl" : "grpc";
}

/**
 * The level. The variable is the original's, and may hold more than one word, as in `warn,k8s_collector=debug`: what it
 * says of the collector counts, then what it says of everything. Words about other parts of the original have no
 * meaning.
 */
function level({ env, flag }: { readonly env: string | undefined; readonly flag: string | undefined }): LogLevel {
  if (env !== undefined) {
    const words = env.split(",").map((word) => word.trim()).filter((word) => word !== "");
    const ours = words.findLast((word) => word.startsWith("k8s_collector="))?.slice("k8s_collector=".length);
    const bare = words.findLast((word) => !word.includes("="));
    if (ours !== undefined || bare !== undefined) return levelOf("RUST_LOG", ours ?? bare ?? "");
  }
  return flag === undefined ? "info" : levelOf("--log-level", flag);
}

function levelOf(name: string, text: string): LogLevel {
  const found = LEVELS.find((known) => known === text.toLowerCase());
  if (found !== undefined) return found;
  throw new CollectSettingError(`Cannot use ${name}: wanted ${LEVELS.join(", ")}, got ${JSON.stringify(text)}`);
}
