/**
 * Tells those who run the agent why calls and connections fail: a log line with who asked, for what, and the status
 * code.
 *
 * Owns which failures are worth a line, and what it says. A line holds no token, no pattern and no text of a log. What
 * a caller has chosen is cut here, and escaped where lines are written. A line per cause and minute, see
 * `telemetry/line_limiter.ts`; all are counted.
 *
 * @module
 */

import { status as code } from "@grpc/grpc-js";
import { InvalidMetadataError, ReviewUnavailableError } from "../auth/errors.ts";
import type { Principal } from "../auth/identity.ts";
import { LogNotFoundError } from "../logs/log_file.ts";
import { LogFolderError } from "../metadata/log_directory.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type LogFields, type Logger, shownText } from "../telemetry/log.ts";
import type { LineLimiter } from "../telemetry/line_limiter.ts";
import { accessAdvice } from "./access_advice.ts";
import { ServerShutdownError } from "./call_errors.ts";
import type { PrincipalOf } from "./principal.ts";
import type { ConnectionCut } from "./transport/client_connection.ts";
import type { AgentCall, CallFailure } from "./agent_call.ts";
import type { TlsFailure } from "./transport/tls_failure.ts";

/** Takes failures. */
export interface FailureReport {
  /** A call's. */
  call(failure: CallFailure): void;
  /** That of a connection, in its TLS handshake or after it. */
  tls(failure: TlsFailure): void;
  /** A connection that was cut off. */
  cut(cut: ConnectionCut): void;
}

/** What a report works with. */
export interface FailureReportOptions {
  /** Where lines go. */
  readonly log: Logger;
  /** Which of them are written. */
  readonly limiter: LineLimiter;
  /** What is counted. */
  readonly metrics: Metrics;
  /** Tells who asks. */
  readonly callerOf: PrincipalOf;
  /** Whom the process runs as, for a log that it may not read; unset where that cannot be found out. */
  readonly runsAs?: string | undefined;
}

/** The message of a line, and the reason in it. */
interface FailureLine {
  readonly message: string;
  readonly reason: string;
  readonly advice?: LogFields;
}

/** The report of a server. */
export function createFailureReport(options: FailureReportOptions): FailureReport {
  const { log, limiter, metrics, callerOf, runsAs } = options;

  function tellCall(failure: CallFailure): void {
    const line = lineOf(failure, runsAs);
    if (line === undefined) return;
    metrics.add(line.message === REFUSED ? "calls_refused_total" : "calls_failed_total");
    const { method, status, call } = failure;
    const who = call === undefined ? {} : whoAsks(call, callerOf);
    const what = call === undefined ? {} : whatIsAsked(call.request);
    const heldBack = limiter({
      kind: `${line.message} ${status.code}`,
      who: who.user ?? who.client ?? who.address,
      what: [shownText(line.reason, KEY_REASON_LENGTH), method, what.namespace, what.log].join(" "),
    });
    if (heldBack === undefined) return;
    const level = status.code === code.INTERNAL ? "error" : "warn";
    log[level](line.message, {
      code: code[status.code] ?? status.code,
      method: shownText(method),
      ...who,
      ...what,
      [level === "error" ? "error" : "reason"]: line.reason,
      ...line.advice,
      ...(heldBack > 0 ? { heldBack } : {}),
    });
  }

  function tellTls({ message, address = "unknown", reason, advice }: TlsFailure): void {
    metrics.add("tls_failures_total");
    const heldBack = limiter({ kind: message, who: address, what: reason });
    if (heldBack === undefined) return;
    log.warn(message, {
      address: shownText(address),
      reason: shownText(reason),
      ...(advice === undefined ? {} : { advice }),
      ...(heldBack > 0 ? { heldBack } : {}),
    });
  }

  function tellCut({ cause, peer: { address = "unknown", commonName } }: ConnectionCut): void {
    metrics.add("connections_cut_total");
    const heldBack = limiter({ kind: "connection cut", who: commonName ?? address, what: cause });
    if (heldBack === undefined) return;
    log.warn("Connection cut off", {
      address: shownText(address),
      ...(commonName === undefined ? {} : { client: shownText(commonName) }),
      reason: cause,
      ...(heldBack > 0 ? { heldBack } : {}),
    });
  }

  return { call: tellCall, tls: tellTls, cut: tellCut };
}

const REFUSED = "Call refused";

/** Characters of a reason, which names files and answers of the API server. */
const REASON_LENGTH = 512;

/** Characters of a reason that tell one cause from another. */
const KEY_REASON_LENGTH = 96;

