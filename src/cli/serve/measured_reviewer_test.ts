import assert from "#assert";
import { configFor, type Reply, reviewReply, startFakeApiServer } from "../../../tests/fakes/fake_api_server.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { createReviewer, type ReviewSubject } from "../../kube/access_review.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { measuredReviewer } from "./measured_reviewer.ts";

const { signal } = new AbortController();

function user(name: string): ReviewSubject {
  return { kind: "identity", identity: { user: name, groups: [], extra: {} } };
}

Deno.test("measuredReviewer() counts reviews by what came of them, and how long they took", async () => {
  const replies: Reply[] = [
    reviewReply({ allowed: true }),
    reviewReply({ allowed: false }),
    reviewReply({ allowed: true, denied: true }),
    { status: 401, body: "{}" },
    { status: 403, body: "{}" },
    "reset",
  ];
  await using server = await startFakeApiServer({ answer: () => replies.shift() ?? "hang" });
  using reviewer = createReviewer(configFor(server));
  const metrics = createMetrics();
  let time = 0;
  const measured = measuredReviewer(reviewer, { metrics, now: () => time += 250 });
  const bearer: ReviewSubject = { kind: "token", token: "unknown" };
  for (const subject of [user("a"), user("b"), user("c"), bearer, user("d"), user("e")]) {
    await measured.review(subject, { signal }).catch(() => {});
  }
  const caller = new AbortController();
  const cancelled = assert.rejects(measured.review(user("f"), { signal: caller.signal }), { message: "gone" });
  await eventually("the last one is asked", () => server.seen.length === 7);
  caller.abort(new Error("gone"));
  await cancelled;
  assert.deepEqual(metrics.snapshot(), {
    ...createMetrics().snapshot(),
    "reviews_total.allowed": 1,
    "reviews_total.denied": 2,
    "reviews_total.unknown_token": 1,
    "reviews_total.error": 2,
    "reviews_total.cancelled": 1,
  });
  assert.equal(metrics.value("review_duration_seconds"), 6);
});

Deno.test("measuredReviewer() counts those that wait, and those that are refused, by the limit", async () => {
  await using server = await startFakeApiServer({ answer: () => "hang" });
  const limits = { maxConnections: 1, maxWaiting: 3, maxWaitingPerKey: 2 };
  using reviewer = createReviewer(configFor(server), { ...limits, maxWaitMs: 60_000 });
  const metrics = createMetrics();
  const measured = measuredReviewer(reviewer, { metrics });
  const gone = new AbortController();
  const review = (name: string): Promise<unknown> => measured.review(user(name), { signal: gone.signal });
  assert.equal(metrics.value("reviews_waiting"), 0);
  // One is put; two of its caller wait, and then one of another.
  const begun = ["a", "a", "a"].map(review);
  await assert.rejects(review("a"), { message: "Cannot ask the API server: 2 reviews of this caller wait already" });
  begun.push(review("b"));
  await assert.rejects(review("c"), { message: "Cannot ask the API server: 3 reviews wait already" });
  assert.equal(metrics.value("reviews_waiting"), 3);
  const refused = (limit: "reviews_waiting" | "reviews_waiting_per_caller" | "review_wait"): number =>
    metrics.value("refused_total", { limit });
  assert.deepEqual([refused("reviews_waiting"), refused("reviews_waiting_per_caller")], [1, 1]);
  gone.abort(new Error("gone"));
  for (const one of begun) await assert.rejects(one, { message: "gone" });
  assert.equal(metrics.value("reviews_waiting"), 0);
  assert.equal(metrics.value("reviews_total", { result: "cancelled" }), 4);

  using hasty = createReviewer(configFor(server), { ...limits, maxWaitMs: 5 });
  const stop = new AbortController();
  const held = assert.rejects(hasty.review(user("a"), { signal: stop.signal }), { message: "stop" });
  await assert.rejects(measuredReviewer(hasty, { metrics }).review(user("b"), { signal }), {
    message: "Cannot ask the API server: no slot within 5 ms",
  });
  assert.equal(refused("review_wait"), 1);
  stop.abort(new Error("stop"));
  await held;
});
