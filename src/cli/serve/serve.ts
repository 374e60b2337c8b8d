/**
 * The default command: reads the settings, starts the agent, and drains it on a signal.
 *
 * Ends the process only through an exit code.
 *
 * @module
 */
import { addressText } from "../../config/address.ts";
import { ConfigError } from "../../config/config_error.ts";
import { loadKubeConfig } from "../../kube/config.ts";
import { KubeConfigError } from "../../kube/errors.ts";
import { MemoryTrim } from "../../lifecycle/memory_trim.ts";
import { onOtherSignals } from "../../lifecycle/other_signals.ts";
import { checkRuntimeOptions, RuntimeOptionError } from "../../lifecycle/runtime_options.ts";
import { onShutdownSignal } from "../../lifecycle/shutdown.ts";
import { onUnhandled } from "../../lifecycle/unhandled.ts";
import { processIds } from "../../lifecycle/process_user.ts";
import { LogRootError, resolveRoots } from "../../logs/log_file.ts";
import { type AgentServer, ListenError } from "../../rpc/server.ts";
import { CredentialFileError } from "../../rpc/transport/pem.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { MetricsAddressError } from "../../telemetry/metrics_server.ts";
import { createLogger } from "../../telemetry/log.ts";
import { stdoutLines } from "../../telemetry/stdout.ts";
import type { Command } from "../flags.ts";
import { openMetricsAddress } from "../metrics_address.ts";
import { noteWhenReached, Readiness } from "../readiness.ts";
import { createAgent } from "./agent.ts";
import { readConfiguration } from "./configuration.ts";
import { createLogFolderCheck } from "./log_folder_check.ts";
import { warnOfClosedLogs } from "./warn_of_closed_logs.ts";

/** For so long, lines that wait for a reader of stdout keep the process from ending. */
const FLUSH_MS = 500;

/** What SIGHUP, which makes daemons read their files again, has no need to do. */
const HANGUP = "certificates and tls.allowed-names are read again by themselves, other settings at the start only";

/** Errors whose message is all that an operator needs. */
const EXPECTED = [
  ConfigError,
  CredentialFileError,
  KubeConfigError,
  ListenError,
  LogRootError,
  MetricsAddressError,
  RuntimeOptionError,
  Deno.errors.NotCapable,
];

/** Reports whether an error that kept the agent from starting needs no stack to be understood. */
export function isExpected(error: unknown): boolean {
  return EXPECTED.some((errorClass) => error instanceof errorClass);
}

/** Starts the agent; resolves when it listens. It ends by a signal. */
export async function serve(command: Extract<Command, { kind: "serve" }>): Promise<void> {
  checkRuntimeOptions();
  const env = (name: string): string | undefined => Deno.env.get(name);
  const configuration = await readConfiguration(command.config, {
    overrides: command.params,
    addr: command.addr,
    env,
  });
  const { settings, warnings } = configuration;
  const metrics = createMetrics();
  const stdout = stdoutLines({ onLost: () => metrics.add("log_lines_lost_total") });
  const log = createLogger({ ...settings.logging, write: stdout.write, writeMany: stdout.queue });
  // Installed before anything slow, so that a pod that is deleted while it starts ends at once and in order.
  let server: AgentServer | undefined = undefined;
  const folders = { containerLogsDir: settings.containerLogsDir, roots: resolveRoots(settings.logRoots) };
  const readiness = new Readiness({ work: "serve", check: createLogFolderCheck(folders) });
  const stop = new AbortController();
  onShutdownSignal({
    drain: async (options) => {
      readiness.drain();
      stop.abort();
      await server?.drain(options);
      await stdout.flushed({ withinMs: FLUSH_MS });
      log.info("Counted since the start", metrics.snapshot());
    },
    graceMs: settings.shutdownGraceMs,
    report: (level, message) => log[level](message),
  });
  const memory = new MemoryTrim();
  onOtherSignals({
    report: (message) => log.warn(message),
    isOwn: (name) => name === "SIGUSR2" && memory.takeOwn(),
    hangupNote: HANGUP,
  });
  onUnhandled({ report: (error, origin) => log.error(`Unhandled ${origin}`, { error: stackOf(error) }) });
  for (const warning of warnings) log.warn(warning);

  const kube = await loadKubeConfig({ env, onSkip: (notice) => log.warn(notice) });
  if (settings.metrics.addr !== undefined) {
    await openMetricsAddress(settings.metrics.addr, { metrics, readiness, log });
    void noteWhenReached(readiness, kube, { log, signal: stop.signal });
  }
  server = await createAgent(configuration, { env, log, metrics, kube, folders, trim: () => memory.trim() });
  const port = await server.listen(settings.addr);
  readiness.begin();
  log.info(`Starting cluster-agent on ${addressText({ ...settings.addr, port })}`);
  void warnOfClosedLogs(folders, { log, ids: processIds(), signal: stop.signal });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
