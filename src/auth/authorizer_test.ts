import assert from "#assert";
import { KubeRequestError, UnknownTokenError } from "../kube/errors.ts";
import {
  type Authorizer,
  type AuthorizerOptions,
  createAuthorizer,
  type ReviewOptions,
  type ReviewOutcome,
  type ReviewSubject,
} from "./authorizer.ts";
import { PermissionDeniedError, ReviewUnavailableError, UnauthenticatedError } from "./errors.ts";
import type { Identity, Principal } from "./identity.ts";

const signal = new AbortController().signal;

function caller(user: string, more: Partial<Identity> = {}): Principal {
  return { kind: "identity", identity: { user, groups: [], extra: {}, ...more } };
}

const alice = caller("alice");

type Answer = (subject: ReviewSubject, options: ReviewOptions) => ReviewOutcome | Promise<ReviewOutcome>;

interface Bench {
  readonly authorizer: Authorizer;
  /** What was put to the reviewer: who, and in which namespace. */
  readonly reviews: readonly (readonly [who: string, namespace: string | undefined])[];
}

/** An authorizer over a reviewer that gives the answers of `answer`. */
function bench(answer: Answer, options: Partial<AuthorizerOptions> = {}): Bench {
  const reviews: [string, string | undefined][] = [];
  const reviewer = {
    review: async (subject: ReviewSubject, options: ReviewOptions): Promise<ReviewOutcome> => {
      reviews.push([subject.kind === "token" ? subject.token : subject.identity.user, options.namespace]);
      return await answer(subject, options);
    },
  };
  return { authorizer: createAuthorizer({ reviewer, allowedNamespaces: [], ...options }), reviews };
}

const allow: Answer = () => ({ allowed: true, denied: false });
const deny: Answer = () => ({ allowed: false, denied: false });
const allowIn = (...names: readonly (string | undefined)[]): Answer => (_, { namespace }) => ({
  allowed: names.includes(namespace),
  denied: false,
});

function deniedIn(namespace: string): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof PermissionDeniedError)) throw error;
    assert.equal(error.message, `permission denied: \`get pods/log\` in namespace \`${namespace}\``);
    return true;
  };
}

Deno.test("authorize() reviews each namespace once, in order, and grants exactly those", async () => {
  const { authorizer, reviews } = bench(allow);
  const grant = await authorizer.authorize(alice, ["team-b", "team-a", "team-b"], { signal });
  assert.deepEqual(reviews, [["alice", "team-b"], ["alice", "team-a"]]);
  assert.deepEqual(["team-a", "team-b", "team-c", "", "all"].map(grant.allows), [true, true, false, false, false]);
  assert.deepEqual(grant.namespaces, new Set(["team-b", "team-a"]));
});

Deno.test("authorize() reviews all namespaces as one where none is named", async () => {
  for (const namespaces of [[], [""], ["", ""]]) {
    const { authorizer, reviews } = bench(allow);
    const grant = await authorizer.authorize(alice, namespaces, { signal });
    assert.deepEqual(reviews, [["alice", undefined]]);
    assert.equal(grant.namespaces, "all");
    assert.ok(grant.allows("anything"));
  }
});

Deno.test("authorize() passes over empty names among others", async () => {
  const { authorizer, reviews } = bench(allowIn("team-a"));
  const grant = await authorizer.authorize(alice, ["", "team-a", ""], { signal });
  assert.deepEqual(reviews, [["alice", "team-a"]]);
  assert.ok(!grant.allows("team-b"));
});

Deno.test("authorize() ends at the first denial", async () => {
  const { authorizer, reviews } = bench(allowIn("team-a", "kube-system"));
  const namespaces = ["team-a", "team-b", "kube-system"];
  await assert.rejects(authorizer.authorize(alice, namespaces, { signal }), deniedIn("team-b"));
  assert.deepEqual(reviews, [["alice", "team-a"], ["alice", "team-b"]]);
});

