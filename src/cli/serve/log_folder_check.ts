/**
 * Whether the folder of logs can be read, for those who ask often.
 *
 * @module
 */

/** So long an answer is good enough, in milliseconds. */
const KEPT_MS = 1_000;
/** A folder that does not answer within so many milliseconds is of no use to a caller. */
const LIMIT_MS = 2_000;

/** The powers that are needed. */
export interface LogFolderCheckOptions {
  /** Reads a folder; rejects where that is not possible. @default {Deno.readDir, its first entry} */
  readonly read?: (folder: string) => Promise<void>;
  /** Calls `onEnd` after so many milliseconds, until the answered function is called. @default {setTimeout} */
  readonly startTimer?: (ms: number, onEnd: () => void) => () => void;
  /** The time in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
}

/** Returns what resolves to the reason why the folder cannot be read, if so. One that hangs is not asked again. */
export function createLogFolderCheck(
  folder: string,
  options: LogFolderCheckOptions = {},
): () => Promise<string | undefined> {
  const { read = readFolder, startTimer = startTimeout, clock = () => performance.now() } = options;
  let asked: { readonly at: number; readonly answer: Promise<string | undefined>; isOpen: boolean } | undefined;

  const ask = async (): Promise<string | undefined> => {
    try {
      await read(folder);
      return undefined;
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

async function readFolder(folder: string): Promise<void> {
  for await (const _entry of Deno.readDir(folder)) return;
}

function startTimeout(ms: number, onEnd: () => void): () => void {
  const timer = setTimeout(onEnd, ms);
  return () => clearTimeout(timer);
}
