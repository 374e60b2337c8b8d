import assert from "#assert";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { PermissionDeniedError } from "../../src/auth/errors.ts";
import type { Grant } from "../../src/auth/grant.ts";
import { createLogDirectory } from "../../src/metadata/log_directory.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { metadataService } from "../../src/rpc/services/metadata_service.ts";
import { recordsService } from "../../src/rpc/services/records_service.ts";
import { untilAborted } from "../../src/scheduling/abortable.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createManualChanges } from "../fakes/manual_changes.ts";
import { runServer } from "../support/agent_server.ts";
import { eventually } from "../support/eventually.ts";
import { inTime } from "../support/in_time.ts";
import { createLogWorld } from "../support/log_world.ts";
import { createManualClock } from "../support/manual_clock.ts";
import { callHeaders, connectRawHttp2, fourBytes, grpcMessage } from "../support/raw_http2.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";
import { runAgent } from "../support/running_agent.ts";
import { anyLog } from "../support/test_services.ts";

const MIB = 1024 * 1024;
const { List } = services.logMetadata;
const { StreamForward } = services.logRecords;
const caller = () => ({ kind: "token", token: "t" }) as const;
const grant = { allows: () => true, decidedAtMs: 0 } as unknown as Grant;

Deno.test("fault 75: a stream that is cancelled while a rotated file is decompressed decompresses no more of it", async () => {
  await using rig = await runAgent();
  const log = await rig.tree.addCri({ namespace: "ns", pod: "web", container: "c" });
  await log.append(["newest"]);
  // Hundreds of megabytes of text that hardly become shorter, as members of one file.
  const random = new Uint8Array(3 * MIB);
  for (let at = 0; at < random.length; at += 65_536) crypto.getRandomValues(random.subarray(at, at + 65_536));
  const text = Buffer.from(random).toString("base64").replaceAll(
    /.{200}/g,
    "2026-01-01T00:00:00.000000000Z stdout F $&\n",
  );
  const member = gzipSync(text.slice(0, text.lastIndexOf("\n") + 1), { level: 1 });
  const rotated = await Deno.open(`${log.path}.20260101-000000.gz`, { create: true, write: true });
  for (let i = 0; i < 64; i++) await rotated.write(member);
  rotated.close();
  const client = rig.connect();
  const { runtimeId: id, namespace, pod, container } = log;
  const before = await rig.usage();
  const over = new AbortController();
  const stream = client.backward({ log: { namespace, pod, container, id }, grep: "not there" }, {
    signal: over.signal,
  });
  const ended = assert.rejects(stream.next());
  await eventually("the rotated file is read", async () => (await rig.usage()).readBytes > before.readBytes + 8 * MIB);
  over.abort(new Error("enough"));
  await ended;
  const { readBytes } = await rig.usage();
  await eventually("the file is closed", async () => (await rig.usage()).files <= before.files + 1);
  const more = (await rig.usage()).readBytes - readBytes;
  assert.ok(more < 16 * MIB, `${more} bytes of ${64 * member.length} were read after the cancel`);
});

Deno.test("fault 75: a list that is cancelled while the folder of logs is scanned looks at no more of it", async () => {
  using world = createLogWorld();
  for (let i = 0; i < 500; i++) {
    await Deno.symlink("/nowhere", `${world.folders.containerLogsDir}/p${i}_ns_c-${"0".repeat(12)}.log`);
  }
  const begun = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  let slices = 0;
  let skipped = 0;
  await using running = await runServer([metadataService({
    callerOf: caller,
    authorizer: { authorize: () => Promise.resolve(grant), authorizeNamespace: () => Promise.resolve(grant) },
    directory: createLogDirectory({ ...world.folders }, {
      yieldSlice: async ({ signal }) => {
        slices++;
        begun.resolve();
        try {
          await untilAborted({ signal });
        } finally {
          cancelled.resolve();
        }
      },
    }),
    nodeName: "node",
    metrics: createMetrics(),
    onSkip: () => skipped++,
  })]);
  const { port, certificates: { authority, client: leaf } } = running;
  using client = await connectRawHttp2({ port, ca: authority.certPem, leaf });
  await client.send(
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1, payload: callHeaders(List.path) },
    { type: frameTypes.data, flags: frameFlags.endStream, stream: 1, payload: grpcMessage() },
  );
  await inTime(() => "the scan begins", begun.promise);
  await client.send({ type: frameTypes.reset, stream: 1, payload: fourBytes(8) });
  await inTime(() => "the scan is cancelled", cancelled.promise);
  await running.server.drain({ signal: new AbortController().signal });
  assert.ok(slices === 1 && skipped < 500, `${slices} slices, ${skipped} links`);
});

Deno.test("fault 74: a client that vanishes is gone in 90 s, with its follow and the reviews of it", async () => {
  using world = createLogWorld();
  world.write();
  const clock = createManualClock();
  const metrics = createMetrics();
  let reviews = 0;
  const review = (): Promise<Grant> => {
    reviews++;
    return Promise.resolve({ ...grant, decidedAtMs: performance.now() } as Grant);
  };
  await using running = await runServer([recordsService({
    callerOf: caller,
    authorizer: { authorize: () => Promise.reject(new PermissionDeniedError("not asked")), authorizeNamespace: review },
    folders: world.folders,
    pool: createBlockPool(),
    metrics,
    changes: createManualChanges(),
    reviewMs: 5,
    onGap: () => {},
    onProblem: () => {},
  })], { clock });
  const { port, certificates: { authority, client: leaf } } = running;
  // It answers no PING.
  using vanished = await connectRawHttp2({ port, ca: authority.certPem, leaf });
  const request = StreamForward.requestSerialize({
    ...anyLog,
    namespace: "ns",
    pod_name: "pod",
    container_name: "app",
    container_id: "0".repeat(12),
    follow_from: "END",
  });
  await vanished.send(
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1, payload: callHeaders(StreamForward.path) },
    { type: frameTypes.data, flags: frameFlags.endStream, stream: 1, payload: grpcMessage(request) },
    { type: frameTypes.windowUpdate, payload: fourBytes(1) },
  );
  await eventually("it follows, and is reviewed again", () => reviews > 2);
  assert.equal(metrics.value("streams", { kind: "follow" }), 1);
  clock.advance(90_000);
  await eventually("the follow has ended", () => metrics.value("streams", { kind: "follow" }) === 0);
  await inTime(() => "the connection is closed", vanished.closed);
  const last = reviews;
  assert.equal(running.server.connections(), 0);
  // Another call is reviewed later than one of the follow would be.
  let heard = 0;
  await eventually("many intervals have passed", () => ++heard > 100, { pauseMs: 1 });
  assert.ok(reviews <= last + 1, `${reviews - last} reviews after the end`);
});
