/**
 * The first scan of the log directory, before a client asks for a list.
 *
 * @module
 */
import { type LogDirectory, LogFolderError } from "../../metadata/log_directory.ts";
import { sleep } from "../../scheduling/sleep.ts";
import type { Logger } from "../../telemetry/log.ts";
import { messageChain } from "../message_chain.ts";

/**
 * By then the link of the agent's own container is no longer new, and the directory's names are cached until it
 * changes.
 */
const SECOND_SCAN_MS = 2_500;

/**
 * Resolves every link of the directory, which is half of what a first list costs. Never rejects: a failure is logged,
 * unless the folder cannot be read: of that the start has a warning of its own.
 */
export async function prefetch(directory: LogDirectory, { log }: { readonly log: Logger }): Promise<void> {
  const { signal } = new AbortController();
  // A list reports what it skips.
  const scan = (): Promise<number> => directory.scan({ includes: () => true, onLog: () => {}, signal });
  try {
    await scan();
    await sleep(SECOND_SCAN_MS, { signal, keepsAlive: false });
    await scan();
  } catch (error) {
    if (!(error instanceof LogFolderError)) log.warn("Cannot look at the logs", { error: messageChain(error) });
  }
}