Deno.test("authorize() does not take one namespace for all, nor all for one", async () => {
  const one = bench(allowIn("team-a"));
  await one.authorizer.authorize(alice, ["team-a"], { signal });
  await assert.rejects(one.authorizer.authorize(alice, [], { signal }), deniedIn("all"));
  const all = bench(allowIn(undefined));
  await all.authorizer.authorize(alice, [], { signal });
  await assert.rejects(all.authorizer.authorize(alice, ["team-a"], { signal }), deniedIn("team-a"));
});

Deno.test("authorizeNamespace() takes the name as it is written", async () => {
  const { authorizer, reviews } = bench(allowIn("team-a"));
  const grant = await authorizer.authorizeNamespace(alice, "team-a", { signal });
  assert.deepEqual([grant.allows("team-a"), grant.allows("team-b")], [true, false]);
  await assert.rejects(authorizer.authorizeNamespace(alice, "", { signal }), deniedIn(""));
  assert.deepEqual(reviews, [["alice", "team-a"], ["alice", ""]]);
});

Deno.test.each([
  { name: "neither allowed nor denied", outcome: { allowed: false, denied: false } },
  { name: "denied", outcome: { allowed: false, denied: true } },
  { name: "allowed and denied", outcome: { allowed: true, denied: true } },
])("authorize() refuses what is $name", async ({ outcome }) => {
  const { authorizer } = bench(() => outcome);
  await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal }), deniedIn("team-a"));
});

Deno.test("authorize() refuses namespaces outside the allowed ones before any review", async () => {
  const { authorizer, reviews } = bench(allow, { allowedNamespaces: ["team-a", "team-b"] });
  await assert.rejects(authorizer.authorize(alice, ["team-a", "other"], { signal }), deniedIn("other"));
  await assert.rejects(authorizer.authorizeNamespace(alice, "other", { signal }), deniedIn("other"));
  await assert.rejects(authorizer.authorizeNamespace(alice, "", { signal }), deniedIn(""));
  await assert.rejects(authorizer.authorizeNamespace(alice, "other", { signal }), (error: Error) => {
    assert.equal((error.cause as Error).message, "it is not in allowed-namespaces");
    return true;
  });
  assert.deepEqual(reviews, []);
  await authorizer.authorize(alice, ["team-b"], { signal });
  assert.deepEqual(reviews, [["alice", "team-b"]]);
});

Deno.test("authorize() reviews each allowed namespace where all are asked for", async () => {
  const { authorizer, reviews } = bench(allow, { allowedNamespaces: ["team-a", "team-b"] });
  const grant = await authorizer.authorize(alice, [""], { signal });
  assert.deepEqual(reviews, [["alice", "team-a"], ["alice", "team-b"]]);
  assert.deepEqual(["team-a", "team-b", "team-c"].map(grant.allows), [true, true, false]);
  const some = bench(allowIn("team-a"), { allowedNamespaces: ["team-a", "team-b"] });
  await assert.rejects(some.authorizer.authorize(alice, [], { signal }), deniedIn("team-b"));
});

Deno.test("authorize() asks once for the same question", async () => {
  const { authorizer, reviews } = bench(allow);
  for (let i = 0; i < 3; i++) await authorizer.authorize(alice, ["team-a"], { signal });
  await authorizer.authorizeNamespace(alice, "team-a", { signal });
  assert.equal(reviews.length, 1);
});

Deno.test("authorize() asks again for another namespace", async () => {
  const { authorizer, reviews } = bench(allow);
  await authorizer.authorize(alice, ["team-a"], { signal });
  await authorizer.authorize(alice, ["team-b"], { signal });
  await authorizer.authorize(alice, ["team-a", "team-b"], { signal });
  await authorizer.authorize(alice, [], { signal });
  assert.equal(reviews.length, 3);
});

