import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { configFor, type Reply, reviewReply, startFakeApiServer } from "../../tests/fakes/fake_api_server.ts";
import { createReviewer, type ReviewSubject } from "./access_review.ts";
import { KubeRequestError, UnknownTokenError } from "./errors.ts";

const alice: ReviewSubject = { kind: "identity", identity: { user: "alice", groups: [], extra: {} } };
const somebody: ReviewSubject = { kind: "token", token: "callers-token" };
const signal = new AbortController().signal;
const allowed = reviewReply({ allowed: true });

function failsWith(failure: string, status?: number): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof KubeRequestError)) throw error;
    assert.deepEqual({ failure: error.failure, status: error.status }, { failure, status });
    return true;
  };
}

Deno.test("review() puts a user alone without groups and extra, and without a namespace for all of them", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  using reviewer = createReviewer(configFor(server));
  assert.deepEqual(await reviewer.review(alice, { namespace: "default", signal }), { allowed: true, denied: false });
  await reviewer.review(alice, { signal });
  const resourceAttributes = { verb: "get", resource: "pods", subresource: "log" };
  assert.deepEqual(server.seen.map(({ method, path, body }) => ({ method, path, body })), [
    {
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: "alice", resourceAttributes: { namespace: "default", ...resourceAttributes } },
      },
    },
    {
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: "alice", resourceAttributes },
      },
    },
  ]);
  assert.equal(server.seen[0]?.headers["authorization"], "Bearer agent-token");
});

Deno.test("review() hands on groups and extra, a key named __proto__ included", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  using reviewer = createReviewer(configFor(server));
  const extra = Object.assign(Object.create(null), { scopes: ["read", "write"] });
  extra["__proto__"] = ["x"];
  const identity = { user: "alice", groups: ["cn=a,ou=b", "dev"], extra };
  await reviewer.review({ kind: "identity", identity }, { namespace: "default", signal });
  const { spec } = server.seen[0]?.body as { spec: Record<string, unknown> };
  assert.deepEqual(spec["groups"], ["cn=a,ou=b", "dev"]);
  assert.equal(JSON.stringify(spec["extra"]), '{"scopes":["read","write"],"__proto__":["x"]}');
});

Deno.test("review() of a token shows that token and nothing of the agent's own, on connections of its own", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  const own = await issue(server.authority, { commonName: "the-agent", usages: ["client"] });
  using reviewer = createReviewer(configFor(server, {
    certificate: own.certPem,
    key: own.keyPem,
    headers: { authorization: "Bearer agent-token", "impersonate-user": "root" },
  }));
  await reviewer.review(alice, { namespace: "default", signal });
  await reviewer.review(somebody, { namespace: "default", signal });
  const [first, second] = server.seen;
  assert.equal(first?.clientName, "the-agent");
  assert.equal(first?.headers["impersonate-user"], "root");
  assert.equal(second?.clientName, undefined);
  assert.equal(second?.headers["authorization"], "Bearer callers-token");
  assert.equal(second?.headers["impersonate-user"], undefined);
  assert.equal(second?.path, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
  assert.notEqual(second?.connection, first?.connection);
  assert.deepEqual(second?.body, {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { namespace: "default", verb: "get", resource: "pods", subresource: "log" } },
  });
});

Deno.test("review() of a token shares no connection with the agent's own, even without a client certificate", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  using reviewer = createReviewer(configFor(server));
  for (const subject of [alice, somebody, alice, somebody]) await reviewer.review(subject, { signal });
  assert.deepEqual(server.seen.map((request) => request.connection), [1, 2, 3, 4]);
});

Deno.test("review() shows a renewed client certificate, not the connection of the old one", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  const config = configFor(server);
  let name = "before";
  using reviewer = createReviewer({
    ...config,
    credentials: async () => {
      const leaf = await issue(server.authority, { commonName: name, usages: ["client"] });
      return { ...await config.credentials(), certificate: leaf.certPem, key: leaf.keyPem };
    },
  });
  await reviewer.review(alice, { signal });
  name = "after";
  await reviewer.review(alice, { signal });
  assert.deepEqual(server.seen.map((request) => request.clientName), ["before", "after"]);
});

