/**
 * Finds out that the API server can be reached with the credentials of the configuration.
 *
 * It asks for `/version`, which costs the server nothing and which everybody may who is known. A review would say no
 * more, and it is work for the server; to wait for one that a caller needs would leave a node without callers in doubt.
 *
 * @module
 */
import { Backoff, type BackoffOptions } from "../scheduling/backoff.ts";
import { startDeadline } from "./_deadline.ts";
import { createKubeClient, type KubeAnswer } from "./api_client.ts";
import type { KubeConfig } from "./credentials.ts";
import { errorText } from "./_responses.ts";
import { KubeRequestError } from "./errors.ts";

/** How it is tried. */
export interface ReachServerOptions extends Pick<BackoffOptions, "sleep"> {
  /** Ends it: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Takes the reason of each attempt that failed. */
  readonly onFailure: (reason: string) => void;
  /** Milliseconds of one attempt. @default {10_000} */
  readonly limitMs?: number;
}

/** Seconds at first, for a pod that starts before its network; later so seldom that nobody notices. */
const STEPS_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** Asks once for the version; throws a `KubeRequestError` where no answer came in time. */
export async function askVersion(
  config: KubeConfig,
  { signal, limitMs = 10_000 }: Pick<ReachServerOptions, "signal" | "limitMs">,
): Promise<KubeAnswer> {
  using client = createKubeClient(config, { keepsConnections: false });
  using deadline = startDeadline(signal, { ms: limitMs, what: "Cannot reach the API server: no answer" });
  return await deadline.orReason(client.request({ method: "GET", path: "/version", signal: deadline.signal }));
}

/** Resolves when the API server has answered, and knows who asks. */
export async function reachServer(config: KubeConfig, options: ReachServerOptions): Promise<void> {
  const { signal, onFailure, sleep } = options;
  const backoff = new Backoff({ stepsMs: STEPS_MS, jitter: [0.75, 1.25], sleep });
  for (;;) {
    try {
      const { status } = await askVersion(config, options);
      // A cluster may keep its version from those it knows.
      if (status === 200 || status === 403) return;
      onFailure(`Cannot reach the API server: it answers ${status} to a request for its version`);
    } catch (error) {
      if (signal.aborted || !(error instanceof KubeRequestError)) throw error;
      onFailure(errorText(error));
    }
    backoff.fail();
    await backoff.pause({ signal });
  }
}
