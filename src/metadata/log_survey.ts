/**
 * How many logs of the containers folder can be opened, and why the others cannot.
 *
 * Opens each one, which a scan of the directory does not. Promises that no log fails the rest.
 *
 * @module
 */
import { join } from "node:path";
import { type AccessFailure, type ClosedLog, tryLog } from "../logs/log_access.ts";
import type { LogFolders } from "../logs/log_file.ts";
import { parseLogFileName } from "../logs/log_name.ts";

/** Logs that cannot be opened for one kind of reason. */
export interface ClosedLogs extends ClosedLog {
  /** How many. */
  readonly count: number;
  /** The link of the first one; the code is that of this one. */
  readonly link: string;
}

/** What was found. */
export interface LogSurvey {
  /** Logs that were tried. */
  readonly logs: number;
  /** Those that were opened. */
  readonly readable: number;
  /** The others, by kind of reason. */
  readonly closed: ReadonlyMap<AccessFailure, ClosedLogs>;
  /** Whether there are more logs than were tried. */
  readonly isPart: boolean;
}

/** What is tried. */
export interface LogSurveyOptions {
  /** Ends it: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** The most logs to try. @default {10_000} */
  readonly maxLogs?: number;
  /** Whether to end at the first log that can be opened. @default {false} */
  readonly untilReadable?: boolean;
}

/**
 * Tries the logs of the containers folder, in the folder's order.
 *
 * @throws the system's error when the folder cannot be read
 */
export async function surveyLogs(folders: LogFolders, options: LogSurveyOptions): Promise<LogSurvey> {
  const { containerLogsDir, roots } = folders;
  const { signal, maxLogs = 10_000, untilReadable = false } = options;
  const closed = new Map<AccessFailure, ClosedLogs>();
  let logs = 0;
  let readable = 0;
  for await (const { name } of Deno.readDir(containerLogsDir)) {
    signal.throwIfAborted();
    if (parseLogFileName(name) === undefined) continue;
    if (logs === maxLogs) return { logs, readable, closed, isPart: true };
    logs++;
    const link = join(containerLogsDir, name);
    const refused = await tryLog(link, roots);
    if (refused === undefined) {
      readable++;
      if (untilReadable) return { logs, readable, closed, isPart: true };
      continue;
    }
    const known = closed.get(refused.failure) ?? { ...refused, link, count: 0 };
    closed.set(refused.failure, { ...known, count: known.count + 1 });
  }
  return { logs, readable, closed, isPart: false };
}
