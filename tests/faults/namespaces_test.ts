// deno-lint-ignore-file camelcase -- the names of the wire contract
import assert from "#assert";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { services } from "../../src/rpc/descriptor.ts";
import type { LogRecordsStreamRequest } from "../../src/rpc/messages.ts";
import { bundleAgent, imageCommand } from "../support/agent_bundle.ts";
import { askForServices } from "../support/every_call.ts";
import { type CallOptions, connect, type Ending, type GrpcClient } from "../support/grpc_client.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";
import { inTime } from "../support/in_time.ts";
import { callHeaders, connectRawHttp2, grpcMessage } from "../support/raw_http2.ts";
import { recordsRequest } from "../support/records_request.ts";
import { runAgent } from "../support/running_agent.ts";
import { metricsUrl, probe } from "../support/scrape.ts";
import { anyLog } from "../support/test_services.ts";

type Headers = NonNullable<CallOptions["metadata"]>;
type Request = Partial<LogRecordsStreamRequest>;

const SECRET = "a line of the vault";
const eve: Headers = [["x-remote-user", "eve"]];
const { StreamForward, StreamBackward } = services.logRecords;

/** How a read ends in each direction; fails when it gives a record. */
async function refused(client: GrpcClient, request: Request, metadata = eve): Promise<readonly Ending[]> {
  return await Promise.all([StreamForward, StreamBackward].map(async (method) => {
    const stream = client.stream(method, { ...anyLog, ...request }, { metadata });
    assert.equal(await stream.next(), undefined, JSON.stringify(request));
    return await stream.ending;
  }));
}