const outcomes: readonly { name: string; status: unknown; outcome: unknown }[] = [
  { name: "an allowance", status: { allowed: true }, outcome: { allowed: true, denied: false } },
  { name: "a refusal", status: { allowed: false }, outcome: { allowed: false, denied: false } },
  { name: "a denial", status: { allowed: false, denied: true }, outcome: { allowed: false, denied: true } },
  { name: "both", status: { allowed: true, denied: true }, outcome: { allowed: true, denied: true } },
  { name: "no status", status: undefined, outcome: { allowed: false, denied: false } },
  { name: "an empty status", status: {}, outcome: { allowed: false, denied: false } },
  {
    name: "an evaluation error",
    status: { allowed: false, evaluationError: "webhook down" },
    outcome: { allowed: false, denied: false },
  },
];
Deno.test.each(outcomes)("review() hands on $name", async ({ status, outcome }) => {
  await using server = await startFakeApiServer({ answer: () => reviewReply(status) });
  using reviewer = createReviewer(configFor(server));
  assert.deepEqual(await reviewer.review(alice, { signal }), outcome);
});

const bad: readonly { name: string; reply: Reply; failure: string; status?: number; requests: number }[] = [
  { name: "400", reply: { status: 400, body: "{}" }, failure: "refused", status: 400, requests: 1 },
  { name: "403", reply: { status: 403, body: "{}" }, failure: "refused", status: 403, requests: 1 },
  { name: "404", reply: { status: 404, body: "{}" }, failure: "refused", status: 404, requests: 1 },
  { name: "401 to the agent itself", reply: { status: 401, body: "{}" }, failure: "refused", status: 401, requests: 1 },
  { name: "a redirect", reply: { status: 302, body: "" }, failure: "refused", status: 302, requests: 1 },
  { name: "429 for ever", reply: { status: 429, body: "{}" }, failure: "refused", status: 429, requests: 3 },
  { name: "500 for ever", reply: { status: 500, body: "{}" }, failure: "refused", status: 500, requests: 3 },
  { name: "503 for ever", reply: { status: 503, body: "{}" }, failure: "refused", status: 503, requests: 3 },
  { name: "text that is not JSON", reply: { status: 201, body: '{"kind":' }, failure: "unreadable", requests: 1 },
  { name: "no text", reply: { status: 201, body: "" }, failure: "unreadable", requests: 1 },
  { name: "a JSON list", reply: { status: 201, body: "[]" }, failure: "unreadable", requests: 1 },
  {
    name: "another kind of object",
    reply: { status: 201, body: '{"apiVersion":"authorization.k8s.io/v1","kind":"Status","status":{"allowed":true}}' },
    failure: "unreadable",
    requests: 1,
  },
  {
    name: "a review of another subject",
    reply: { status: 201, body: '{"kind":"SelfSubjectAccessReview","status":{"allowed":true}}' },
    failure: "unreadable",
    requests: 1,
  },
  {
    name: "another version",
    reply: { status: 201, body: '{"apiVersion":"authorization.k8s.io/v2","status":{"allowed":true}}' },
    failure: "unreadable",
    requests: 1,
  },
  { name: "a status that is text", reply: reviewReply("allowed"), failure: "unreadable", requests: 1 },
  { name: "an allowance that is text", reply: reviewReply({ allowed: "true" }), failure: "unreadable", requests: 1 },
  { name: "an allowance that is 1", reply: reviewReply({ allowed: 1 }), failure: "unreadable", requests: 1 },
  { name: "a cut connection", reply: "reset", failure: "unreachable", requests: 1 },
  {
    name: "half an answer",
    reply: { status: 201, half: '{"status":{"allowed":true}}' },
    failure: "unreachable",
    requests: 1,
  },
  {
    name: "a huge answer",
    reply: { status: 201, body: `{"status":{"allowed":true},"x":"${"x".repeat(1 << 20)}"}` },
    failure: "unreadable",
    requests: 1,
  },
];
Deno.test.each(bad)("review() fails on $name", async ({ reply, failure, status, requests }) => {
  await using server = await startFakeApiServer({ answer: () => reply });
  using reviewer = createReviewer(configFor(server), { pausesMs: [0, 0] });
  await assert.rejects(reviewer.review(alice, { signal }), failsWith(failure, status));
  assert.equal(server.seen.length, requests);
});

