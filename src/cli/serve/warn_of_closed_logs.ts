/**
 * The warning at the start of logs that cannot be opened: who the process is, what stands in the way, and the cure.
 *
 * @module
 */
import type { ProcessIds } from "../../lifecycle/process_user.ts";
import { systemCode } from "../../logs/log_access.ts";
import type { LogFolders } from "../../logs/log_file.ts";
import { surveyLogs } from "../../metadata/log_survey.ts";
import type { Logger } from "../../telemetry/log.ts";
import { closedFields } from "../closed_fields.ts";

/** What it takes. */
export interface ClosedLogsOptions {
  /** The operator's log. */
  readonly log: Logger;
  /** Who the process is, where that may be known. */
  readonly ids: ProcessIds | undefined;
  /** Ends it in silence. */
  readonly signal: AbortSignal;
}

/** More logs than a node has containers; each is opened once. */
const MAX_LOGS = 2_000;

/** Opens each log once, and warns of those that cannot be opened: a line for each kind of reason. Does not reject. */
export async function warnOfClosedLogs(folders: LogFolders, { log, ids, signal }: ClosedLogsOptions): Promise<void> {
  try {
    const { logs, readable, closed } = await surveyLogs(folders, { signal, maxLogs: MAX_LOGS });
    for (const [failure, { count, link, code }] of closed) {
      // A container that is gone leaves its link for a while.
      if (failure === "missing" && readable > 0) continue;
      const message = readable === 0 ? "Cannot read any log" : "Cannot read some logs";
      log.warn(message, { ...await closedFields({ failure, link, code }, ids), unreadable: count, logs });
    }
  } catch (error) {
    if (signal.aborted) return;
    const { containerLogsDir: link } = folders;
    const code = systemCode(error);
    const failure = code === "NotCapable" || code === "EACCES" ? "denied" : "failed";
    log.warn("Cannot read the log folder", await closedFields({ failure, link, code }, ids));
  }
}
