/**
 * The default command: the agent, put together from its rooms.
 *
 * Owns which part gets what; each part's own rules are in its room. Ends the process only through an exit code.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { createAuthorizer } from "../../auth/authorizer.ts";
import { addressText } from "../../config/address.ts";
import { ConfigError } from "../../config/config_error.ts";
import { readSettings } from "../../config/read_settings.ts";
import type { Settings } from "../../config/settings.ts";
import { createReviewer, type Reviewer } from "../../kube/access_review.ts";
import { loadKubeConfig } from "../../kube/config.ts";
import { KubeConfigError } from "../../kube/errors.ts";
import { onOtherSignals } from "../../lifecycle/other_signals.ts";
import { onShutdownSignal } from "../../lifecycle/shutdown.ts";
import { processUser } from "../../lifecycle/process_user.ts";
import { onUnhandled } from "../../lifecycle/unhandled.ts";
import { createLogChanges } from "../../logs/log_changes.ts";
import { LogRootError, resolveRoots } from "../../logs/log_file.ts";
import { createPoller } from "../../scheduling/poller.ts";
import { createBlockPool } from "../../records/scan/block_pool.ts";
import { createWorkerPool } from "../../records/parallel/worker_pool.ts";
import { createLogDirectory, type LogDirectory } from "../../metadata/log_directory.ts";
import { accessAdvice } from "../../rpc/access_advice.ts";
import { principalOf } from "../../rpc/principal.ts";
import { CredentialFileError, readServerCredentials } from "../../rpc/transport/credentials.ts";
import { createFailureReport } from "../../rpc/failure_report.ts";
import { metadataService } from "../../rpc/services/metadata_service.ts";
import { recordsService } from "../../rpc/services/records_service.ts";
import { type AgentServer, createAgentServer, ListenError } from "../../rpc/server.ts";
import { type Counters, createCounters } from "../../telemetry/counters.ts";
import { createLogger, type Logger } from "../../telemetry/log.ts";
import { createLineLimiter } from "../../telemetry/line_limiter.ts";
import { stdoutWriter } from "../../telemetry/stdout.ts";
import type { Command } from "../flags.ts";

/** What the original agent sends where nobody has told it its node's name. */
const NO_NODE_NAME = "Env variable not set";

/** Errors whose message says all that an operator needs. */
const EXPECTED = [ConfigError, CredentialFileError, KubeConfigError, ListenError, LogRootError, Deno.errors.NotCapable];

/** Whether an error that kept the agent from starting needs no stack to be understood. */
export function isExpected(error: unknown): boolean {
  return EXPECTED.some((errorClass) => error instanceof errorClass);
}

/** Starts the agent; resolves when it listens. It ends by a signal. */
export async function serve(command: Extract<Command, { kind: "serve" }>): Promise<void> {
  const env = (name: string): string | undefined => Deno.env.get(name);
  const { settings, warnings } = await readSettings(command.config, {
    overrides: command.params,
    addr: command.addr,
    env,
    readText: (file) => Deno.readTextFile(file),
  });
  const counters = createCounters();
  const write = stdoutWriter({ onLost: () => counters.add("log_lines_lost") });
  const log = createLogger({ ...settings.logging, write });
  // Before anything that can take long: a pod that is deleted while it starts ends at once and in order, too.
  let server: AgentServer | undefined = undefined;
  onShutdownSignal({
    drain: async (options) => {
      await server?.drain(options);
      log.info("Counted since the start", counters.snapshot());
    },
    graceMs: settings.shutdownGraceMs,
    report: (level, message) => log[level](message),
  });
  onOtherSignals({ report: (message) => log.warn(message) });
  onUnhandled({ report: (error, origin) => log.error(`Unhandled ${origin}`, { error: described(error) }) });
  for (const warning of warnings) log.warn(warning);

  server = await agentServer(settings, { env, log, counters });
  const port = await server.listen(settings.addr);
  log.info(`Starting cluster-agent on ${addressText({ ...settings.addr, port })}`);
}