for (const how of ["reset", "close"] as const) {
  Deno.test(`review() never meets a connection that the other side ends between two requests by ${how}`, async () => {
    // Each connection serves one request.
    const used = new Set<number>();
    await using server = await startFakeApiServer({
      answer: ({ connection }) => {
        if (used.has(connection)) return how;
        used.add(connection);
        return allowed;
      },
    });
    using reviewer = createReviewer(configFor(server));
    for (const subject of [alice, somebody, alice, somebody]) {
      assert.deepEqual(await reviewer.review(subject, { signal }), { allowed: true, denied: false });
    }
    assert.deepEqual(server.seen.map((request) => request.connection), [1, 2, 3, 4]);
  });

  Deno.test(`review() is put once when its connection breaks by ${how}`, async () => {
    const replies: Reply[] = [allowed, how, allowed];
    await using server = await startFakeApiServer({ answer: () => replies.shift() ?? "hang" });
    using reviewer = createReviewer(configFor(server));
    await reviewer.review(alice, { signal });
    await assert.rejects(reviewer.review(alice, { signal }), failsWith("unreachable"));
    assert.equal(server.seen.length, 2);
    assert.deepEqual(await reviewer.review(alice, { signal }), { allowed: true, denied: false });
  });
}

/** The pauses that a review makes until the last of these replies allows it. */
async function pausesBetween(replies: Reply[]): Promise<number[]> {
  await using server = await startFakeApiServer({ answer: () => replies.shift() ?? "reset" });
  const pauses: number[] = [];
  using reviewer = createReviewer(configFor(server), {
    random: () => 0.5,
    pause: (ms) => Promise.resolve(pauses.push(ms)),
  });
  assert.deepEqual(await reviewer.review(alice, { signal }), { allowed: true, denied: false });
  return pauses;
}

Deno.test("review() leaves the API server alone for as long as it asks, and for its own pause at least", async () => {
  const refused = (headers: Record<string, string>): Reply => ({ status: 429, body: "", headers });
  const replies = [refused({ "retry-after": "2" }), refused({ "retry-after": "0" }), refused({}), allowed];
  assert.deepEqual(await pausesBetween(replies), [2_000, 1_000, 3_000]);
});

Deno.test("review() takes the wait from a status object where no header has it", async () => {
  const refused = (seconds: unknown): Reply => ({
    status: 429,
    body: JSON.stringify({ kind: "Status", code: 429, details: { retryAfterSeconds: seconds } }),
  });
  const replies = [refused(2), refused(0), refused("5"), allowed];
  assert.deepEqual(await pausesBetween(replies), [2_000, 1_000, 3_000]);
});

Deno.test("review() takes the wait of a date", async () => {
  const headers = { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() };
  await using server = await startFakeApiServer({ answer: () => ({ status: 503, body: "", headers }) });
  const caller = new AbortController();
  using patient = createReviewer(configFor(server), {
    limitMs: 120_000,
    pause: (ms) => {
      // A wait of more than a minute is not granted.
      assert.equal(ms, 60_000);
      caller.abort(new Error("paused"));
      return Promise.resolve();
    },
  });
  await assert.rejects(patient.review(alice, { signal: caller.signal }), { message: "paused" });
  // Within the usual limit it would come too late.
  using usual = createReviewer(configFor(server));
  await assert.rejects(usual.review(alice, { signal }), failsWith("refused", 503));
});

Deno.test("review() is put once more where the agent's own token has been replaced", async () => {
  const valid = "Bearer token-2";
  await using server = await startFakeApiServer({
    answer: ({ headers }) => headers["authorization"] === valid ? allowed : { status: 401, body: "{}" },
  });
  const config = configFor(server);
  const reads: (boolean | undefined)[] = [];
  let inFile = "token-2";
  using reviewer = createReviewer({
    ...config,
    credentials: async ({ fresh } = {}) => {
      reads.push(fresh);
      const token = reads.some((isFresh) => isFresh) ? inFile : "token-1";
      return { ...await config.credentials(), headers: { authorization: `Bearer ${token}` } };
    },
  });
  assert.deepEqual(await reviewer.review(alice, { signal }), { allowed: true, denied: false });
  assert.deepEqual(server.seen.map(({ headers }) => headers["authorization"]), ["Bearer token-1", valid]);
  assert.deepEqual(reads, [undefined, true, undefined]);
  // One that is replaced and refused as well is not tried for ever; one that is the same is not tried again.
  reads.length = 0;
  inFile = "token-3";
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("refused", 401));
  assert.equal(server.seen.length, 4);
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("refused", 401));
  assert.equal(server.seen.length, 5);
});

