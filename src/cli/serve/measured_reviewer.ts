/**
 * Access reviews in figures: how many, what came of them, how long they took, how many wait or are refused.
 *
 * @module
 */
import type { KubeReviewer, Reviewer, ReviewOptions, ReviewSubject } from "../../kube/access_review.ts";
import { KubeRequestError, type QueueLimit, UnknownTokenError } from "../../kube/errors.ts";
import type { LabelsOf } from "../../telemetry/metric_table.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

type Result = LabelsOf<"reviews_total">["result"];

/** What a reviewer is measured with. */
export interface MeasureOptions {
  /** The figures. */
  readonly metrics: Metrics;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly now?: () => number;
}

/** The limits of reviews, as the metric has them. */
const LIMITS: Readonly<Record<QueueLimit, LabelsOf<"refused_total">["limit"]>> = {
  waiting: "reviews_waiting",
  waiting_per_caller: "reviews_waiting_per_caller",
  wait: "review_wait",
};

/** Returns the reviewer, measured. */
export function measuredReviewer(reviewer: KubeReviewer, options: MeasureOptions): Reviewer {
  const { metrics, now = () => performance.now() } = options;
  metrics.collect("reviews_waiting", () => reviewer.waiting);

  function note(result: Result, startMs: number): void {
    metrics.add("reviews_total", 1, { result });
    // How long a caller had patience says nothing about reviews.
    if (result !== "cancelled") metrics.observe("review_duration_seconds", (now() - startMs) / 1_000);
  }

  return {
    review: async (subject: ReviewSubject, asked: ReviewOptions) => {
      const startMs = now();
      try {
        const outcome = await reviewer.review(subject, asked);
        note(outcome.allowed && !outcome.denied ? "allowed" : "denied", startMs);
        return outcome;
      } catch (error) {
        if (error instanceof KubeRequestError && error.limit !== undefined) {
          metrics.add("refused_total", 1, { limit: LIMITS[error.limit] });
        }
        note(resultOf(error, asked.signal), startMs);
        throw error;
      }
    },
  };
}

function resultOf(error: unknown, signal: AbortSignal): Result {
  if (signal.aborted && error === signal.reason) return "cancelled";
  return error instanceof UnknownTokenError ? "unknown_token" : "error";
}