async function agentServer(
  settings: Settings,
  options: {
    readonly env: (name: string) => string | undefined;
    readonly log: Logger;
    readonly counters: Counters;
  },
): Promise<AgentServer> {
  const { env, log, counters } = options;
  const { tls, authorization } = settings;
  const kube = await loadKubeConfig({ env, onSkip: (notice) => log.warn(notice) });
  const credentials = await readServerCredentials({
    ...tls,
    clientAuth: tls.clientAuth === "none" ? "none" : "require",
  });
  const nodeName = env("NODE_NAME");
  if (nodeName === undefined) log.warn(`NODE_NAME is not set: logs are listed with node name "${NO_NODE_NAME}"`);

  // A log that is left out stays so for days, and is met by every list.
  const leftOut = createLineLimiter({ periodMs: 3_600_000, maxPerKind: 1_000 });
  const onceAMinute = createLineLimiter();
  const runsAs = processUser();
  const folders = { containerLogsDir: settings.containerLogsDir, roots: resolveRoots(settings.logRoots) };
  const directory = createLogDirectory(folders);
  const poller = createPoller();
  void prefetch(directory, log);
  const parts = {
    callerOf: principalOf({ mode: authorization.mode, allowedNames: tls.allowedNames }),
    authorizer: createAuthorizer({
      reviewer: counted(createReviewer(kube), counters),
      allowedNamespaces: settings.allowedNamespaces,
    }),
    counters,
    reviewMs: settings.reviewMs,
  };
  const failures = createFailureReport({
    log,
    limiter: createLineLimiter(),
    counters,
    callerOf: parts.callerOf,
    runsAs,
  });
  return createAgentServer({
    credentials,
    services: [
      metadataService({
        ...parts,
        directory,
        poller: poller,
        nodeName: nodeName ?? NO_NODE_NAME,
        onSkip: (fileName, reason) => {
          if (leftOut({ kind: "list", what: `${fileName} ${reason}` }) === undefined) return;
          log.warn("Left a log out", { file: fileName, reason, ...accessAdvice(reason, { runsAs }) });
        },
      }),
      recordsService({
        ...parts,
        folders,
        pool: createBlockPool(),
        workers: createWorkerPool({ onProblem: (message) => log.warn(message) }),
        history: settings.history,
        onGap: (file, reason) => {
          if (onceAMinute({ kind: "gap", who: file, what: reason }) === undefined) return;
          log.warn("Log is not whole", { file, reason, ...accessAdvice(reason, { runsAs }) });
        },
        onProblem: (file, reason) => {
          if (onceAMinute({ kind: "follow", who: file, what: reason }) === undefined) return;
          log.warn("Problem with a followed log", { file, reason, ...accessAdvice(reason, { runsAs }) });
        },
        changes: createLogChanges({
          roots: folders.roots,
          poller,
          seenAt: directory.seenAt,
          onProblem: (message) => log.warn(message),
        }),
      }),
    ],
    report: failures.call,
    onTlsFailure: failures.tls,
    onCut: failures.cut,
  });
}

/** After this, the link of the agent's own container is no longer news, and the folder's names are known until it changes. */
const LOOK_AGAIN_MS = 2_500;

/** Finds out where each link leads before somebody asks for a list: it takes as long as all the rest of that. */
async function prefetch(directory: LogDirectory, log: Logger): Promise<void> {
  const { signal } = new AbortController();
  // What is left out is told to those who ask.
  const look = (): Promise<number> => directory.scan({ includes: () => true, onLog: () => {}, signal });
  try {
    await look();
    await setTimeout(LOOK_AGAIN_MS, undefined, { ref: false });
    await look();
  } catch (error) {
    log.warn("Cannot look at the logs", { error: reasons(error) });
  }
}

/** The reviewer, with each review counted. */
function counted(reviewer: Reviewer, counters: Counters): Reviewer {
  return {
    review: (subject, asked) => {
      counters.add("reviews");
      return reviewer.review(subject, asked);
    },
  };
}

/** An error's message and those of its causes. */
function reasons(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasons(error.cause)}`;
}

function described(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
