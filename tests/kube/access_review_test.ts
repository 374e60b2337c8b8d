import assert from "#assert";
import { type Authorizer, createAuthorizer } from "../../src/auth/authorizer.ts";
import { bearer } from "../../src/auth/bearer_token.ts";
import { PermissionDeniedError, ReviewUnavailableError, UnauthenticatedError } from "../../src/auth/errors.ts";
import type { Principal } from "../../src/auth/identity.ts";
import { identify } from "../../src/auth/proxy_trust.ts";
import { createReviewer } from "../../src/kube/access_review.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/api_client.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import type { KubeConfig } from "../../src/kube/credentials.ts";
import { reauthorizePeriodically } from "../../src/rpc/services/reauthorization.ts";
import { inTime } from "../support/in_time.ts";
import { findKubeFixture, MISSING, startKubeFixture } from "../support/kube_fixture.ts";

const signal = new AbortController().signal;
const rbac = "/apis/rbac.authorization.k8s.io/v1";

function kubeconfig(path: string): Promise<KubeConfig> {
  return loadKubeConfig({
    env: (name) => name === "KUBECONFIG" ? path : undefined,
    onSkip: (notice) => {
      throw new Error(`not to be skipped: ${notice}`);
    },
  });
}

/** Makes an object and returns it as the API server has it. */
async function make(client: KubeClient, path: string, body: unknown): Promise<{ status?: { token?: string } }> {
  const answer = await client.request({ method: "POST", path, body, signal });
  assert.equal(answer.status, 201, answer.body);
  return JSON.parse(answer.body);
}

/**
 * Two namespaces; in `team-a` one role that may read logs, bound to user alice, group readers and a service account.
 * The agent may put reviews, and nothing else. Returns a token of the service account.
 */
async function furnish(admin: KubeClient): Promise<string> {
  for (const name of ["team-a", "team-b"]) await make(admin, "/api/v1/namespaces", { metadata: { name } });
  await make(admin, "/api/v1/namespaces/team-a/serviceaccounts", { metadata: { name: "reader" } });
  const rules = [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }];
  await make(admin, `${rbac}/namespaces/team-a/roles`, { metadata: { name: "log-reader" }, rules });
  const apiGroup = "rbac.authorization.k8s.io";
  await make(admin, `${rbac}/namespaces/team-a/rolebindings`, {
    metadata: { name: "log-readers" },
    roleRef: { apiGroup, kind: "Role", name: "log-reader" },
    subjects: [
      { apiGroup, kind: "User", name: "alice" },
      { apiGroup, kind: "Group", name: "readers" },
      { kind: "ServiceAccount", name: "reader", namespace: "team-a" },
    ],
  });
  await make(admin, `${rbac}/clusterroles`, {
    metadata: { name: "agent" },
    rules: [{ apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] }],
  });
  await make(admin, `${rbac}/clusterrolebindings`, {
    metadata: { name: "agent" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "agent" },
    subjects: [{ apiGroup, kind: "User", name: "agent" }],
  });
  const path = "/api/v1/namespaces/team-a/serviceaccounts/reader/token";
  const { status } = await make(admin, path, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    spec: {},
  });
  return status?.token ?? "";
}

function user(name: string, ...groups: readonly string[]): Principal {
  return identify({
    commonName: "proxy",
    hasCertificate: true,
    remoteUser: [name],
    remoteGroup: groups,
    remoteExtras: ['{"authentication.kubernetes.io/credential-id":["JTI=1"]}'],
    authorization: [],
  }, { allowedNames: ["proxy"] });
}

/** May read in team-a, and nowhere else. */
async function readsOnlyTeamA(authorizer: Authorizer, caller: Principal): Promise<void> {
  const grant = await authorizer.authorize(caller, ["team-a"], { signal });
  assert.deepEqual([grant.allows("team-a"), grant.allows("team-b")], [true, false]);
  await authorizer.authorizeNamespace(caller, "team-a", { signal });
  for (const namespaces of [["team-b"], ["team-a", "team-b"], [], [""], ["kube-system"]]) {
    await assert.rejects(authorizer.authorize(caller, namespaces, { signal }), PermissionDeniedError);
  }
}

/** A stream of team-a that is reviewed every 200 ms. */
async function reviewedStream(
  authorizer: Authorizer,
  caller: Principal,
): Promise<{ readonly failure: Promise<Error>; readonly unanswered: Promise<unknown> }> {
  const failure = Promise.withResolvers<Error>();
  const unanswered = Promise.withResolvers<unknown>();
  reauthorizePeriodically({ signal, fail: failure.resolve, report: unanswered.resolve }, {
    granted: await authorizer.authorizeNamespace(caller, "team-a", { signal }),
    reviewMs: 200,
    staleAfterMs: 600_000,
    review: (asked) => authorizer.authorizeNamespace(caller, "team-a", asked),
  });
  return { failure: failure.promise, unanswered: unanswered.promise };
}