/** What a line says of a failure. Undefined for the caller's own mistakes, such as a pattern that cannot be read. */
function lineOf(failure: CallFailure, runsAs: string | undefined): FailureLine | undefined {
  const { error, status } = failure;
  const reason = shownText(status.details, REASON_LENGTH);
  switch (status.code) {
    case code.UNAUTHENTICATED:
    case code.PERMISSION_DENIED:
      return { message: REFUSED, reason };
    case code.INVALID_ARGUMENT:
      return error instanceof InvalidMetadataError ? { message: REFUSED, reason } : undefined;
    case code.UNAVAILABLE:
      if (error instanceof ServerShutdownError) return undefined;
      if (!(error instanceof ReviewUnavailableError)) return { message: "Call failed", reason };
      return { message: "Cannot put an access review", reason: shownText(reasons(error), REASON_LENGTH) };
    case code.NOT_FOUND:
      return notFound(error, { runsAs, reason });
    case code.DATA_LOSS:
      return { message: "Log not sent whole", reason };
    case code.RESOURCE_EXHAUSTED:
      return { message: "Limit reached", reason };
    case code.INTERNAL:
      return { message: "Call failed", reason: withoutSecrets(described(error), failure.call) };
    default:
      return undefined;
  }
}

/** A log that is not there is the caller's business; one that is there, and that the agent may not open, is not. */
function notFound(
  error: unknown,
  { runsAs, reason }: { readonly runsAs: string | undefined; readonly reason: string },
): FailureLine | undefined {
  if (error instanceof LogFolderError) return { message: "Cannot read the folder of logs", reason };
  if (!(error instanceof LogNotFoundError) || error.cause === undefined) return undefined;
  const cause = shownText(reasons(error.cause), REASON_LENGTH);
  return { message: "Cannot open a log", reason: cause, advice: accessAdvice(error.cause, { runsAs }) };
}

/** Who asks, as far as that is known and believed. */
function whoAsks(
  call: AgentCall<unknown>,
  callerOf: PrincipalOf,
): { readonly user?: string; readonly client?: string; readonly address?: string } {
  const { commonName, address } = call.peer;
  const user = userOf(call, callerOf);
  return {
    ...(user === undefined ? {} : { user: shownText(user) }),
    ...(commonName === undefined ? {} : { client: shownText(commonName) }),
    ...(address === undefined ? {} : { address }),
  };
}

function userOf(call: AgentCall<unknown>, callerOf: PrincipalOf): string | undefined {
  let caller: Principal;
  try {
    caller = callerOf(call);
  } catch {
    // That failure has a line of its own.
    return undefined;
  }
  return caller.kind === "identity" ? caller.identity.user : "bearer of a token";
}

/** Namespaces of a list that a line names. */
const MAX_NAMESPACES = 5;

/** The namespace and log of a request: fields that every request of the log services has under these names. */
function whatIsAsked(request: unknown): { readonly namespace?: string; readonly log?: string } {
  // Of a stream of requests there is no first one.
  const fields = (request ?? {}) as Readonly<Record<string, unknown>>;
  const { namespace, namespaces, pod_name: pod, container_name: container, container_id: id } = fields;
  if (typeof namespace === "string") {
    return { namespace: shownText(namespace), log: [pod, container, id].map((part) => shownText(`${part}`)).join("/") };
  }
  if (!Array.isArray(namespaces)) return {};
  const named = namespaces.slice(0, MAX_NAMESPACES).map((name) => shownText(`${name}`, 64));
  const more = namespaces.length > MAX_NAMESPACES ? [`and ${namespaces.length - MAX_NAMESPACES} more`] : [];
  return { namespace: named.length === 0 ? "all" : [...named, ...more].join(", ") };
}

/** Characters of a defect's stack. */
const STACK_LENGTH = 4_096;

/** The text of a defect may hold whatever it met: a pattern and a token are taken out of it. */
function withoutSecrets(text: string, call: AgentCall<unknown> | undefined): string {
  const { grep } = (call?.request ?? {}) as { readonly grep?: unknown };
  const tokens = call?.metadata("authorization").map((value) => value.replace(/^bearer +/i, "")) ?? [];
  const secrets = [grep, ...tokens].filter((secret) => typeof secret === "string" && secret.length > 3);
  return shownText(secrets.reduce<string>((left, secret) => left.replaceAll(`${secret}`, "…"), text), STACK_LENGTH);
}

function described(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** An error's message and those of its causes. */
function reasons(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasons(error.cause)}`;
}
