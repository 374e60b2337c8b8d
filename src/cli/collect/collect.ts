/**
 * The collector, put together from its rooms.
 *
 * @module
 */
import { clusterSource, collect as collectPods, type Source } from "../../collector/collect.ts";
import { syntheticSource } from "../../collector/synthetic_source.ts";
import type { PodTableSizes } from "../../collector/pod_table.ts";
import { createKubeClient } from "../../kube/api_client.ts";
import { loadKubeConfig } from "../../kube/config.ts";
import type { KubeConfig } from "../../kube/credentials.ts";
import { KubeConfigError } from "../../kube/errors.ts";
import { onOtherSignals } from "../../lifecycle/other_signals.ts";
import { checkRuntimeOptions, RuntimeOptionError } from "../../lifecycle/runtime_options.ts";
import { onShutdownSignal } from "../../lifecycle/shutdown.ts";
import { onUnhandled } from "../../lifecycle/unhandled.ts";
import { createMetrics, type Metrics } from "../../telemetry/metrics.ts";
import { MetricsAddressError } from "../../telemetry/metrics_server.ts";
import { createLogger, type Logger } from "../../telemetry/log.ts";
import { stdoutWriter } from "../../telemetry/stdout.ts";
import { writeError } from "../../telemetry/write_whole.ts";
import { openMetricsAddress } from "../metrics_address.ts";
import { noteWhenReached, Readiness } from "../readiness.ts";
import { createCollectSink } from "./collect_sink.ts";
import type { CollectCommand } from "./collect_flags.ts";
import { CollectSettingError, type CollectSettings, readCollectSettings } from "./collect_settings.ts";
import { print } from "./print.ts";
import { replay, ReplayError } from "./replay.ts";

/** How long what is on its way may take when the process is told to end. */
const SHUTDOWN_GRACE_MS = 2_000;
/** How often the log tells how much there is. */
const REPORT_MS = 60_000;

/** Errors whose message says all that an operator needs. */
const EXPECTED = [CollectSettingError, KubeConfigError, MetricsAddressError, ReplayError, RuntimeOptionError];

/** Does what the command says; gives the exit code, or never ends. */
export async function collect(command: CollectCommand): Promise<number> {
  try {
    if (command.mode === "replay") {
      await replay({ ...command, print });
      return 0;
    }
    const settings = readCollectSettings(command, { env: (name) => Deno.env.get(name), osHostname });
    if (command.mode === "print-config") print(`${JSON.stringify(settings, undefined, 2)}\n`);
    else await run(command, settings);
    return 0;
  } catch (error) {
    // Whoever reads has seen enough, as `head` has.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    const expected = EXPECTED.some((errorClass) => error instanceof errorClass);
    const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
    writeError(`Error: ${text}\n`);
    return 1;
  }
}

async function run(command: CollectCommand, settings: CollectSettings): Promise<void> {
  checkRuntimeOptions();
  const metrics = createMetrics("collector");
  const write = stdoutWriter({
    out: Deno.stderr,
    onLost: () => metrics.add("log_lines_lost_total"),
  });
  const log = createLogger({ level: settings.logLevel, write });
  const stop = new AbortController();
  const readiness = new Readiness({ work: "collect" });
  const ended = Promise.withResolvers<void>();
  using _signals = onShutdownSignal({
    drain: drainOf({ readiness, stop, ended: ended.promise }),
    graceMs: SHUTDOWN_GRACE_MS,
    report: (level, message) => log[level](message),
  });
  let sizes: (() => PodTableSizes) | undefined;
  using _otherSignals = onOtherSignals({
    report: (message) => log.warn(message),
    hangupNote: "settings are read at the start only",
  });
  const report = (): void => log.info("Collected", { ...sizes?.(), ...metrics.snapshot() });
  using _unhandled = onUnhandled({
    report: (error, origin) => log.error(`Unhandled ${origin}`, { error: String(error) }),
  });
  const reports = setInterval(report, REPORT_MS);
  try {
    const parts = { log, metrics };
    const [source, sink] = [await sourceOf(command, parts), await createCollectSink(settings, parts)];
    await using _address = await openAddress(settings, { ...parts, readiness, kube: source.kube, signal: stop.signal });
    log.info("Starting cluster-collector", { sink: settings.sink, source: source.name });
    await collectPods({
      ...settings,
      source: source.source,
      sink,
      onEvent: () => metrics.add("pod_events_total"),
      onStart: (ask) => {
        sizes = ask;
        collectSizes(metrics, ask);
        readiness.begin();
      },
      signal: stop.signal,
    });
    report();
  } finally {
    clearInterval(reports);
    ended.resolve();
  }
}

/** What the address of metrics needs beside its setting. */
interface AddressParts extends Parts {
  readonly readiness: Readiness;
  /** The API server; undefined where pods are synthetic. */
  readonly kube: KubeConfig | undefined;
  readonly signal: AbortSignal;
}

/** Opens the address of metrics, where there is one. */
async function openAddress({ metricsAddr }: CollectSettings, parts: AddressParts): Promise<AsyncDisposable> {
  const { readiness, kube, log, signal } = parts;
  if (metricsAddr === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const address = await openMetricsAddress(metricsAddr, parts);
  if (kube === undefined) readiness.noteReached();
  else void noteWhenReached(readiness, kube, { log, signal });
  return address;
}

/** Has the sizes of the table read when somebody asks for the metrics. */
function collectSizes(metrics: Metrics, ask: () => PodTableSizes): void {
  metrics.collect("objects", () => ask().pods, { kind: "pods" });
  metrics.collect("objects", () => ask().owners, { kind: "owners" });
  metrics.collect("objects", () => ask().waitingPods, { kind: "waiting_pods" });
  metrics.collect("objects", () => ask().awaitedOwners, { kind: "awaited_owners" });
  metrics.collect("objects", () => ask().heldDeletes, { kind: "held_deletes" });
}

interface Parts {
  readonly log: Logger;
  readonly metrics: Metrics;
}

async function sourceOf(
  { localTest }: CollectCommand,
  { log, metrics }: Parts,
): Promise<{ readonly name: string; readonly source: Source; readonly kube?: KubeConfig }> {
  if (localTest) return { name: "made up", source: syntheticSource() };
  const kube = await loadKubeConfig({ env: (name) => Deno.env.get(name), onSkip: (notice) => log.warn(notice) });
  const source = clusterSource({
    client: createKubeClient(kube),
    onRetry: (notice) => {
      metrics.add("kube_troubles_total");
      log.warn(notice);
    },
    onSkip: () => metrics.add("objects_skipped_total"),
  });
  return { name: kube.source, source, kube };
}

function osHostname(): string {
  try {
    return Deno.hostname();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return "localhost";
    throw error;
  }
}

/** What is drained. */
export interface DrainParts {
  /** What `/readyz` tells. */
  readonly readiness: Readiness;
  /** Ends the work. */
  readonly stop: AbortController;
  /** Resolves when the work has ended. */
  readonly ended: Promise<void>;
}

/** Returns what a signal to stop does: from then on the program is not ready, and its work ends. */
export function drainOf({ readiness, stop, ended }: DrainParts): () => Promise<void> {
  return () => {
    readiness.drain();
    stop.abort();
    return ended;
  };
}
