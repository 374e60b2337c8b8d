import assert from "#assert";
import { createReviewer } from "../../src/kube/access_review.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import type { ReviewSubject } from "../../src/kube/access_review.ts";
import { UnknownTokenError } from "../../src/kube/errors.ts";
import { type AccessReviews, type AccessReviewsOptions, startAccessReviews } from "./fake_access_reviews.ts";

const alice = { user: "alice", groups: ["developers", "people"], extra: { scopes: ["read"] } };
const { signal } = new AbortController();

/** A stand-in, and the answer of the agent's own client to a question. */
async function start(options: AccessReviewsOptions): Promise<
  AsyncDisposable & {
    readonly standIn: AccessReviews;
    ask(subject: ReviewSubject, namespace?: string): Promise<unknown>;
  }
> {
  const standIn = await startAccessReviews(options);
  const file = await Deno.makeTempFile({ prefix: "kubeconfig-" });
  await Deno.writeTextFile(file, standIn.kubeconfig);
  const config = await loadKubeConfig({
    env: (name) => name === "KUBECONFIG" ? file : undefined,
    onSkip: (notice) => assert.fail(notice),
  });
  const reviewer = createReviewer(config, { pausesMs: [] });
  return {
    standIn,
    ask: (subject, namespace) => reviewer.review(subject, { namespace, signal }),
    [Symbol.asyncDispose]: async () => {
      reviewer[Symbol.dispose]();
      await standIn[Symbol.asyncDispose]();
      await Deno.remove(file);
    },
  };
}

Deno.test("startAccessReviews shows an identity's review to decide, and answers what it says", async () => {
  await using it = await start({ decide: ({ namespace }) => namespace === "shop" });
  assert.deepEqual(await it.ask({ kind: "identity", identity: alice }, "shop"), { allowed: true, denied: false });
  assert.deepEqual(await it.ask({ kind: "identity", identity: alice }), { allowed: false, denied: false });
  const asked = { kind: "SubjectAccessReview", ...alice, verb: "get", resource: "pods/log" };
  assert.deepEqual(it.standIn.reviews, [{ ...asked, namespace: "shop" }, { ...asked, namespace: undefined }]);
});

Deno.test("startAccessReviews knows users by their tokens", async () => {
  await using it = await start({
    decide: ({ user }) => ({ allowed: true, denied: user !== "alice" }),
    users: { "token-of-alice": alice },
  });
  assert.deepEqual(await it.ask({ kind: "token", token: "token-of-alice" }, "shop"), { allowed: true, denied: false });
  assert.deepEqual(it.standIn.reviews.map(({ kind, groups }) => ({ kind, groups })), [
    { kind: "SelfSubjectAccessReview", groups: alice.groups },
  ]);
});

Deno.test("startAccessReviews refuses a token that it does not know", async () => {
  await using it = await start({ decide: () => true });
  await assert.rejects(it.ask({ kind: "token", token: "constructor" }, "shop"), UnknownTokenError);
  using http = Deno.createHttpClient({ caCerts: [it.standIn.caPem] });
  const answer = await fetch(`${it.standIn.url}/apis/authorization.k8s.io/v1/subjectaccessreviews`, {
    method: "POST",
    headers: { authorization: "Bearer of-nobody" },
    body: JSON.stringify({ spec: { resourceAttributes: {} } }),
    client: http,
  });
  await answer.body?.cancel();
  assert.equal(answer.status, 401);
  assert.deepEqual(it.standIn.reviews, []);
});

Deno.test("disposing of a stand-in does not wait for a decision that never comes", async () => {
  const asked = Promise.withResolvers<void>();
  await using it = await start({
    decide: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const refused = assert.rejects(it.ask({ kind: "identity", identity: alice }), /Cannot/);
  await asked.promise;
  await it.standIn[Symbol.asyncDispose]();
  await refused;
});

Deno.test("startAccessReviews answers 500 when decide throws", async () => {
  await using it = await start({ decide: () => Promise.reject(new Error("the store is gone")) });
  await assert.rejects(it.ask({ kind: "identity", identity: alice }), /the API server answered 500/);
});