Deno.test("authorize() takes reordered groups for the same question", async () => {
  const { authorizer, reviews } = bench(allow);
  await authorizer.authorize(caller("alice", { groups: ["a", "b"] }), ["team-a"], { signal });
  await authorizer.authorize(caller("alice", { groups: ["b", "a"] }), ["team-a"], { signal });
  assert.equal(reviews.length, 1);
});

Deno.test("authorize() remembers a denial", async () => {
  const { authorizer, reviews } = bench(deny);
  for (let i = 0; i < 2; i++) {
    await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal }), deniedIn("team-a"));
  }
  assert.equal(reviews.length, 1);
});

Deno.test("authorize() takes no other caller's decision", async () => {
  const allowed = caller("alice", { groups: ["dev"], extra: { scopes: ["read"] } });
  const { authorizer } = bench((subject) => ({
    allowed: JSON.stringify(subject) === JSON.stringify(allowed),
    denied: false,
  }));
  await authorizer.authorize(allowed, ["team-a"], { signal });
  const others: readonly Principal[] = [
    caller("bob", { groups: ["dev"], extra: { scopes: ["read"] } }),
    caller("alice", { groups: ["ops"], extra: { scopes: ["read"] } }),
    caller("alice", { groups: ["dev"], extra: { scopes: ["write"] } }),
    caller("alice", { groups: ["dev"] }),
    caller("alice", { extra: { scopes: ["read"] } }),
    { kind: "token", token: "alice" },
  ];
  for (const other of others) {
    await assert.rejects(authorizer.authorize(other, ["team-a"], { signal }), deniedIn("team-a"));
  }
});

Deno.test("authorize() forgets after 30 seconds, so that withdrawn rights end", async () => {
  let clock = 0;
  let rights = true;
  const { authorizer, reviews } = bench(() => ({ allowed: rights, denied: false }), { now: () => clock });
  await authorizer.authorize(alice, ["team-a"], { signal });
  rights = false;
  clock = 29_999;
  await authorizer.authorize(alice, ["team-a"], { signal });
  clock = 30_000;
  await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal }), deniedIn("team-a"));
  assert.equal(reviews.length, 2);
});

Deno.test("authorize() asks in spite of a remembered decision when told to, and remembers the new one", async () => {
  let rights = true;
  const { authorizer, reviews } = bench(() => ({ allowed: rights, denied: false }));
  await authorizer.authorize(alice, ["team-a"], { signal });
  rights = false;
  await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal, maxAgeMs: 0 }), deniedIn("team-a"));
  await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal }), deniedIn("team-a"));
  assert.equal(reviews.length, 2);
});

Deno.test("authorize() takes a decision that is young enough for a stream that is reviewed again", async () => {
  let clock = 0;
  const { authorizer, reviews } = bench(allow, { now: () => clock });
  const first = await authorizer.authorize(alice, ["team-a"], { signal });
  clock = 20_000;
  const second = await authorizer.authorize(alice, ["team-a"], { signal, maxAgeMs: 20_001 });
  assert.deepEqual([first.decidedAtMs, second.decidedAtMs, reviews.length], [0, 0, 1]);
  const third = await authorizer.authorize(alice, ["team-a"], { signal, maxAgeMs: 20_000 });
  assert.deepEqual([third.decidedAtMs, reviews.length], [20_000, 2]);
});

Deno.test("authorize() reports each decision that it takes from memory", async () => {
  let remembered = 0;
  const { authorizer, reviews } = bench(allow, { onRemembered: () => remembered++ });
  await authorizer.authorize(alice, ["team-a", "team-b"], { signal });
  assert.equal(remembered, 0);
  await authorizer.authorize(alice, ["team-b", "team-a", "team-c"], { signal });
  await authorizer.authorizeNamespace(alice, "team-a", { signal, maxAgeMs: 0 });
  assert.deepEqual([remembered, reviews.length], [2, 4]);
});

