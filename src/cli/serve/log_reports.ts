/**
 * The operator's lines about logs that the agent cannot serve whole, limited so that one log cannot fill the output.
 *
 * @module
 */
import { accessAdvice } from "../../rpc/access_advice.ts";
import { createLineLimiter } from "../../telemetry/line_limiter.ts";
import type { Logger } from "../../telemetry/log.ts";

/** A log that is skipped stays so for days, and every list meets it. */
const SKIPPED_PERIOD_MS = 3_600_000;
const MAX_SKIPPED = 1_000;

/** Reports about logs: each takes the file and the reason. */
export interface LogReports {
  /** A list leaves the log out; reported once an hour. */
  readonly onSkip: (fileName: string, reason: string) => void;
  /** A stream misses something of the log; reported once a minute. */
  readonly onGap: (file: string, reason: string) => void;
  /** A followed log has a problem; reported once a minute. */
  readonly onProblem: (file: string, reason: string) => void;
}

/** Creates the reports; `runsAs` is the user that the advice about permissions names. */
export function createLogReports({ log, runsAs }: {
  readonly log: Logger;
  readonly runsAs: string | undefined;
}): LogReports {
  const skipped = createLineLimiter({ periodMs: SKIPPED_PERIOD_MS, maxPerKind: MAX_SKIPPED });
  const minutely = createLineLimiter();
  const warn = (message: string, file: string, reason: string): void =>
    log.warn(message, { file, reason, ...accessAdvice(reason, { runsAs }) });
  return {
    onSkip: (fileName, reason) => {
      if (skipped({ kind: "list", what: `${fileName} ${reason}` }) === undefined) return;
      warn("Left a log out", fileName, reason);
    },
    onGap: (file, reason) => {
      if (minutely({ kind: "gap", who: file, what: reason }) === undefined) return;
      warn("Log is not whole", file, reason);
    },
    onProblem: (file, reason) => {
      if (minutely({ kind: "follow", who: file, what: reason }) === undefined) return;
      warn("Problem with a followed log", file, reason);
    },
  };
}
