/**
 * Tells those who run the agent why calls and connections fail: a log line with who asked, for what, and the status
 * code.
 *
 * Owns which failures are worth a line, and what it says. A line holds no token, no pattern and no text of a log. What
 * a caller has chosen is cut here, and escaped where lines are written. A line per cause and minute, see
 * `telemetry/line_limiter.ts`; all are counted. The line of a call has the fields of the access log, which does not
 * write another one for it.
 *
 * @module
 */

import { status as code } from "@grpc/grpc-js";
import { InvalidMetadataError, PermissionDeniedError, ReviewUnavailableError } from "../auth/errors.ts";
import { LogNotFoundError } from "../logs/log_file.ts";
import { LogFolderError } from "../metadata/log_directory.ts";
import { type LogFields, shownText } from "../telemetry/log.ts";
import { KEY_REASON_LENGTH, REASON_LENGTH, REFUSED, writeFailure } from "./_failure_line.ts";
import { accessAdvice } from "./access_advice.ts";
import { ConnectionAgeError, ServerShutdownError } from "./call_errors.ts";
import { figuresOf, whatIsAsked, whoAsks } from "./call_fields.ts";
import { type ConnectionFailureOptions, tellCut, tellLimit, tellRefused, tellTls } from "./connection_failures.ts";
import type { PrincipalOf } from "./principal.ts";
import type { ConnectionCut } from "./transport/client_connection.ts";
import type { AgentCall, CallFailure } from "./agent_call.ts";
import type { RefusedStream } from "./transport/refused_stream.ts";
import type { Refusal } from "./transport/refusal.ts";
import { RequestSizeError } from "./transport/request_limits.ts";
import type { TlsFailure } from "./transport/tls_failure.ts";
import { UnreadAnswersError } from "./transport/unread_answers.ts";

/** Takes failures. */
export interface FailureReport {
  /** A call's. */
  call(failure: CallFailure): void;
  /** Whether the error of a call has a line, so that it needs no other. */
  hasLine(call: AgentCall<unknown>, error: unknown): boolean;
  /** That of a call that was refused before it reached a handler. */
  refused(refused: RefusedStream): void;
  /** That of a connection, in its TLS handshake or after it. */
  tls(failure: TlsFailure): void;
  /** A connection that was cut off. */
  cut(cut: ConnectionCut): void;
  /** A connection or stream that was refused because of a limit. */
  limit(refusal: Refusal): void;
}

/** What a report works with. */
export interface FailureReportOptions extends ConnectionFailureOptions {
  /** Tells who asks. */
  readonly callerOf: PrincipalOf;
  /** Whom the process runs as, for a log that it may not read; unset where that cannot be found out. */
  readonly runsAs?: string | undefined;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly now?: () => number;
}

/** The message of a line about a call, and the reason in it. */
interface CallLine {
  readonly message: string;
  readonly reason: string;
  readonly advice?: LogFields;
  /** Whether it is the same for all calls: then one of them stands for all. */
  readonly isForAll?: boolean;
  /** Whether its cause is the same for all callers: then the line of one of them tells it. @default {false} */
  readonly isShared?: boolean;
}

/** The report of a server. */
export function createFailureReport(options: FailureReportOptions): FailureReport {
  const { metrics, callerOf, runsAs, now = () => performance.now() } = options;
  /** The error of each call whose line was written. */
  const written = new WeakMap<AgentCall<unknown>, unknown>();

  function tellCall(failure: CallFailure): void {
    const line = lineOf(failure, runsAs);
    if (line === undefined) return;
    if (line.isForAll === true) return tellForAll(line, failure.status.code, options);
    metrics.add(line.message === REFUSED ? "calls_refused_total" : "calls_failed_total");
    const { method, status, call, error } = failure;
    if (error instanceof RequestSizeError) metrics.add("refused_total", 1, { limit: "message_size" });
    else if (error instanceof UnreadAnswersError) metrics.add("refused_total", 1, { limit: "unread_bytes" });
    const who = call === undefined ? {} : whoAsks(call, callerOf);
    const what = call === undefined ? {} : whatIsAsked(call.request);
    const reason = shownText(line.reason, KEY_REASON_LENGTH);
    const cause = line.isShared === true ? { what: reason } : {
      who: who.user ?? who.client ?? who.address,
      what: [reason, method, what.namespace, what.log].join(" "),
    };
    const level = status.code === code.INTERNAL ? "error" : "warn";
    const isWritten = writeFailure(options, { kind: `${line.message} ${status.code}`, ...cause }, {
      level,
      message: line.message,
      fields: () => ({
        code: code[status.code] ?? status.code,
        method: shownText(method),
        ...who,
        ...what,
        [level === "error" ? "error" : "reason"]: line.reason,
        ...line.advice,
        ...(call === undefined ? {} : figuresOf(call, { nowMs: now() })),
      }),
    });
    if (isWritten && call !== undefined) written.set(call, failure.error);
  }

  return {
    call: tellCall,
    hasLine: (call, error) => written.has(call) && written.get(call) === error,
    refused: (refused) => tellRefused(refused, options),
    limit: (refusal) => tellLimit(refusal, options),
    tls: (failure) => tellTls(failure, options),
    cut: (cut) => tellCut(cut, options),
  };
}

/** Tells of many calls by one line. */
function tellForAll({ message, reason }: CallLine, status: number, options: FailureReportOptions): void {
  const fields = (): LogFields => ({ code: code[status] ?? status, reason });
  writeFailure(options, { kind: message }, { level: "info", message, fields });
}

/** What a line says of a failure. Undefined for the caller's own mistakes, such as a pattern that cannot be read. */
function lineOf(failure: CallFailure, runsAs: string | undefined): CallLine | undefined {
  const { error, status } = failure;
  const reason = shownText(status.details, REASON_LENGTH);
  switch (status.code) {
    case code.UNAUTHENTICATED:
      return { message: REFUSED, reason };
    case code.PERMISSION_DENIED:
      return {
        message: REFUSED,
        reason: error instanceof PermissionDeniedError ? shownText(reasons(error), REASON_LENGTH) : reason,
      };
    case code.INVALID_ARGUMENT:
      return error instanceof InvalidMetadataError ? { message: REFUSED, reason } : undefined;
    case code.UNAVAILABLE:
      if (error instanceof ServerShutdownError) return { message: "Calls end with the agent", reason, isForAll: true };
      if (error instanceof ConnectionAgeError) {
        return { message: "Calls end with their connection", reason, isForAll: true };
      }
      if (!(error instanceof ReviewUnavailableError)) return { message: "Call failed", reason };
      return {
        message: "Cannot put an access review",
        reason: shownText(reasons(error), REASON_LENGTH),
        isShared: true,
      };
    case code.NOT_FOUND:
      return notFound(error, { runsAs });
    case code.DATA_LOSS:
      return { message: "Log not sent whole", reason, advice: accessAdvice(rootOf(error), { runsAs }) };
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
  { runsAs }: { readonly runsAs: string | undefined },
): CallLine | undefined {
  if (error instanceof LogFolderError) {
    const reason = shownText(reasons(error), REASON_LENGTH);
    return { message: "Cannot read the folder of logs", reason, advice: accessAdvice(rootOf(error), { runsAs }) };
  }
  if (!(error instanceof LogNotFoundError) || error.cause === undefined) return undefined;
  const cause = shownText(reasons(error.cause), REASON_LENGTH);
  return { message: "Cannot open a log", reason: cause, advice: accessAdvice(error.cause, { runsAs }) };
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

/** The cause that has no cause. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

/** An error's message and those of its causes. */
function reasons(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasons(error.cause)}`;
}