Deno.test("authorize() tells when the oldest decision of a grant was made", async () => {
  let clock = 0;
  const { authorizer } = bench(allow, { now: () => clock });
  await authorizer.authorizeNamespace(alice, "team-b", { signal });
  clock = 10_000;
  const grant = await authorizer.authorize(alice, ["team-a", "team-b", "team-c"], { signal });
  assert.equal(grant.decidedAtMs, 0);
  assert.equal((await authorizer.authorize(alice, ["team-a"], { signal })).decidedAtMs, 10_000);
  assert.equal((await authorizer.authorize(alice, [], { signal })).decidedAtMs, 10_000);
});

Deno.test("authorize() puts one review for a thousand who ask at once", async () => {
  const gate = Promise.withResolvers<ReviewOutcome>();
  const { authorizer, reviews } = bench(() => gate.promise);
  const grants = Array.from({ length: 1_000 }, () => authorizer.authorize(alice, ["team-a"], { signal }));
  gate.resolve({ allowed: true, denied: false });
  assert.equal((await Promise.all(grants)).length, 1_000);
  assert.equal(reviews.length, 1);
});

Deno.test("authorize() lets one caller leave without failing those who wait for the same review", async () => {
  const gate = Promise.withResolvers<ReviewOutcome>();
  const { authorizer, reviews } = bench(() => gate.promise);
  const leaver = new AbortController();
  const leaving = authorizer.authorize(alice, ["team-a"], { signal: leaver.signal });
  const staying = authorizer.authorize(alice, ["team-a"], { signal });
  leaver.abort(new Error("gone"));
  await assert.rejects(leaving, { message: "gone" });
  gate.resolve({ allowed: true, denied: false });
  assert.ok((await staying).allows("team-a"));
  assert.equal(reviews.length, 1);
});

Deno.test("authorize() aborts a review that nobody waits for", async () => {
  let review: AbortSignal | undefined;
  const { authorizer } = bench((_, { signal }) => {
    review = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const leaver = new AbortController();
  const leaving = authorizer.authorize(alice, ["team-a"], { signal: leaver.signal });
  leaver.abort(new Error("gone"));
  await assert.rejects(leaving, { message: "gone" });
  assert.ok(review?.aborted);
});

Deno.test("authorize() does nothing for one who has left, even with a decision at hand", async () => {
  const { authorizer, reviews } = bench(allow);
  await authorizer.authorize(alice, ["team-a"], { signal });
  const left = AbortSignal.abort(new Error("gone"));
  await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal: left }), { message: "gone" });
  await assert.rejects(authorizer.authorizeNamespace(alice, "team-a", { signal: left }), { message: "gone" });
  assert.equal(reviews.length, 1);
});

const trouble: readonly { name: string; error: KubeRequestError; message: string }[] = [
  {
    name: "no connection",
    error: new KubeRequestError("inside 10.0.0.1", { failure: "unreachable" }),
    message: "failed to authenticate: the API server cannot be reached",
  },
  {
    name: "no answer",
    error: new KubeRequestError("inside", { failure: "timeout" }),
    message: "failed to authenticate: the API server did not answer in time",
  },
  {
    name: "a refusal",
    error: new KubeRequestError("inside", { failure: "refused", status: 503 }),
    message: "failed to authenticate: the API server answered 503",
  },
  {
    name: "garbage",
    error: new KubeRequestError("inside", { failure: "unreadable" }),
    message: "failed to authenticate: the API server's answer cannot be read",
  },
  {
    name: "too many who wait",
    error: new KubeRequestError("inside", { failure: "overloaded" }),
    message: "failed to authenticate: too many wait for the API server",
  },
];
Deno.test.each(trouble)("authorize() fails on $name, tells nothing from inside, remembers nothing", async (row) => {
  let broken = true;
  const { authorizer, reviews } = bench(() => {
    if (broken) throw row.error;
    return { allowed: true, denied: false };
  });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal }), (error: unknown) => {
      if (!(error instanceof ReviewUnavailableError)) throw error;
      assert.equal(error.message, row.message);
      assert.equal(error.cause, row.error);
      return true;
    });
  }
  broken = false;
  await authorizer.authorize(alice, ["team-a"], { signal });
  assert.equal(reviews.length, 3);
});

