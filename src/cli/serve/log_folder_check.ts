/**
 * Whether the folder of logs can be read, and a log in it, for those who ask often.
 *
 * @module
 */
import type { LogFolders } from "../../logs/log_file.ts";
import { surveyLogs } from "../../metadata/log_survey.ts";

/** So long an answer is good enough, in milliseconds. */
const KEPT_MS = 1_000;
/** A folder that does not answer within so many milliseconds is of no use to a caller. */
const LIMIT_MS = 2_000;
/** So many logs are tried until one can be opened. */
const MAX_TRIED = 256;

/** The powers that are needed. */
export interface LogFolderCheckOptions {
  /**
   * Reads the folder; resolves to the reason why none of its logs can be opened, if so, and rejects where the folder
   * cannot be read. @default {by opening logs until one opens}
   */
  readonly read?: (folders: LogFolders) => Promise<string | undefined>;
  /** Calls `onEnd` after so many milliseconds, until the answered function is called. @default {setTimeout} */
  readonly startTimer?: (ms: number, onEnd: () => void) => () => void;
  /** The time in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
}

/**
 * Returns what resolves to the reason why no log can be read, if so, without a path. A folder that hangs is not asked
 * again. A folder without logs is in order.
 */
export function createLogFolderCheck(
  folders: LogFolders,
  options: LogFolderCheckOptions = {},
): () => Promise<string | undefined> {
  const { read = tryLogs, startTimer = startTimeout, clock = () => performance.now() } = options;
  let asked: { readonly at: number; readonly answer: Promise<string | undefined>; isOpen: boolean } | undefined;

  const ask = async (): Promise<string | undefined> => {
    try {
      const reason = await read(folders);
      return reason === undefined ? undefined : `cannot read any log: ${reason}`;
    } catch (error) {
      return `cannot read the log folder: ${error instanceof Error ? error.name : "error"}`;
    }
  };

  return async () => {
    if (asked === undefined || (!asked.isOpen && clock() - asked.at >= KEPT_MS)) {
      const made = { at: clock(), answer: ask(), isOpen: true };
      void made.answer.then(() => made.isOpen = false);
      asked = made;
    }
    const { promise: late, resolve } = Promise.withResolvers<string>();
    const stop = startTimer(LIMIT_MS, () => resolve("cannot read the log folder: no answer"));
    try {
      return await Promise.race([asked.answer, late]);
    } finally {
      stop();
    }
  };
}

async function tryLogs(folders: LogFolders): Promise<string | undefined> {
  const { signal } = new AbortController();
  const { readable, closed } = await surveyLogs(folders, { signal, maxLogs: MAX_TRIED, untilReadable: true });
  if (readable > 0) return undefined;
  // Missing rights first: they are the same for all logs.
  const first = closed.get("denied") ?? closed.get("outside") ?? closed.get("failed") ?? closed.get("missing");
  return first?.code;
}

function startTimeout(ms: number, onEnd: () => void): () => void {
  const timer = setTimeout(onEnd, ms);
  return () => clearTimeout(timer);
}
