/**
 * Finds the value of every setting: defaults, then the file, then `-p key:value`, then `-a`, the last one wins. Reads
 * one file, through the function it is given, and nothing else; the files that settings name are not opened here. A
 * value that loses is not checked. Unknown keys are no error, because deployed files carry keys of older and other
 * programs, unless a setting seems to be meant.
 * @module
 */

import { posix } from "node:path";
import { type FoundValues, takeDocument, takeOverride } from "./_found_values.ts";
import { ConfigError, shown, unusable } from "./config_error.ts";
import { parseDocument } from "./document.ts";
import { type FileTextOptions, readFileText } from "./file_text.ts";
import { type SettingKey, SETTINGS, type Settings, type SettingValue } from "./settings.ts";
import { substitute } from "./substitute.ts";

/** What is read besides the file, and through what. */
export interface ReadSettingsOptions {
  /** Texts of the form `key:value`, later ones win; a list is written with commas. */
  readonly overrides?: readonly string[];
  /** What `-a` says; wins over everything. */
  readonly addr?: string | undefined;
  /** The value of an environment variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Reads a file; rejects one that is longer than so many bytes. @default {readFileText} */
  readonly readText?: (file: string, options: FileTextOptions) => Promise<string>;
}

/** Settings, and what deserves a line in the log now that they hold. */
export interface SettingsRead {
  /** All of them, checked. */
  readonly settings: Settings;
  /** One line each. */
  readonly warnings: readonly string[];
}

/**
 * The settings that `file` and the options stand for.
 * @throws {ConfigError} when the file cannot be read or parsed, a value is not allowed, or a required one is missing.
 */
export async function readSettings(
  file: string,
  options: ReadSettingsOptions,
): Promise<SettingsRead> {
  const { overrides = [], addr, env, readText = readFileText } = options;
  const text = await readText(file, { maxBytes: MAX_CONFIG_BYTES }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `Cannot read configuration file ${JSON.stringify(file)}: ${reason}`,
      { cause: error },
    );
  });
  const document = parseDocument(substitute(text, { file, env }), { file });

  const found: FoundValues = new Map();
  const unknown = [
    ...takeDocument(document, { prefix: "", file, found }),
    ...overrides.flatMap((override) => takeOverride(override, found)),
  ];
  if (addr !== undefined) found.set("addr", { raw: addr, source: "-a" });
  checkEmptied(found, () => substitute(text, { file, env, emptyAs: EMPTY_MARK }), file);

  const settings = settle(found, { file, isEmpty: Object.keys(document).length === 0 });
  return { settings, warnings: warningsOf(settings, { unknown, found }) };
}

/** Unless the review interval is longer. */
const STALE_AFTER_MS = 1_800_000;

/** The longest file of settings that is read, in bytes. It is a page or two. */
export const MAX_CONFIG_BYTES = 2 ** 20;

/** Unknown keys that a warning names. */
const MAX_UNKNOWN_SHOWN = 20;

/** Stands for what is empty; of no use in a file. */
const EMPTY_MARK = "\uE000";

/**
 * Refuses a list of names that is empty only because a variable in it is: `[]` in a file means that there is no limit,
 * and nobody has written that.
 *
 * @param marked Gives the text of the file with a mark for each variable that is empty.
 */
function checkEmptied(found: FoundValues, marked: () => string, file: string): void {
  for (const key of ["allowed-namespaces", "tls.allowed-names"] as const) {
    const { raw, source } = found.get(key) ?? {};
    if (!Array.isArray(raw) || raw.length > 0 || source === "-p") continue;
    const text = marked();
    if (!text.includes(EMPTY_MARK)) return;
    const again: FoundValues = new Map();
    takeDocument(parseDocument(text, { file }), { prefix: "", file, found: again });
    const { raw: written } = again.get(key) ?? {};
    if (!Array.isArray(written) || written.length > 0) {
      throw unusable({ file }, `${key} is empty since a variable in it is, expected ${SETTINGS[key].kind.allowed}`);
    }
  }
}

/** The file that values come from. */
interface SettingsFile {
  readonly file: string;
  /** Whether nothing stands in it. */
  readonly isEmpty: boolean;
}

