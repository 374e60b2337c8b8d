/**
 * One thing that is read again while the agent runs: what is good takes its place, what is not leaves it as it was.
 *
 * An operator gets one line for each reason, one when it is mended, and one for each change that counts.
 *
 * @module
 */
import type { TextRead } from "../../config/stable_texts.ts";
import { CredentialFileError } from "../../rpc/transport/pem.ts";
import type { LogFields, Logger } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** What is read again. */
export interface ReloadOptions {
  /** The name of the thing in lines of the log. */
  readonly what: string;
  /** The files that it is in. */
  readonly paths: readonly string[];
  /**
   * Takes the texts of the files into use, and resolves with what the line tells about them; rejects when they cannot
   * be used, and has changed nothing then.
   */
  readonly use: (texts: readonly string[]) => Promise<LogFields>;
  /** The operator's log. */
  readonly log: Logger;
  /** What is counted. */
  readonly metrics: Metrics;
}

/** The reload of one thing. */
export interface Reload {
  /** Takes what the files hold now. */
  take(reads: readonly TextRead[]): Promise<void>;
  /** Takes again what did not hold yet when it was read, once it does. To be called often. */
  retry(nowMs: number): Promise<void>;
}

/** The reload of one thing, which is in use. */
export function createReload({ what, paths, use, log, metrics }: ReloadOptions): Reload {
  let failure: string | undefined;
  let waiting: { readonly reads: readonly TextRead[]; readonly holdsFrom: number } | undefined;

  async function take(reads: readonly TextRead[]): Promise<void> {
    waiting = undefined;
    try {
      const fields = await use(reads.map((read, index) => textOf(read, paths[index])));
      metrics.add("tls_reloads_total", 1, { result: "success" });
      log.info(failure === undefined ? `Read the ${what} again` : `Read the ${what} again: it can be used now`, fields);
      failure = undefined;
    } catch (error) {
      metrics.add("tls_reloads_total", 1, { result: "failure" });
      if (error instanceof CredentialFileError && error.holdsFrom !== undefined) {
        waiting = { reads, holdsFrom: error.holdsFrom };
      }
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === failure) return;
      failure = reason;
      log.warn(`Cannot use the new ${what}, going on with the earlier one`, { reason });
    }
  }

  return {
    take,
    retry: async (nowMs) => {
      if (waiting !== undefined && nowMs >= waiting.holdsFrom) await take(waiting.reads);
    },
  };
}

function textOf(read: TextRead, path: string | undefined): string {
  if ("text" in read) return read.text;
  throw new Error(`Cannot read "${path}": ${read.error.message}`, { cause: read.error });
}