Deno.test("review() hands on a refusal whose wait would outlast the limit", async () => {
  await using server = await startFakeApiServer({
    answer: () => ({ status: 503, body: "", headers: { "retry-after": "30" } }),
  });
  using reviewer = createReviewer(configFor(server));
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("refused", 503));
  assert.equal(server.seen.length, 1);
});

Deno.test("review() does not count the wait for its turn in the limit", async () => {
  const replies: Reply[] = ["hang", allowed, allowed];
  await using server = await startFakeApiServer({ answer: () => replies.shift() ?? "reset" });
  using reviewer = createReviewer(configFor(server), { maxConnections: 1, limitMs: 3_000 });
  const first = reviewer.review(alice, { signal });
  const others = ["bob", "carol"].map((user) =>
    reviewer.review({ kind: "identity", identity: { user, groups: [], extra: {} } }, { signal })
  );
  // It holds the only connection for all of its own limit.
  await assert.rejects(first, failsWith("timeout"));
  for (const other of others) assert.deepEqual(await other, { allowed: true, denied: false });
  const users = server.seen.map(({ body }) => (body as { spec: { user: string } }).spec.user);
  assert.deepEqual(users, ["alice", "bob", "carol"]);
});

Deno.test("review() is refused when too many wait, and when its turn does not come", async () => {
  await using server = await startFakeApiServer({ answer: () => "hang" });
  const gone = new AbortController();
  using reviewer = createReviewer(configFor(server), { maxConnections: 1, maxWaiting: 1, maxWaitMs: 50 });
  const first = assert.rejects(reviewer.review(alice, { signal: gone.signal }), { message: "gone" });
  const second = reviewer.review(alice, { signal });
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("overloaded"));
  await assert.rejects(second, failsWith("overloaded"));
  gone.abort(new Error("gone"));
  await first;
});

Deno.test("review() gets over notice that passes", async () => {
  const replies: Reply[] = [{ status: 503, body: "" }, { status: 429, body: "" }, allowed];
  await using server = await startFakeApiServer({ answer: () => replies.shift() ?? "reset" });
  using reviewer = createReviewer(configFor(server), { pausesMs: [0, 0] });
  assert.deepEqual(await reviewer.review(alice, { signal }), { allowed: true, denied: false });
  assert.equal(server.seen.length, 3);
});

Deno.test("review() tells a caller's unknown token from notice", async () => {
  await using server = await startFakeApiServer({ answer: () => ({ status: 401, body: "{}" }) });
  using reviewer = createReviewer(configFor(server));
  await assert.rejects(reviewer.review(somebody, { signal }), UnknownTokenError);
  assert.equal(server.seen.length, 1);
});

Deno.test("review() ends at its limit when no answer comes", async () => {
  await using server = await startFakeApiServer({ answer: () => "hang" });
  using reviewer = createReviewer(configFor(server), { limitMs: 50 });
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("timeout"));
});

Deno.test("review() ends at its limit between two repetitions", async () => {
  const replies: Reply[] = [allowed, { status: 503, body: "" }];
  await using server = await startFakeApiServer({ answer: () => replies.shift() ?? "reset" });
  using reviewer = createReviewer(configFor(server), { limitMs: 3_000, pausesMs: [3_600_000] });
  // The refusal has to come before the limit: this makes the connection.
  await reviewer.review(alice, { signal });
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("timeout"));
  assert.equal(server.seen.length, 2);
});

Deno.test("review() ends at its limit when credentials do not come", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  const never = new Promise<never>(() => {});
  using reviewer = createReviewer({ ...configFor(server), credentials: () => never }, { limitMs: 20 });
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("timeout"));
});