function settle(found: FoundValues, { file, isEmpty }: SettingsFile): Settings {
  /** The value of a key that may be missing. */
  function optional<K extends SettingKey>(key: K): SettingValue<K> | undefined {
    const { kind, fallback } = SETTINGS[key];
    const { raw, source } = found.get(key) ??
      { raw: fallback, source: { file } };
    if (raw === undefined) return undefined;
    const value = kind.parse(raw);
    if (value === undefined) {
      throw unusable(
        source,
        `${key} is ${shown(raw)}, expected ${kind.allowed}`,
      );
    }
    return value as SettingValue<K>;
  }

  /** The value of a key that has a default, or is known to be set. */
  function required<K extends SettingKey>(key: K): SettingValue<K> {
    const value = optional(key);
    if (value === undefined) throw unusable({ file }, `${key} is missing`);
    return value;
  }

  const mode = required("authorization.mode");
  const clientAuth = required("tls.client-auth");
  if (clientAuth === "none" && mode !== "token") {
    const { source } = found.get("tls.client-auth") ?? { source: { file } };
    throw unusable(
      source,
      `tls.client-auth is "none", expected require-and-verify unless authorization.mode is token`,
    );
  }
  const files: SettingKey[] = ["tls.cert-file", "tls.key-file"];
  if (clientAuth !== "none") files.push("tls.ca-file");
  const missing = files.filter((key) => !found.has(key));
  if (missing.length > 0) {
    throw unusable(
      { file },
      `${isEmpty ? "it is empty, " : ""}${missing.join(", ")} missing, expected the path of a PEM file each`,
    );
  }

  const containerLogsDir = required("container-logs-dir");
  const caFile = optional("tls.ca-file");
  const metricsAddr = optional("metrics.addr");
  const reviewMs = required("authorization.review-interval");
  return {
    addr: required("addr"),
    containerLogsDir,
    logRoots: optional("log-roots") ??
      [
        containerLogsDir,
        posix.join(posix.dirname(containerLogsDir), "pods"),
        "/var/lib/docker/containers",
      ],
    logging: {
      enabled: required("logging.enabled"),
      level: required("logging.level"),
      format: required("logging.format"),
    },
    metrics: metricsAddr === undefined ? {} : { addr: metricsAddr },
    tls: {
      certFile: required("tls.cert-file"),
      keyFile: required("tls.key-file"),
      ...(caFile === undefined ? {} : { caFile }),
      allowedNames: required("tls.allowed-names"),
      clientAuth,
    },
    authorization: { mode },
    allowedNamespaces: required("allowed-namespaces"),
    history: required("history"),
    reviewMs,
    staleAfterMs: staleAfter(optional("authorization.stale-after"), { reviewMs, found, file }),
    limits: limitsOf(required),
    shutdownGraceMs: required("shutdown-grace"),
  };
}

/** A review that is stale before the next one is due would end every stream. */
function staleAfter(
  givenMs: number | undefined,
  { reviewMs, found, file }: { readonly reviewMs: number; readonly found: FoundValues; readonly file: string },
): number {
  const ms = givenMs ?? Math.max(reviewMs, STALE_AFTER_MS);
  if (ms >= reviewMs) return ms;
  const key = "authorization.stale-after";
  const { raw, source } = found.get(key) ?? { source: { file } };
  throw unusable(source, `${key} is ${shown(raw)}, expected no less than authorization.review-interval`);
}

/** The value of a key that has a default. */
type RequiredValue = <K extends SettingKey>(key: K) => SettingValue<K>;

function limitsOf(required: RequiredValue): Settings["limits"] {
  return {
    streamsPerIdentity: required("limits.streams-per-identity"),
    bytesInFlight: required("limits.bytes-in-flight"),
    stalledStreamMs: required("limits.stalled-stream"),
    maxConnections: required("limits.connections"),
    maxConnectionsPerPeer: required("limits.connections-per-peer"),
    handshakeMs: required("limits.handshake-time"),
    connectionIdleMs: required("limits.connection-idle"),
    connectionAgeMs: required("limits.connection-age"),
    requestMs: required("limits.request-time"),
    maxUnfinishedRequests: required("limits.unfinished-requests"),
    maxStreamsPerConnection: required("limits.streams-per-connection"),
    maxMetadataBytes: required("limits.metadata-size"),
  };
}

function warningsOf(
  settings: Settings,
  { unknown, found }: {
    unknown: readonly string[];
    found: FoundValues;
  },
): string[] {
  const warnings: string[] = [];
  if (unknown.length > 0) {
    const more = unknown.length - MAX_UNKNOWN_SHOWN;
    const shownKeys = [...unknown.slice(0, MAX_UNKNOWN_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])];
    warnings.push(`Ignoring unknown configuration keys: ${shownKeys.join(", ")}`);
  }
  const format = found.get("logging.format")?.raw;
  if (format !== undefined && format !== settings.logging.format) {
    warnings.push(
      `Logging as json: logging.format is ${shown(format)}, expected json or pretty`,
    );
  }
  if (
    settings.authorization.mode === "proxy" &&
    settings.tls.allowedNames.length === 0
  ) {
    warnings.push(
      "Any client with a verified certificate may forward identities: tls.allowed-names is empty",
    );
  }
  return warnings;
}
