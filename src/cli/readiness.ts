/**
 * Whether the program does its work: what it is ready for, and what is missing until then.
 *
 * @module
 */
import type { KubeConfig } from "../kube/credentials.ts";
import { reachServer, type ReachServerOptions } from "../kube/reach_server.ts";
import { createLineLimiter } from "../telemetry/line_limiter.ts";
import type { Logger } from "../telemetry/log.ts";

/** What is asked each time. */
export interface ReadinessOptions {
  /** What the program does, as in "does not … yet". */
  readonly work: string;
  /** Resolves to what is wrong now, if anything. @default {nothing ever is} */
  readonly check?: () => Promise<string | undefined>;
}

/** A program that starts, works, and ends. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #state: "starting" | "working" | "draining" = "starting";
  #isReached = false;

  /** Creates the readiness of a program that starts. */
  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** The program works from now on. */
  begin(): void {
    if (this.#state === "starting") this.#state = "working";
  }

  /** The program ends from now on. */
  drain(): void {
    this.#state = "draining";
  }

  /** The API server has answered. */
  noteReached(): void {
    this.#isReached = true;
  }

  /** Resolves to what is missing, a line each; to none when the program is ready. */
  async missing(): Promise<readonly string[]> {
    const { work, check } = this.#options;
    const wrong = await check?.();
    const states = { starting: [`does not ${work} yet`], working: [], draining: ["is shutting down"] };
    return [
      ...states[this.#state],
      ...(this.#isReached ? [] : ["has not reached the API server yet"]),
      ...(wrong === undefined ? [] : [wrong]),
    ];
  }
}

/** Asks the API server until it answers, and then notes that. Does not reject; each reason is logged once a minute. */
export async function noteWhenReached(
  readiness: Readiness,
  config: KubeConfig,
  options: Omit<ReachServerOptions, "onFailure"> & { readonly log: Logger },
): Promise<void> {
  const { log, signal } = options;
  const minutely = createLineLimiter();
  const onFailure = (reason: string): void => {
    if (minutely({ kind: "reach", what: reason }) !== undefined) log.warn(reason);
  };
  try {
    await reachServer(config, { ...options, onFailure });
    readiness.noteReached();
  } catch (error) {
    if (!signal.aborted) log.error("Cannot ask the API server", { error: String(error) });
  }
}