const binary = await findKubeFixture();

Deno.test({
  name: `A real API server's word decides, by user, by group and by token ${binary === undefined ? MISSING : ""}`
    .trim(),
  ignore: binary === undefined,
  fn: async (t) => {
    await using fixture = await startKubeFixture(binary ?? "");
    using admin = createKubeClient(await kubeconfig(fixture.adminKubeconfig));
    const token = await furnish(admin);
    const agentKubeconfig = await fixture.kubeconfigFor("agent");
    using reviewer = createReviewer(await kubeconfig(agentKubeconfig), { pausesMs: [0, 0] });
    const authorizerNow = (): Authorizer => createAuthorizer({ reviewer, allowedNamespaces: [] });

    await t.step("a user who is bound to one namespace reads there and nowhere else", async () => {
      await readsOnlyTeamA(authorizerNow(), user("alice"));
      await readsOnlyTeamA(authorizerNow(), user("alice", "unbound", "system:authenticated"));
    });

    await t.step("a member of a bound group reads there and nowhere else", async () => {
      await readsOnlyTeamA(authorizerNow(), user("bob", "others", "readers"));
    });

    await t.step("nobody else reads anywhere", async () => {
      for (const stranger of [user("bob"), user("bob", "others"), user("bob", "others,readers"), user("Alice")]) {
        await assert.rejects(authorizerNow().authorize(stranger, ["team-a"], { signal }), PermissionDeniedError);
      }
    });

    await t.step("an administrator reads everywhere", async () => {
      const grant = await authorizerNow().authorize(user("root", "system:masters"), [], { signal });
      assert.equal(grant.namespaces, "all");
    });

    await t.step("a bearer of a bound service account's token reads there and nowhere else", async () => {
      await readsOnlyTeamA(authorizerNow(), bearer({ authorization: [token] }));
      await readsOnlyTeamA(authorizerNow(), bearer({ authorization: [`Bearer ${token}`] }));
    });

    await t.step("a bearer of an unknown token is nobody", async () => {
      for (const unknown of ["not-a-token", `${token.slice(0, -4)}AAAA`]) {
        const caller = bearer({ authorization: [unknown] });
        await assert.rejects(authorizerNow().authorize(caller, ["team-a"], { signal }), UnauthenticatedError);
      }
    });

    await t.step(
      "an agent that may not put reviews cannot answer, and a bearer's own review needs no such right",
      async () => {
        const path = await fixture.kubeconfigFor("powerless");
        using powerless = createReviewer(await kubeconfig(path));
        const authorizer = createAuthorizer({ reviewer: powerless, allowedNamespaces: [] });
        await assert.rejects(authorizer.authorize(user("alice"), ["team-a"], { signal }), {
          name: "ReviewUnavailableError",
          message: "failed to authenticate: the API server answered 403",
        });
        await readsOnlyTeamA(authorizer, bearer({ authorization: [token] }));
      },
    );

    await t.step("while the API server is down nobody reads, and afterwards as before", async () => {
      const authorizer = authorizerNow();
      await fixture.kill();
      for (const caller of [user("alice"), bearer({ authorization: [token] })]) {
        await assert.rejects(authorizer.authorize(caller, ["team-a"], { signal }), ReviewUnavailableError);
      }
      await fixture.restart();
      await readsOnlyTeamA(authorizer, user("alice"));
      await readsOnlyTeamA(authorizer, bearer({ authorization: [token] }));
    });

    await t.step(
      "streams go on while the API server is down, and end when their caller's role is withdrawn",
      async () => {
        const authorizer = authorizerNow();
        const streams = await Promise.all([user("alice"), bearer({ authorization: [token] })].map(
          (caller) => reviewedStream(authorizer, caller),
        ));
        await fixture.kill();
        for (const { unanswered } of streams) await inTime(() => "a review is not answered", unanswered);
        await fixture.restart();
        const path = `${rbac}/namespaces/team-a/rolebindings/log-readers`;
        const { status } = await admin.request({ method: "DELETE", path, signal });
        assert.equal(status, 200);
        for (const { failure } of streams) {
          const error = await inTime(() => "a review refuses", failure);
          assert.equal(error.message, "permission denied: `get pods/log` in namespace `team-a`");
          assert(error instanceof PermissionDeniedError);
        }
      },
    );
  },
});
