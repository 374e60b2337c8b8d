/**
 * The folder of logs: how many there are, how many can be opened, and what forbids the others.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import { processIds, processUser } from "../../lifecycle/process_user.ts";
import { systemCode } from "../../logs/log_access.ts";
import { resolveRoots } from "../../logs/log_file.ts";
import { surveyLogs } from "../../metadata/log_survey.ts";
import type { LogFields } from "../../telemetry/log.ts";
import { closedFields } from "../closed_fields.ts";
import type { Note, Report } from "./report.ts";

const LIMIT_MS = 10_000;

/** Checks the logs. */
export async function checkLogs(report: Report, settings: Settings): Promise<void> {
  const { containerLogsDir } = settings;
  await report.step({
    check: "logs",
    limitMs: LIMIT_MS,
    run: async ({ note, signal }) => {
      const folders = { containerLogsDir, roots: resolveRoots(settings.logRoots) };
      const ids = processIds();
      const noteClosed = fieldsNote(note);
      try {
        const { logs, readable, closed, isPart } = await surveyLogs(folders, { signal });
        const counts = { folder: containerLogsDir, logs, readable };
        const who = processUser();
        const found = `${containerLogsDir}: ${isPart ? "more than " : ""}${logs} logs, ${readable} can be read`;
        const result = readable > 0 ? readable < logs ? "warn" : "ok" : logs > 0 ? "fail" : "warn";
        note(result, who === undefined ? found : `${found} by ${who}`, counts);
        for (const [failure, { count, link, code }] of closed) {
          const fields = await closedFields({ failure, link, code }, ids);
          // A container that is gone leaves its link for a while.
          const isExpected = failure === "missing" && readable > 0;
          noteClosed(isExpected ? "ok" : readable === 0 ? "fail" : "warn", { unreadable: count, ...fields });
        }
      } catch (error) {
        signal.throwIfAborted();
        const code = systemCode(error);
        const failure = code === "NotCapable" || code === "EACCES" ? "denied" : "failed";
        noteClosed("fail", await closedFields({ failure, link: containerLogsDir, code }, ids));
      }
    },
  });
}

/** Notes fields as a line of `key: value`. */
function fieldsNote(note: Note): (result: "ok" | "warn" | "fail", fields: LogFields) => void {
  return (result, fields) =>
    note(result, Object.entries(fields).map(([key, value]) => `${key}: ${value}`).join(", "), fields);
}
