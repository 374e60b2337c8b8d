/**
 * Traces: the bundled agent, with the permissions that it declares, and a receiver of what it exports.
 *
 * @module
 */
import assert from "#assert";
import { startFakeOtlpReceiver } from "./fakes/fake_otlp_receiver.ts";
import { bundleAgent, declared, engineFlags, permissionFlags } from "./support/agent_bundle.ts";
import { connect } from "./support/grpc_client.ts";
import { projectText } from "./support/project.ts";
import { runAgent } from "./support/running_agent.ts";
import { anyLog } from "./support/test_services.ts";
import { TELEMETRY } from "../tools/compile/programs.ts";
import { services } from "../src/rpc/descriptor.ts";
import { recordsRequest } from "./support/records_request.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const FORWARD = "cluster_agent.LogRecordsService/StreamForward";
/** What the image is compiled with. */
const SECRETS = {
  pattern: "card=4111111111111111",
  token: "a-token-that-nobody-may-see",
  user: "somebody-with-a-name",
  text: "a text of a log that nobody may see",
  state: "vendor-state-of-the-caller",
  baggage: "baggage-of-the-caller",
};

Deno.test("a call is a span of its caller's trace, with what it has searched and sent, and nothing that it may not hold", async () => {
  await using receiver = await startFakeOtlpReceiver();
  await using bundle = await bundleAgent();
  const root = await Deno.realPath(Deno.env.get("TMPDIR") ?? "/tmp");
  await using rig = await runAgent({
    decide: ({ user }) => user === SECRETS.user,
    command: [
      Deno.execPath(),
      "run",
      ...engineFlags(),
      ...permissionFlags({ ...declared, read: [root] }),
      bundle.file,
    ],
    env: {
      ...TELEMETRY,
      OTEL_TRACES_SAMPLER: "always_on",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    },
  });
  const log = await rig.tree.addCri({ namespace: "shop", pod: "cart-0", container: "web" });
  await log.append([SECRETS.text, SECRETS.pattern]);
  using client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  const request = recordsRequest(log, { grep: SECRETS.pattern });
  const read = async (user: string, traceparent: string, more: Partial<typeof request> = {}): Promise<string> => {
    const metadata = [
      ["x-remote-user", user],
      ["authorization", `Bearer ${SECRETS.token}`],
      ["traceparent", traceparent],
      ["tracestate", `a=${SECRETS.state}`],
      ["baggage", `a=${SECRETS.baggage}`],
    ] as const;
    return (await client.count(services.logRecords.StreamForward, { ...request, ...more }, { metadata })).code;
  };
  await client.unary(services.health.Check, { service: "" });
  assert.equal(await read(SECRETS.user, `00-${TRACE}-${PARENT}-01`), "OK");
  assert.equal(await read("eve", `00-${TRACE}-${PARENT}-01`), "PERMISSION_DENIED");
  assert.equal(await read(SECRETS.user, "00-no-trace-01", { container_id: "none" }), "NOT_FOUND");
  assert.equal(await rig.agent.terminate(), 0);
  assert.deepEqual(rig.agent.log.filter((line) => !line.startsWith("{")), [], "no permission is missing");

  const own = receiver.spans.filter(({ name }) => name === FORWARD);
  const figures = {
    "rpc.system.name": "grpc",
    "rpc.method": FORWARD,
    "cluster_agent.rotated_files": 0,
    "cluster_agent.gaps": 0,
    "cluster_agent.pattern_length": SECRETS.pattern.length,
    "cluster_agent.engine": false,
    "cluster_agent.direction": "forward",
    "cluster_agent.follow": false,
  };
  const nothing = { "cluster_agent.records": 0, "cluster_agent.sent_bytes": 0, "cluster_agent.scanned_bytes": 0 };
  const scanned = (await Deno.stat(log.path)).size;
  const [first, , last] = own;
  assert.deepEqual(own.map(({ kind, status, attributes }) => ({ kind, status, attributes })), [
    {
      kind: 2,
      status: 0,
      attributes: {
        ...figures,
        "rpc.status_code": "OK",
        "cluster_agent.records": 1,
        "cluster_agent.sent_bytes": first?.attributes["cluster_agent.sent_bytes"],
        "cluster_agent.scanned_bytes": scanned,
      },
    },
    { kind: 2, status: 0, attributes: { ...figures, ...nothing, "rpc.status_code": "PERMISSION_DENIED" } },
    { kind: 2, status: 0, attributes: { ...figures, ...nothing, "rpc.status_code": "NOT_FOUND" } },
  ]);
  assert.ok(Number(first?.attributes["cluster_agent.sent_bytes"]) > SECRETS.pattern.length, "bytes were counted");
  assert.deepEqual(own.slice(0, 2).map(({ traceId, parentSpanId }) => [traceId, parentSpanId]), [
    [TRACE, PARENT],
    [TRACE, PARENT],
  ]);
  assert.ok(last?.traceId !== TRACE && last?.parentSpanId === "", "what is no trace parent begins a trace");
  // The runtime's own spans: that of the HTTP/2 stream beside ours, that of the access review below it.
  const paths = (path: string): typeof own => receiver.spans.filter((span) => span.attributes["url.path"] === path);
  const [stream] = paths(`/${FORWARD}`);
  assert.deepEqual([stream?.name, stream?.traceId, stream?.parentSpanId], ["POST", TRACE, PARENT]);
  const [review] = paths("/apis/authorization.k8s.io/v1/subjectaccessreviews");
  assert.deepEqual([review?.traceId, review?.parentSpanId], [TRACE, first?.spanId]);
  assert.ok(!receiver.spans.some(({ name }) => name.startsWith("grpc.health")), "health has no span of ours");
  for (const [what, secret] of Object.entries(SECRETS)) {
    assert.ok(!receiver.bodies.some((body) => body.includes(secret)), `the ${what} is in what was exported`);
  }
});

Deno.test("with the sampler of the image a call is served, and nothing is exported", async () => {
  await using receiver = await startFakeOtlpReceiver();
  await using rig = await runAgent({
    env: {
      ...TELEMETRY,
      OTEL_TRACES_SAMPLER: "always_off",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    },
  });
  const log = await rig.tree.addCri({ namespace: "shop", pod: "cart-0", container: "web" });
  await log.append(["one", "two"]);
  using client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  const request = { ...anyLog, namespace: "shop", pod_name: "cart-0", container_name: "web" };
  const metadata = [["x-remote-user", "ada"], ["traceparent", `00-${TRACE}-${PARENT}-01`]] as const;
  const asked = { ...request, container_id: log.runtimeId };
  const { code, messages } = await client.count(services.logRecords.StreamForward, asked, { metadata });
  assert.deepEqual([code, messages], ["OK", 2]);
  assert.equal(await rig.agent.terminate(), 0);
  assert.deepEqual(receiver.bodies, []);
});

Deno.test("the image is compiled with traces, and does not sample them", async () => {
  const text = await projectText("Dockerfile");
  // Where Deno itself is in the image, nothing is compiled in, and it is told in its environment.
  const inEnvironment = Object.entries(TELEMETRY).map(([name, value]) => `${name}=${value}`).join(" ");
  assert(text.includes(`FROM tree-compiled AS tree-deno\nENV ${inEnvironment}\n`));
  const [, last = ""] = text.split("FROM tree-${RUNTIME} AS tree");
  assert.match(last, /^ENV OTEL_TRACES_SAMPLER=always_off$/m);
});
