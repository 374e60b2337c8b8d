import assert from "#assert";
import { AgentCallError } from "../support/client.ts";
import { issue, type IssueOptions, type Leaf, makeAuthority } from "../fakes/certificates.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { type CallOptions, connect, type GrpcClient } from "../support/grpc_client.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";

type Headers = NonNullable<CallOptions["metadata"]>;

const DAY_MS = 86_400_000;
const user: Headers = [["x-remote-user", "alice"]];

/** How a List ends, with these headers. */
async function listing(client: GrpcClient, metadata: Headers): Promise<string> {
  const { code, details } = await client.unary(services.logMetadata.List, { namespaces: [] }, { metadata });
  return details === "" || code === "OK" ? code : `${code}: ${details}`;
}

function clientOf(rig: RunningAgent, leaf: Leaf = rig.leaf): GrpcClient {
  return connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf });
}

/** How a call ends that is made over a connection of its own. */
async function refusalOf(rig: RunningAgent, leaf: Leaf | null): Promise<string> {
  await using client = rig.connect({ leaf });
  try {
    await client.health();
    return "OK";
  } catch (error) {
    if (!(error instanceof AgentCallError)) throw error;
    return error.code;
  }
}

Deno.test("faults 80 to 83: certificates and headers of a running agent", async (t) => {
  await using rig = await runAgent();
  const leafOf = (options: Partial<IssueOptions>): Promise<Leaf> =>
    issue(rig.authority, { commonName: "test-proxy", usages: ["client"], ...options });

  await t.step("fault 80: a client without a certificate that holds gets no further than the handshake", async () => {
    const elsewhere = await makeAuthority("Test authority");
    const now = Date.now();
    const bad = {
      none: null,
      "of another authority of the same name": await issue(elsewhere, { commonName: "test-proxy", usages: ["client"] }),
      expired: await leafOf({ notBefore: new Date(now - 2 * DAY_MS), notAfter: new Date(now - DAY_MS) }),
      "not valid yet": await leafOf({ notBefore: new Date(now + DAY_MS), notAfter: new Date(now + 2 * DAY_MS) }),
      "for servers only": await leafOf({ usages: ["server"] }),
    };
    for (const [name, leaf] of Object.entries(bad)) assert.equal(await refusalOf(rig, leaf), "UNAVAILABLE", name);
    assert.equal(await refusalOf(rig, rig.leaf), "OK");
    assert.equal(rig.reviews.reviews.length, 0);
  });

  await t.step("fault 81: only a certificate whose common name is in the list is believed", async () => {
    const denied = (name: string): string => `PERMISSION_DENIED: proxy CN "${name}" not in allowed list`;
    for (
      const [commonName, wanted] of [
        ["test-proxy", "OK"],
        ["intruder", denied("intruder")],
        ["Test-Proxy", denied("Test-Proxy")],
        ["test-proxy2", denied("test-proxy2")],
        [[], "UNAUTHENTICATED: client certificate required"],
        // Of several the first counts.
        [["intruder", "test-proxy"], denied("intruder")],
        [["test-proxy", "intruder"], "OK"],
      ] as const
    ) {
      using client = clientOf(rig, await leafOf({ commonName }));
      assert.equal(await listing(client, user), wanted);
    }
    for (const commonName of [" test-proxy", "test-proxy ", "test-proxy\0"]) {
      using client = clientOf(rig, await leafOf({ commonName }));
      assert.match(await listing(client, user), /^(PERMISSION_DENIED|UNAUTHENTICATED): /, JSON.stringify(commonName));
    }
  });

  await t.step("fault 82: headers that name nobody, or cannot be read, are refused; the process lives", async () => {
    using client = clientOf(rig);
    const missing = "UNAUTHENTICATED: missing user header";
    const unreadable = "INVALID_ARGUMENT: invalid metadata for x-remote-extras";
    for (
      const [headers, wanted] of [
        [[], missing],
        [[["x-remote-user", ""]], missing],
        [[["x-remote-user", ""], ["x-remote-user", "alice"]], missing],
        [[...user, ["x-remote-extras", "no json"]], unreadable],
        [[...user, ["x-remote-extras", "[]"]], unreadable],
        [[...user, ["x-remote-extras", '{"a":"b"}']], unreadable],
        [[...user, ["x-remote-extras", "[".repeat(10_000)]], unreadable],
      ] as const
    ) assert.equal(await listing(client, headers), wanted, JSON.stringify(headers).slice(0, 80));
    const before = rig.reviews.reviews.length;
    const groups = Array.from({ length: 300 }, (_, i) => ["x-remote-group", `group ${i}, with a comma`] as const);
    const extras = '{"__proto__":["a"],"constructor":["b"],"toString":["c"]}';
    const many = [["x-remote-user", "first"], ["x-remote-user", "second"], ...groups, [
      "x-remote-extras",
      extras,
    ]] as const;
    assert.equal(await listing(client, many), "OK");
    const asked = rig.reviews.reviews.slice(before);
    assert.deepEqual(asked.map(({ user }) => user), ["first"]);
    assert.equal(asked[0]?.groups.length, 300);
    assert.deepEqual(Object.keys(asked[0]?.extra ?? {}).sort(), ["__proto__", "constructor", "toString"]);
    assert.equal(await listing(client, user), "OK");
  });

  await t.step("fault 83: headers that a stranger sends are not looked at", async () => {
    using client = clientOf(rig, await leafOf({ commonName: "intruder" }));
    const before = rig.reviews.reviews.length;
    for (const headers of [user, [], [...user, ["x-remote-extras", "no json"]]] as const) {
      assert.equal(await listing(client, headers), 'PERMISSION_DENIED: proxy CN "intruder" not in allowed list');
    }
    assert.equal(rig.reviews.reviews.length, before);
  });
});

