/**
 * What an operator is told of logs that cannot be opened.
 *
 * @module
 */
import { type ProcessIds, userText } from "../lifecycle/process_user.ts";
import { findBarrier } from "../logs/log_access.ts";
import type { ClosedLogs } from "../metadata/log_survey.ts";
import type { LogFields } from "../telemetry/log.ts";
import { RUNTIME_ADVICE, UNKNOWN_USER } from "../rpc/access_advice.ts";
import { barrierText, logAccessAdvice } from "./log_access_advice.ts";

/** Returns what is to be said of a log or folder that cannot be opened. */
export async function closedFields(
  { failure, link, code }: Omit<ClosedLogs, "count">,
  ids: ProcessIds | undefined,
): Promise<LogFields> {
  const fields = { file: link, reason: code };
  if (code === "NotCapable") return { ...fields, advice: RUNTIME_ADVICE };
  if (failure === "outside") return { ...fields, advice: "Add the folder of the link's target to log-roots" };
  if (failure === "missing" || code === "ENOENT") {
    return { ...fields, advice: "Mount the node's /var/log, and the folder that its links lead to, at the same path" };
  }
  if (failure !== "denied") return fields;
  const barrier = await findBarrier(link);
  return {
    ...fields,
    ...(barrier === undefined ? {} : { barrier: `${barrier.path}, ${barrierText(barrier)}` }),
    runsAs: ids === undefined ? UNKNOWN_USER : userText(ids),
    advice: logAccessAdvice(barrier, ids),
  };
}
