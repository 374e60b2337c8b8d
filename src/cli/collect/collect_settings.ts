/**
 * The settings of a collector: what the environment says, then what the flags say, then what is usual.
 *
 * @module
 */
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
  const { sink, intakeHost, intakePort, serverAddress, deleteTtlSecs, deleteCapacity, logLevel } = command;
  const host = env("EBPF_NET_INTAKE_HOST") ?? intakeHost;
  const number = (name: string, flag: string | undefined, usual: number, most = Number.MAX_SAFE_INTEGER): number => {
    const text = env(name) ?? flag;
    if (text === undefined) return usual;
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= most) return value;
    throw new CollectSettingError(
      `Cannot use ${name}: wanted a whole number from 0 to ${most}, got ${JSON.stringify(text)}`,
    );
  };
  const versionPart = (part: string, usual: number): number => number(`EBPF_NET_${part}_VERSION`, undefined, usual);
  return {
    sink: sink ?? (host === undefined ? "jsonl" : "reducer"),
    intakeHost: host ?? "127.0.0.1",
    intakePort: number("EBPF_NET_INTAKE_PORT", intakePort, 8_000, 65_535),
    serverAddress: serverAddress ?? "localhost:8712",
    deleteTtlMs: number("K8S_COLLECTOR_DELETE_TTL_SECS", deleteTtlSecs, 60) * 1_000,
    deleteCapacity: number("K8S_COLLECTOR_DELETE_CAPACITY", deleteCapacity, 10_000),
    // Container runtimes set HOSTNAME to the pod's name.
    hostname: env("K8S_COLLECTOR_HOSTNAME") ?? env("HOSTNAME") ?? options.osHostname(),
    version: { major: versionPart("MAJOR", 0), minor: versionPart("MINOR", 11), patch: versionPart("PATCH", 0) },
    logLevel: level(env("RUST_LOG") ?? logLevel ?? "info"),
  };
}

function level(text: string): LogLevel {
  const found = LEVELS.find((name) => name === text.toLowerCase());
  if (found !== undefined) return found;
  throw new CollectSettingError(`Cannot use log level: wanted ${LEVELS.join(", ")}, got ${JSON.stringify(text)}`);
}
