/**
 * The API server: whether it can be reached, whether its clock agrees, and whether the agent may review access there.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import { createReviewer } from "../../kube/access_review.ts";
import { loadKubeConfig } from "../../kube/config.ts";
import type { KubeConfig } from "../../kube/credentials.ts";
import { KubeRequestError } from "../../kube/errors.ts";
import { askVersion } from "../../kube/reach_server.ts";
import { messageChain } from "../message_chain.ts";
import type { Note, Report, StepContext } from "./report.ts";

/** Milliseconds of one request, and of a program that a kubeconfig names. */
const LIMIT_MS = 10_000;
/** So much longer a step may take than its request, whose message says more. */
const GRACE_MS = 2_000;
/** An HTTP date has seconds, and the way there and back takes some. */
const MAX_SKEW_MS = 30_000;

/** A user that nobody is: the answer does not matter, only that there is one. */
const NOBODY = { user: "cluster-agent:check", groups: [], extra: {} } as const;
/** What is needed to review access. */
const NEEDED =
  "the agent's service account needs create subjectaccessreviews, as ClusterRole system:auth-delegator has";

/** What is taken from the process. */
export interface ServerStepsOptions {
  /** Reads the environment. */
  readonly env: (name: string) => string | undefined;
  /** Milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
  /** Milliseconds of one request. @default {10_000} */
  readonly limitMs?: number;
}

/** Checks the API server that the environment leads to. */
export async function checkServer(
  report: Report,
  { authorization: { mode } }: Settings,
  { env, now = Date.now, limitMs = LIMIT_MS }: ServerStepsOptions,
): Promise<void> {
  const stepMs = limitMs + GRACE_MS;
  const kube = await report.step({
    check: "API server's address",
    limitMs: stepMs,
    run: async ({ note }) => {
      const notices: string[] = [];
      const kube = await loadKubeConfig({ env, onSkip: (notice) => notices.push(notice) });
      const { server, source } = kube;
      // Not the whole of it: a kubeconfig's may hold a password.
      const url = `${server.protocol}//${server.host}${server.pathname}`;
      note("ok", `${url}, from ${source}`, { server: url, source });
      for (const notice of notices) note("warn", notice);
      return kube;
    },
  });
  if (kube === undefined) return;
  const isReached = await report.step({
    check: "API server",
    limitMs: stepMs,
    run: (context) => reach(kube, { ...context, now, limitMs }),
  });
  if (isReached !== true) return;
  await report.step({
    check: "access reviews",
    limitMs: stepMs,
    run: (context) =>
      mode === "token"
        ? context.note("ok", "callers' tokens are reviewed with their own rights, the agent needs none")
        : review(kube, { ...context, limitMs }),
  });
}

type RequestContext = StepContext & { readonly limitMs: number };

/** Resolves to whether it makes sense to ask more. */
async function reach(
  kube: KubeConfig,
  { note, signal, now, limitMs }: RequestContext & { readonly now: () => number },
): Promise<boolean> {
  const { status, date, body } = await askVersion(kube, { signal, limitMs });
  const askedMs = now();
  if (status === 401) {
    note("fail", "the API server does not know the agent's credentials: it answers 401", { status });
    return false;
  }
  // A cluster may keep its version from those it knows.
  if (status !== 200 && status !== 403) {
    note("fail", `the API server answers ${status} to a request for its version`, { status });
    return false;
  }
  const version = /"gitVersion":\s*"([\w.+-]{1,40})"/.exec(body)?.[1];
  note("ok", `answers${version === undefined ? "" : `, version ${version}`}`, { status, ...(version && { version }) });
  noteClock(Date.parse(date ?? "") - askedMs, note);
  return true;
}

function noteClock(skewMs: number, note: Note): void {
  if (Number.isNaN(skewMs)) return note("warn", "its answer has no date: the clock cannot be compared");
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const details = { clockSkewSeconds: Math.round(-skewMs / 1_000) };
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return note("ok", `clock: within ${seconds} s of this node's`, details);
  const which = skewMs > 0 ? "behind" : "ahead of";
  note("warn", `clock: this node's is ${seconds} s ${which} the API server's`, details);
}

async function review(kube: KubeConfig, { note, signal, limitMs }: RequestContext): Promise<void> {
  using reviewer = createReviewer(kube, { limitMs, pausesMs: [] });
  try {
    const { allowed, denied } = await reviewer.review({ kind: "identity", identity: NOBODY }, {
      namespace: "default",
      signal,
    });
    if (!allowed || denied) return note("ok", "the agent may review access");
    note("warn", `the agent may review access; but ${NOBODY.user}, a user that nobody is, may read every log`);
  } catch (error) {
    if (!(error instanceof KubeRequestError)) throw error;
    const advice = error.status === 403 ? `; ${NEEDED}` : "";
    note("fail", `${messageChain(error)}${advice}`, error.status === undefined ? {} : { status: error.status });
  }
}