Deno.test("faults 84 to 87 and 99: an agent that believes any proxy, and a policy that changes", async (t) => {
  const gate = Promise.withResolvers<void>();
  await using rig = await runAgent({
    allowedNames: [],
    decide: async ({ user, namespace }) => {
      if (user === "slow") await gate.promise;
      if (user === "trouble") throw new Error("no policy");
      return { allowed: user !== "denied" && namespace !== "theirs", denied: user === "both" };
    },
  });
  const anybody = await issue(rig.authority, { commonName: "anybody", usages: ["client"] });
  using client = clientOf(rig, anybody);
  const as = (name: string): Headers => [["x-remote-user", name]];

  await t.step("fault 84: an empty list means any verified name, and the agent warns of it", async () => {
    assert.equal(await listing(client, user), "OK");
    assert.ok(
      rig.agent.log.some((line) => /"WARN"/i.test(line) && line.includes("allowed-names")),
      rig.agent.log.join("\n"),
    );
  });

  await t.step("fault 85: only what is allowed and not denied passes", async () => {
    const denied = "PERMISSION_DENIED: permission denied: `get pods/log` in namespace `all`";
    assert.equal(await listing(client, as("denied")), denied);
    assert.equal(await listing(client, as("both")), denied);
  });

  await t.step("fault 86: trouble with the API server is UNAVAILABLE each time, and is not remembered", async () => {
    for (let i = 0; i < 2; i++) {
      const before = rig.reviews.reviews.length;
      assert.match(await listing(client, as("trouble")), /^UNAVAILABLE: failed to authenticate/);
      assert.ok(rig.reviews.reviews.length > before);
    }
  });

  await t.step("fault 87: two hundred equal questions at once are one review", async () => {
    const before = rig.reviews.reviews.length;
    const answers = Array.from({ length: 200 }, () => listing(client, as("slow")));
    // The agent has all of the questions when it has answered one that was put after them.
    assert.equal(await listing(client, user), "OK");
    gate.resolve();
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(["OK"]));
    assert.equal(rig.reviews.reviews.slice(before).filter(({ user }) => user === "slow").length, 1);
  });

  await t.step("fault 99: a list or a watch of two namespaces is refused when one of them is not allowed", async () => {
    const request = { namespaces: ["ours", "theirs"] };
    const refusal = "permission denied: `get pods/log` in namespace `theirs`";
    const list = await client.unary(services.logMetadata.List, request, { metadata: user });
    assert.deepEqual([list.code, list.details, list.response], ["PERMISSION_DENIED", refusal, undefined]);
    const watch = client.stream(services.logMetadata.Watch, request, { metadata: user });
    assert.equal(await watch.next(), undefined);
    assert.deepEqual(await watch.ending, { code: "PERMISSION_DENIED", details: refusal });
  });

  await t.step(
    "fault 86: an API server that is gone is UNAVAILABLE; what was decided before still counts",
    async () => {
      await rig.reviews[Symbol.asyncDispose]();
      assert.match(await listing(client, as("somebody new")), /^UNAVAILABLE: failed to authenticate/);
      assert.equal(await listing(client, user), "OK");
    },
  );
});
