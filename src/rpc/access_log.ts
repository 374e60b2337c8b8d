/**
 * The access log: one line for each call of the log services when it ends, at level `debug`.
 *
 * A call whose failure has a line has no other: that one has the same fields, see `failure_report.ts`. Health checks
 * and reflection have none. Below `debug` there is no access log, and a call costs nothing here.
 *
 * @module
 */
import { status as code } from "@grpc/grpc-js";
import { isSilent, type Logger } from "../telemetry/log.ts";
import type { AgentCall, CallObserver } from "./agent_call.ts";
import type { CallEnd } from "./call_ending.ts";
import { ConnectionAgeError, ServerShutdownError } from "./call_errors.ts";
import { figuresOf, whatIsAsked, whoAsks } from "./call_fields.ts";
import type { FailureReport } from "./failure_report.ts";
import type { PrincipalOf } from "./principal.ts";

/** What an access log works with. */
export interface AccessLogOptions {
  /** Where lines go. */
  readonly log: Logger;
  /** Tells who asks. */
  readonly callerOf: PrincipalOf;
  /** Knows which calls have a line already. */
  readonly failures: Pick<FailureReport, "hasLine">;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly now?: () => number;
}

/** The package of the services that have lines. */
const OWN_METHODS = "/cluster_agent.";

/** Whether a call is one of those that are followed: not a health check, nor reflection. */
export function isLogged({ method }: Pick<AgentCall<unknown>, "method">): boolean {
  return method.startsWith(OWN_METHODS);
}

/** Returns the observer that writes the lines; undefined where none would be written. */
export function createAccessLog(options: AccessLogOptions): CallObserver | undefined {
  const { log, callerOf, failures, now = () => performance.now() } = options;
  if (isSilent(log.debug)) return undefined;

  function end(call: AgentCall<unknown>, ended: CallEnd): void {
    if (!isLogged(call) || failures.hasLine(call, ended.error)) return;
    const figures = figuresOf(call, { nowMs: now() });
    log.debug("Call", {
      code: code[ended.status.code] ?? ended.status.code,
      method: call.method,
      ...whoAsks(call, callerOf),
      ...whatIsAsked(call.request),
      ...figures,
      ...(figures["follow"] === undefined ? {} : { ended: endOf(call, ended) }),
    });
  }

  return { end };
}

/** How a follow has ended. */
function endOf({ figures }: AgentCall<unknown>, { status, error }: CallEnd): string {
  if (error instanceof ServerShutdownError) return "shutdown";
  if (error instanceof ConnectionAgeError) return "connection age";
  return ENDS[status.code] ?? (status.code === code.OK ? figures.followEnd ?? "no more to come" : "refused");
}

const ENDS: Readonly<Record<number, string>> = {
  [code.CANCELLED]: "cancelled or disconnected",
  [code.DEADLINE_EXCEEDED]: "deadline",
  [code.PERMISSION_DENIED]: "not allowed",
  [code.UNAUTHENTICATED]: "not allowed",
  [code.RESOURCE_EXHAUSTED]: "limit",
  [code.DATA_LOSS]: "log lost",
  [code.UNAVAILABLE]: "unavailable",
  [code.INTERNAL]: "defect",
};