Deno.test("review() ends with the caller's reason, before and during the wait", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await startFakeApiServer({
    answer: () => {
      asked.resolve();
      return "hang";
    },
  });
  using reviewer = createReviewer(configFor(server));
  const caller = new AbortController();
  const outcome = assert.rejects(reviewer.review(alice, { signal: caller.signal }), { message: "gone" });
  await asked.promise;
  caller.abort(new Error("gone"));
  await outcome;
  await server.closed(1);
  await assert.rejects(reviewer.review(alice, { signal: caller.signal }), { message: "gone" });
  assert.equal(server.seen.length, 1);
});

Deno.test("review() ends with the caller's reason between two repetitions", async () => {
  await using server = await startFakeApiServer({ answer: () => ({ status: 503, body: "" }) });
  const caller = new AbortController();
  using reviewer = createReviewer(configFor(server), {
    pausesMs: [3_600_000],
    random: () => {
      queueMicrotask(() => caller.abort(new Error("gone")));
      return 0;
    },
  });
  await assert.rejects(reviewer.review(alice, { signal: caller.signal }), { message: "gone" });
  assert.equal(server.seen.length, 1);
});

Deno.test("review() fails while the API server is down and works when it is back", async () => {
  const first = await startFakeApiServer({ answer: () => allowed });
  using reviewer = createReviewer(configFor(first));
  await reviewer.review(alice, { signal });
  await first.stop();
  await assert.rejects(reviewer.review(alice, { signal }), failsWith("unreachable"));
  await using _second = await startFakeApiServer({ answer: () => allowed, port: first.port });
  assert.deepEqual(await reviewer.review(alice, { signal }), { allowed: true, denied: false });
});

Deno.test("review() trusts only the configured authority", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  const stranger = await makeAuthority("stranger");
  for (const ca of [stranger.certPem, "", "no certificate"]) {
    using reviewer = createReviewer(configFor(server, { ca }));
    await assert.rejects(reviewer.review(alice, { signal }), failsWith("unreachable"));
  }
  assert.equal(server.seen.length, 0);
});

Deno.test("review() demands the host's name in the certificate, or the configured one", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed, names: ["kubernetes.default.svc"] });
  using wrong = createReviewer(configFor(server));
  await assert.rejects(wrong.review(alice, { signal }), failsWith("unreachable"));
  using right = createReviewer(configFor(server, { serverName: "kubernetes.default.svc" }));
  assert.deepEqual(await right.review(alice, { signal }), { allowed: true, denied: false });
});

Deno.test("review() verifies nothing where the configuration says so", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed, names: ["elsewhere"] });
  using reviewer = createReviewer(configFor(server, { ca: undefined, verify: false }));
  assert.deepEqual(await reviewer.review(alice, { signal }), { allowed: true, denied: false });
});

Deno.test("review() puts the server's own path in front", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  const config = configFor(server);
  using reviewer = createReviewer({ ...config, server: new URL("k8s/clusters/c-1/", config.server) });
  await reviewer.review(alice, { signal });
  assert.equal(server.seen[0]?.path, "/k8s/clusters/c-1/apis/authorization.k8s.io/v1/subjectaccessreviews");
});

Deno.test("review() fails in its own words on a token that no header can hold", async () => {
  await using server = await startFakeApiServer({ answer: () => allowed });
  using reviewer = createReviewer(configFor(server));
  const subject: ReviewSubject = { kind: "token", token: "a\nb" };
  await assert.rejects(reviewer.review(subject, { signal }), failsWith("unreachable"));
});

Deno.test("review() puts a hundred reviews at once over four connections at a time", async () => {
  let open = 0;
  let highest = 0;
  await using server = await startFakeApiServer({
    answer: async () => {
      highest = Math.max(highest, ++open);
      // All that can come at the same time has come after some ticks.
      for (let tick = 0; tick < 5; tick++) await setImmediate();
      open--;
      return allowed;
    },
  });
  using reviewer = createReviewer(configFor(server), { maxConnections: 4 });
  const reviews = Array.from({ length: 100 }, (_, i) => reviewer.review(alice, { namespace: `ns-${i}`, signal }));
  assert.equal((await Promise.all(reviews)).filter((outcome) => outcome.allowed).length, 100);
  assert.ok(highest <= 4, `${highest} at once`);
});
