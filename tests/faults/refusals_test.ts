import assert from "#assert";
import { issue, makeAuthority } from "../fakes/certificates.ts";
import { AgentCallError } from "../support/client.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { anyLog } from "../support/test_services.ts";
import { connect, type GrpcClient } from "../support/grpc_client.ts";
import { runAgent } from "../support/running_agent.ts";
import { recordsRequest } from "../support/records_request.ts";

const PATTERN = "card=4111111111111111";
const TOKEN = "a-token-that-nobody-may-see";

/** What an agent has warned of, without what differs from run to run. */
function warnings(log: readonly string[]): unknown[] {
  return log.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter(({ level, fields }) => level !== "INFO" && fields.message !== undefined)
    .map(({ fields: { message, code, user, client, namespace, log: name, reason } }) =>
      [message, code, user ?? client, namespace, name, reason].filter((field) => field !== undefined)
    );
}

Deno.test("each refusal and failure of a running agent leaves one line, and none leaves a secret", async () => {
  await using rig = await runAgent({
    decide: ({ user }) => {
      if (user === "unlucky") throw new Error("out of order");
      return user === "ada";
    },
  });
  const outside = await Deno.makeTempDir({ prefix: "outside-" });
  try {
    await Deno.writeTextFile(`${outside}/0.log`, "");
    await Deno.symlink(`${outside}/0.log`, `${rig.tree.containersDir}/out_shop_web-0123.log`);
    const [intruder, stranger] = await Promise.all([
      issue(rig.authority, { commonName: "intruder", usages: ["client"] }),
      makeAuthority("Other authority").then((other) => issue(other, { commonName: "x", usages: ["client"] })),
    ]);
    const to = { port: rig.agent.port, ca: rig.authority.certPem };
    using client = connect({ ...to, leaf: rig.leaf });
    using proxy = connect({ ...to, leaf: intruder });
    const codes: string[] = [];
    const read = async (user: string, by: GrpcClient = client): Promise<void> => {
      const request = { ...anyLog, namespace: "shop", pod_name: "out", container_name: "web", grep: PATTERN };
      const metadata = [["x-remote-user", user], ["authorization", `Bearer ${TOKEN}`]] as const;
      codes.push((await by.count(services.logRecords.StreamForward, request, { metadata })).code);
    };
    for (let time = 0; time < 3; time++) {
      for (const user of ["eve", "ada", ""]) await read(user);
      await read("ada", proxy);
      await using nobody = rig.connect({ leaf: stranger });
      await assert.rejects(nobody.health(), AgentCallError);
    }
    await read("unlucky");
    const once = ["PERMISSION_DENIED", "NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED"];
    assert.deepEqual(codes, [...once, ...once, ...once, "UNAVAILABLE"]);

    const log = ["shop", "out/web/0123"];
    const key = "its target lies outside the log roots";
    const handshakes = warnings(rig.agent.log).filter((fields) => String(fields).startsWith("TLS handshake failed"));
    assert.deepEqual(handshakes, [["TLS handshake failed", "the connection ended in the handshake"]]);
    // The look at all logs at the start may or may not have come when the link was made.
    const calls = warnings(rig.agent.log).filter((fields) => /^(Call|Cannot (?!read any log))/.test(String(fields)));
    assert.deepEqual(calls, [
      ["Call refused", "PERMISSION_DENIED", "eve", ...log, "permission denied: `get pods/log` in namespace `shop`"],
      ["Cannot open a log", "NOT_FOUND", "ada", ...log, key],
      ["Call refused", "UNAUTHENTICATED", "test-proxy", ...log, "missing user header"],
      ["Call refused", "PERMISSION_DENIED", "intruder", ...log, 'proxy CN "intruder" not in allowed list'],
      [
        "Cannot put an access review",
        "UNAVAILABLE",
        "unlucky",
        ...log,
        "failed to authenticate: the API server answered 500: Cannot review access: the API server answered 500",
      ],
    ]);
    const [, keyLine = ""] = rig.leaf.keyPem.split("\n");
    for (const secret of [PATTERN, TOKEN, keyLine]) assert.ok(!rig.agent.log.join("\n").includes(secret));
  } finally {
    await Deno.remove(outside, { recursive: true });
  }
});

Deno.test("a running agent at level debug has one line for each call, and none for health, with no text of the log", async () => {
  await using rig = await runAgent({ decide: ({ user }) => user === "ada", settings: { logging: { level: "debug" } } });
  const text = "a text of a log that nobody may see";
  const log = await rig.tree.addCri({ namespace: "shop", pod: "cart-0", container: "web" });
  await log.append([text, PATTERN]);
  using client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  const asked = recordsRequest(log, { grep: PATTERN });
  const read = async (user: string): Promise<string> => {
    const metadata = [["x-remote-user", user], ["authorization", `Bearer ${TOKEN}`]] as const;
    return (await client.count(services.logRecords.StreamForward, asked, { metadata })).code;
  };
  await client.unary(services.health.Check, { service: "" });
  const unknown = { ...services.logMetadata.List, path: "/a.B/C" };
  assert.equal((await client.unary(unknown, { namespaces: [] })).code, "UNIMPLEMENTED");
  assert.deepEqual([await read("ada"), await read("ada"), await read("eve")], ["OK", "OK", "PERMISSION_DENIED"]);
  assert.equal(await rig.agent.terminate(), 0);
  const lines = rig.agent.log.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter(({ fields: { message } }) => /^Call( refused)?$/.test(message))
    .map(({ level, fields: { message, code, user, records, patternLength } }) => [
      level,
      message,
      code,
      user,
      records,
      patternLength,
    ]);
  assert.deepEqual(lines, [
    ["WARN", "Call refused", "UNIMPLEMENTED", undefined, undefined, undefined],
    ["DEBUG", "Call", "OK", "ada", 1, PATTERN.length],
    ["DEBUG", "Call", "OK", "ada", 1, PATTERN.length],
    ["WARN", "Call refused", "PERMISSION_DENIED", "eve", 0, PATTERN.length],
  ]);
  for (const secret of [PATTERN, TOKEN, text]) assert.ok(!rig.agent.log.join("\n").includes(secret));
});