Deno.test("a caller of one namespace gets nothing of another, with a valid certificate, at the bundled agent", async (t) => {
  await using bundle = await bundleAgent();
  await using rig = await runAgent({
    command: (dir) => imageCommand(bundle.file, [dir]),
    // As RBAC has it: by the name exactly, and in a group that nobody forwards.
    decide: ({ user, groups, namespace }) =>
      user === "root" || groups.includes("admins") || (user === "eve" && namespace === "team"),
    settings: { metrics: { addr: "127.0.0.1:0" }, logging: { level: "debug" } },
  });
  const { tree, agent } = rig;
  const own = await tree.addCri({ namespace: "team", pod: "cart", container: "web" });
  const vault = await tree.addCri({ namespace: "vault", pod: "safe", container: "web" });
  // As some runtimes name containers.
  const underscored = await tree.addCri({ namespace: "vault", pod: "cart", container: "team_c" });
  await own.append(["a line of the team"]);
  for (const log of [vault, underscored]) await log.append([SECRET]);
  using client = connect({ port: agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  const asked = (log: ContainerLog, more: Request = {}): Request => ({ ...recordsRequest(log), ...more });

  await t.step("what is there to see: the owner gets each line, and the caller its own", async () => {
    for (const [log, user, line] of [[own, "eve", "a line of the team"], [underscored, "root", SECRET]] as const) {
      const metadata = [["x-remote-user", user]] as const;
      const records = client.stream(StreamForward, { ...anyLog, ...asked(log) }, { metadata });
      assert.deepEqual((await Array.fromAsync(records)).map(({ message }) => message), [line]);
    }
  });

  await t.step("names that put together are the other log's", async () => {
    const { container_id = "" } = asked(underscored);
    const tricks: readonly Request[] = [
      { pod_name: "cart_vault", namespace: "team", container_name: "c" },
      { pod_name: "cart", namespace: "vault_team", container_name: "c" },
      { pod_name: "../containers/cart_vault", namespace: "team", container_name: "c" },
    ];
    for (const trick of tricks) {
      for (const { code } of await refused(client, { ...trick, container_id })) assert.equal(code, "INVALID_ARGUMENT");
    }
  });

  await t.step("namespaces that look like the caller's own, or like the other", async () => {
    // The last are of other scripts, of full width, and taken apart.
    for (
      const namespace of [
        "Team",
        "team ",
        " team",
        "team.",
        "team\n",
        "teаm",
        "ｔｅａｍ",
        "te\u0301am",
        "VAULT",
        "vault\u200b",
      ]
    ) {
      for (const log of [own, vault]) {
        for (const { code } of await refused(client, asked(log, { namespace }))) {
          assert.equal(code, "PERMISSION_DENIED", JSON.stringify(namespace));
        }
      }
      const list = await client.unary(services.logMetadata.List, { namespaces: ["team", namespace] }, {
        metadata: eve,
      });
      assert.equal(list.code, "PERMISSION_DENIED", JSON.stringify(namespace));
    }
  });

  await t.step("a refusal is the same whether the log is there or not, and whatever else is asked", async () => {
    const wanted = { code: "PERMISSION_DENIED", details: "permission denied: `get pods/log` in namespace `vault`" };
    const requests = [
      asked(vault),
      asked(vault, { pod_name: "none" }),
      asked(vault, { container_id: "none" }),
      asked(vault, { grep: "(" }),
      asked(vault, { start_time: "never" }),
      asked(vault, { follow_from: "END" }),
    ];
    for (const request of requests) {
      for (const ending of await refused(client, request)) assert.deepEqual(ending, wanted);
    }
  });

  await t.step(
    "headers: of two users the first counts, and nothing but the header itself names a user or a group",
    async () => {
      const first = [["x-remote-user", "eve"], ["x-remote-user", "root"]] as const;
      const tricks: readonly Headers[] = [
        first,
        [["x-remote-user", "eve, root"]],
        [["x-remote-user", "eve"], ["x-remote-groups", "admins"]],
        [["x-remote-user", "eve"], ["x-remote-uid", "0"], ["x-remote-extra-groups", "admins"]],
        [["x-remote-user", "eve"], ["x-remote-group", "a,admins"]],
        [["x-remote-user", "eve"], ["x-remote-group", "admins "]],
        [["x-remote-user", "eve"], ["impersonate-user", "root"], ["impersonate-group", "admins"]],
        [["x-remote-user", "eve"], ["authorization", "Bearer root"]],
        [["x-remote-user", "eve"], ["x-remote-extras", '{"groups":["admins"],"user":["root"],"__proto__":["admins"]}']],
      ];
      for (const metadata of tricks) {
        for (const { code } of await refused(client, asked(vault), metadata)) {
          assert.equal(code, "PERMISSION_DENIED", JSON.stringify(metadata));
        }
      }
    },
  );

  await t.step(
    "headers that only a client of its own making sends: in capitals, in binary, of several spellings",
    async () => {
      const request = StreamForward.requestSerialize({ ...anyLog, ...asked(vault) } as LogRecordsStreamRequest);
      const before = rig.reviews.reviews.length;
      for (
        const extra of [
          [["X-Remote-User", "root"]],
          [["x-remote-user", "eve"], ["X-Remote-User", "root"]],
          [["x-remote-user", "eve"], ["X-REMOTE-GROUP", "admins"]],
          [["x-remote-user-bin", btoa("root")]],
          [["x-remote-user", "eve"], ["x-remote-group-bin", btoa("admins")]],
          [["x-remote-user ", "root"]],
          [["x_remote_user", "root"]],
          [["x-remote-user", "eve\0root"]],
          [["x-remote-user", "eve\r\nx-remote-user: root"]],
          [["x-remote-user", ""], ["x-remote-user", "root"]],
        ] as const
      ) {
        const over = Promise.withResolvers<void>();
        using raw = await connectRawHttp2({
          port: agent.port,
          ca: rig.authority.certPem,
          leaf: rig.leaf,
          onFrame: ({ type, stream, flags }) => {
            const isEnd = type === frameTypes.headers && (flags & frameFlags.endStream) !== 0;
            if ((stream === 1 && (isEnd || type === frameTypes.reset)) || type === frameTypes.goAway) {
              over.resolve();
            }
            assert.ok(type !== frameTypes.data, JSON.stringify(extra));
          },
        });
        await raw.send(
          {
            type: frameTypes.headers,
            flags: frameFlags.endHeaders,
            stream: 1,
            payload: callHeaders(StreamForward.path, extra),
          },
          { type: frameTypes.data, flags: frameFlags.endStream, stream: 1, payload: grpcMessage(request) },
        );
        await inTime(() => `the end of a call with ${JSON.stringify(extra)}`, Promise.race([over.promise, raw.closed]));
      }
      const asking = rig.reviews.reviews.slice(before);
      assert.deepEqual(asking.filter(({ user, groups }) => user !== "eve" || groups.length > 0), []);
    },
  );

  await t.step("metrics, probes and reflection tell of no namespace, pod or user", async () => {
    const url = metricsUrl(agent.log);
    const told = await Promise.all(
      ["/metrics", "/readyz", "/livez"].map(async (path) => (await probe(url, path)).body),
    );
    const services = await askForServices(client);
    for (const word of ["vault", "safe", "cart", "eve", "root", "admins", SECRET]) {
      for (const text of [...told, services.join()]) assert.doesNotMatch(text, RegExp(`\\b${word}\\b`));
    }
  });

  assert.equal(await agent.terminate(), 0);
  assert.ok(!agent.log.join("\n").includes(SECRET));
});