Deno.test("authorize() tells the bearer of an unknown token that nobody knows them, each time", async () => {
  const unknown = new UnknownTokenError("inside");
  const { authorizer, reviews } = bench(() => {
    throw unknown;
  });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(authorizer.authorize({ kind: "token", token: "t" }, [], { signal }), (error: unknown) => {
      if (!(error instanceof UnauthenticatedError)) throw error;
      assert.equal(error.message, "authentication token not accepted");
      assert.equal(error.cause, unknown);
      return true;
    });
  }
  assert.equal(reviews.length, 2);
});

Deno.test("authorize() hands a fault of the reviewer on as it is", async () => {
  const { authorizer } = bench(() => {
    throw new RangeError("a fault");
  });
  await assert.rejects(authorizer.authorize(alice, ["team-a"], { signal }), RangeError);
});

Deno.test("authorize() remembers ten thousand decisions, and the oldest goes first", async () => {
  const { authorizer, reviews } = bench(allow);
  for (let i = 0; i <= 10_000; i++) await authorizer.authorize(caller(`user-${i}`), ["team-a"], { signal });
  assert.equal(reviews.length, 10_001);
  await authorizer.authorize(caller("user-10000"), ["team-a"], { signal });
  await authorizer.authorize(caller("user-1"), ["team-a"], { signal });
  assert.equal(reviews.length, 10_001);
  await authorizer.authorize(caller("user-0"), ["team-a"], { signal });
  assert.equal(reviews.length, 10_002);
});

Deno.test("authorize() does not remember a question of more than ten thousand characters", async () => {
  const { authorizer, reviews } = bench(allow);
  const crowd = caller("alice", { groups: Array.from({ length: 2_000 }, (_, i) => `group-${i}`) });
  await authorizer.authorize(crowd, ["team-a"], { signal });
  await authorizer.authorize(crowd, ["team-a"], { signal });
  assert.equal(reviews.length, 2);
});

Deno.test("authorize() grants what cannot be changed afterwards", async () => {
  const { authorizer } = bench(allow);
  const grant = await authorizer.authorize(alice, ["team-a"], { signal });
  assert.throws(() => Object.assign(grant, { namespaces: "all" }), TypeError);
});

Deno.test("authorize() lets others in between many remembered decisions, and reads who asks once for all of them", async () => {
  const { authorizer, reviews } = bench(allow);
  const namespaces = Array.from({ length: 1_000 }, (_, index) => `ns-${index}`);
  await authorizer.authorize(alice, namespaces, { signal });
  let reads = 0;
  const identity: Identity = {
    user: "alice",
    extra: {},
    get groups(): readonly string[] {
      reads++;
      return [];
    },
  };
  let rounds = 0;
  const count = (): void => {
    rounds++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await authorizer.authorize({ kind: "identity", identity }, namespaces, { signal });
  clearImmediate(next);
  assert.equal(reviews.length, 1_000, "all of them were remembered");
  assert.ok(rounds >= 9, `${rounds} rounds of the event loop`);
  assert.equal(reads, 1);
});

Deno.test("authorize() ends between remembered decisions when its signal fires", async () => {
  const { authorizer } = bench(allow);
  const namespaces = Array.from({ length: 1_000 }, (_, index) => `ns-${index}`);
  await authorizer.authorize(alice, namespaces, { signal });
  const controller = new AbortController();
  const refused = authorizer.authorize(alice, namespaces, { signal: controller.signal });
  setImmediate(() => controller.abort(new Error("gone")));
  await assert.rejects(refused, { message: "gone" });
});
