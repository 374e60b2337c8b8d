import { Buffer } from "node:buffer";
import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { createManualTimer, type ManualTimer } from "../../../tests/support/manual_timer.ts";
import type { GrpcClient } from "../../../tests/support/grpc_client.ts";
import {
  callHeaders,
  connectRawHttp2,
  fourBytes,
  grpcMessage,
  type RawHttp2,
} from "../../../tests/support/raw_http2.ts";
import { frameFlags, frameTypes } from "../../../tests/support/http2_types.ts";
import { replaced } from "../../../tests/support/replaced.ts";
import type { Authorizer } from "../../auth/authorizer.ts";
import { PermissionDeniedError, ReviewUnavailableError } from "../../auth/errors.ts";
import type { Grant } from "../../auth/grant.ts";
import type { Principal } from "../../auth/identity.ts";
import { resolveRoots } from "../../logs/log_file.ts";
import {
  createLogDirectory,
  type DirectoryScanOptions,
  type LogDirectory,
  type LogEntry,
} from "../../metadata/log_directory.ts";
import { createPoller } from "../../scheduling/poller.ts";
import { createMetrics, type Metrics } from "../../telemetry/metrics.ts";
import { services } from "../descriptor.ts";
import type { LogMetadataWatchEvent } from "../messages.ts";
import { bytesInFlight } from "../transport/bytes_in_flight.ts";
import { OpenStreams } from "./open_streams.ts";
import { StalledStreamError, StalledStreams } from "./stalled_streams.ts";
import { metadataService, type MetadataServiceOptions } from "./metadata_service.ts";

const { List, Watch } = services.logMetadata;
const REFUSAL = "permission denied: `get pods/log` in namespace `shop`";
const ID = "0".repeat(64);

/** A review that was asked for. */
interface Review {
  readonly namespaces: readonly string[];
  readonly maxAgeMs: number;
}

interface Rig extends AsyncDisposable {
  readonly running: RunningServer;
  readonly client: GrpcClient;
  readonly metrics: Metrics;
  readonly reviews: Review[];
  /** What the next reviews end with; a grant of the namespaces that are asked for, or of all, unless this is set. */
  refusal: Error | undefined;
  /** Each log that the operator was told is left out. */
  readonly skipped: string[];
  /** How often the folder was scanned. */
  scans(): number;
  /** Fires when the folder is scanned next for those who watch. */
  readonly timer: ManualTimer;
  /** Makes a log of that pod; resolves to its file. */
  put(namespace: string, pod: string): Promise<string>;
  /** Makes a link that leads nowhere. */
  putDangling(namespace: string, pod: string): Promise<void>;
}

async function run(options: Partial<MetadataServiceOptions> = {}): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "metadata-" }));
  stack.defer(() => Deno.remove(root, { recursive: true }));
  for (const folder of ["containers", "pods"]) await Deno.mkdir(`${root}/${folder}`);
  let scans = 0;
  const scanned = createLogDirectory({ containerLogsDir: `${root}/containers`, roots: resolveRoots([root]) });
  const directory: LogDirectory = {
    folder: scanned.folder,
    seenAt: (link, sinceMs) => scanned.seenAt(link, sinceMs),
    scan: (scan) => {
      scans++;
      return scanned.scan(scan);
    },
  };
  const reviews: Review[] = [];
  const metrics = createMetrics();
  const skipped: string[] = [];
  const timer = createManualTimer();
  const authorizer: Authorizer = {
    authorize: (_caller, namespaces, { maxAgeMs = Infinity }) => {
      reviews.push({ namespaces, maxAgeMs });
      if (rig.refusal !== undefined) return Promise.reject(rig.refusal);
      const allows = (namespace: string): boolean => namespaces.length === 0 || namespaces.includes(namespace);
      const decidedAtMs = performance.now();
      return Promise.resolve({ brand: "Grant", namespaces: new Set(namespaces), decidedAtMs, allows } satisfies Grant);
    },
    authorizeNamespace: () => Promise.reject(new Error("not asked for by this service")),
  };
  const running = stack.use(
    await runServer([
      metadataService({
        callerOf: () => ({ kind: "token", token: "any" }),
        authorizer,
        directory,
        poller: createPoller({ later: timer.later }),
        gatherMs: 0,
        nodeName: "node-1",
        metrics,
        onSkip: (fileName, reason) => skipped.push(`${fileName.split("_")[0]}: ${reason}`),
        ...options,
      }),
    ]),
  );
  const linkOf = (namespace: string, pod: string): string => `${root}/containers/${pod}_${namespace}_app-${ID}.log`;
  const made = stack.move();
  const rig: Rig = {
    running,
    client: running.client(),
    metrics,
    reviews,
    refusal: undefined,
    skipped,
    scans: () => scans,
    timer,
    put: async (namespace, pod) => {
      const path = `${root}/pods/${namespace}-${pod}`;
      await Deno.writeTextFile(path, "");
      await Deno.symlink(path, linkOf(namespace, pod));
      return path;
    },
    putDangling: (namespace, pod) => Deno.symlink(`${root}/pods/nothing`, linkOf(namespace, pod)),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
  return rig;
}

/** Waits for a condition of the server, which runs in this process. */
async function until(condition: () => boolean, what: string): Promise<void> {
  await eventually(what, condition);
}

function shown({ type, object }: LogMetadataWatchEvent): string {
  return `${type} ${object?.spec?.namespace} ${object?.spec?.pod_name} ${object?.fileInfo?.size}`;
}

Deno.test("a list has the logs of the granted namespaces, with the node's name", async () => {
  await using rig = await run();
  await Deno.writeTextFile(await rig.put("shop", "web"), "12345");
  await rig.put("bank", "vault");
  const { response, code } = await rig.client.unary(List, { namespaces: ["shop"] });
  assert.equal(code, "OK");
  assert.equal(response?.items.length, 1);
  const [item] = response?.items ?? [];
  const { id, spec, fileInfo } = item ?? {};
  assert.equal(id, ID);
  const wanted = { node_name: "node-1", namespace: "shop", pod_name: "web", container_name: "app", container_id: ID };
  assert.deepEqual(spec, wanted);
  assert.equal(fileInfo?.size, 5);
  const all = await rig.client.unary(List, { namespaces: [] });
  assert.deepEqual(all.response?.items.map(({ spec }) => spec?.pod_name).sort(), ["vault", "web"]);
});

Deno.test("a watch reports changes in the granted namespaces, and nothing else", async () => {
  await using rig = await run();
  const file = await rig.put("shop", "old");
  const watch = rig.client.stream(Watch, { namespaces: ["shop"] });
  await watch.headers;
  const next = async (): Promise<string> => {
    await until(() => rig.timer.isSet(), "poll");
    rig.timer.fire();
    const event = await watch.next();
    return event === undefined ? "over" : shown(event);
  };
  await rig.put("bank", "vault");
  await rig.put("shop", "web");
  assert.equal(await next(), "ADDED shop web 0");
  await Deno.writeTextFile(file, "123");
  assert.equal(await next(), "MODIFIED shop old 3");
  watch.cancel();
  await watch.ending;
});

Deno.test("a watch of a caller who has lost the right to read ends with the next review, PERMISSION_DENIED", async () => {
  await using rig = await run({ reviewMs: 5 });
  await rig.put("shop", "web");
  const watch = rig.client.stream(Watch, { namespaces: ["shop"] });
  await watch.headers;
  const granted = rig.reviews.length;
  rig.refusal = new PermissionDeniedError(REFUSAL);
  assert.equal(await watch.next(), undefined);
  assert.deepEqual(await watch.ending, { code: "PERMISSION_DENIED", details: REFUSAL });
  assert.equal(rig.reviews.length, granted + 1, "the first review after the right is lost ends it");
  assert.deepEqual(rig.reviews[0], { namespaces: ["shop"], maxAgeMs: Infinity });
  for (const review of rig.reviews.slice(1)) assert.deepEqual(review, { namespaces: ["shop"], maxAgeMs: 1.25 });
  await until(() => !rig.timer.isSet(), "end of polling");
});

Deno.test("a watch of a client that is no longer believed ends with the next review", async () => {
  let believed = true;
  const callerOf = (): Principal => {
    if (believed) return { kind: "token", token: "any" };
    throw new PermissionDeniedError(REFUSAL);
  };
  await using rig = await run({ reviewMs: 5, callerOf });
  const watch = rig.client.stream(Watch, { namespaces: ["shop"] });
  await watch.headers;
  believed = false;
  const asked = rig.reviews.length;
  assert.equal(await watch.next(), undefined);
  assert.deepEqual(await watch.ending, { code: "PERMISSION_DENIED", details: REFUSAL });
  assert.equal(rig.reviews.length, asked);
  await until(() => !rig.timer.isSet(), "end of polling");
});

Deno.test("a watch that nobody can review ends UNAVAILABLE when its last review is stale", async () => {
  await using rig = await run({ reviewMs: 5, staleAfterMs: 20 });
  const watch = rig.client.stream(Watch, { namespaces: ["shop"] });
  await watch.headers;
  rig.refusal = new ReviewUnavailableError("failed to authenticate: the API server cannot be reached");
  assert.equal(await watch.next(), undefined);
  const { code, details } = await watch.ending;
  assert.equal(code, "UNAVAILABLE");
  assert.match(details, /^failed to authenticate: .+; access was last reviewed \d+ s ago$/);
  await until(() => !rig.timer.isSet(), "end of polling");
});

Deno.test("a watch goes on while nobody can review it, and one that is over is not reviewed any more", async () => {
  await using rig = await run({ reviewMs: 1 });
  const first = rig.client.stream(Watch, { namespaces: ["first"] });
  await first.headers;
  first.cancel();
  await first.ending;
  const unavailable = new ReviewUnavailableError("the API server is away");
  const second = rig.client.stream(Watch, { namespaces: ["second"] });
  await second.headers;
  await until(() => rig.timer.isSet(), "poll");
  rig.reviews.length = 0;
  rig.refusal = unavailable;
  await until(() => rig.reviews.length >= 5, "five reviews");
  assert.deepEqual([...new Set(rig.reviews.flatMap(({ namespaces }) => namespaces))], ["second"]);
  assert(rig.running.failures.some(({ error }) => error === unavailable), "the operator is told");
  rig.refusal = undefined;
  await rig.put("second", "web");
  rig.timer.fire();
  const event = await second.next();
  assert.equal(event && shown(event), "ADDED second web 0");
  second.cancel();
  await second.ending;
});

Deno.test("a log that is left out is counted and told, if the caller may see its namespace", async () => {
  await using rig = await run();
  await rig.put("shop", "web");
  await rig.putDangling("shop", "gone");
  await rig.putDangling("bank", "secret");
  const { response } = await rig.client.unary(List, { namespaces: ["shop"] });
  assert.equal(response?.items.length, 1);
  assert.deepEqual(rig.skipped.map((line) => line.split(":")[0]), ["gone"]);
  assert.equal(rig.metrics.value("logs_skipped_total"), 1);
  // A watch scans for all callers.
  const watch = rig.client.stream(Watch, { namespaces: ["shop"] });
  await watch.headers;
  assert.deepEqual(rig.skipped.slice(1).map((line) => line.split(":")[0]).sort(), ["gone", "secret"]);
  assert.equal(rig.metrics.value("logs_skipped_total"), 3);
  watch.cancel();
  await watch.ending;
});

Deno.test("a request may name ten thousand namespaces, and no more", async () => {
  await using rig = await run();
  const namespaces = Array.from({ length: 10_000 }, (_, index) => `namespace-${index}`);
  assert.equal((await rig.client.unary(List, { namespaces })).code, "OK");
  assert.equal(rig.reviews[0]?.namespaces.length, 10_000);
  const scans = rig.scans();
  rig.reviews.length = 0;
  const more = { namespaces: [...namespaces, "one-more"] };
  const details = "Cannot take the request: more than the 10000 fields that are allowed";
  const list = await rig.client.unary(List, more);
  assert.deepEqual([list.code, list.details], ["RESOURCE_EXHAUSTED", details]);
  const watch = rig.client.stream(Watch, more);
  assert.equal(await watch.next(), undefined);
  assert.deepEqual(await watch.ending, { code: "RESOURCE_EXHAUSTED", details });
  const large = await rig.client.unary(List, { namespaces: ["x".repeat(2 ** 20)] });
  assert.equal(large.code, "RESOURCE_EXHAUSTED");
  assert.match(large.details, /larger than max \(\d+ vs 1048576\)$/);
  assert.deepEqual([rig.reviews, rig.scans()], [[], scans], "nobody is asked, and nothing is scanned");
});

Deno.test("a namespace that is no name is refused before anybody is asked, and a refusal comes before the scan", async () => {
  await using rig = await run();
  const long = { namespaces: ["shop", "x".repeat(1_025)] };
  assert.equal((await rig.client.unary(List, long)).code, "INVALID_ARGUMENT");
  const watch = rig.client.stream(Watch, long);
  assert.equal(await watch.next(), undefined);
  assert.equal((await watch.ending).code, "INVALID_ARGUMENT");
  assert.deepEqual(rig.reviews, []);
  rig.refusal = new PermissionDeniedError(REFUSAL);
  const { code, details } = await rig.client.unary(List, { namespaces: ["shop"] });
  assert.deepEqual({ code, details }, { code: "PERMISSION_DENIED", details: REFUSAL });
  const refused = rig.client.stream(Watch, { namespaces: ["shop"] });
  assert.equal(await refused.next(), undefined);
  assert.deepEqual(await refused.ending, { code: "PERMISSION_DENIED", details: REFUSAL });
  assert.equal(rig.scans(), 0);
});

Deno.test("a watch is counted from its admission to its end, and past the limit it is refused", async () => {
  const metrics = createMetrics();
  await using rig = await run({ metrics, streams: new OpenStreams({ metrics, maxPerIdentity: 1 }) });
  const watches = (): number => metrics.value("streams", { kind: "watch" });
  const watch = rig.client.stream(Watch, { namespaces: ["shop"] });
  await watch.headers;
  assert.equal(watches(), 1);
  const second = rig.client.stream(Watch, { namespaces: ["shop"] });
  assert.equal(await second.next(), undefined);
  const { code, details } = await second.ending;
  assert.deepEqual([code, details.includes("limits.streams-per-identity")], ["RESOURCE_EXHAUSTED", true]);
  watch.cancel();
  await watch.ending;
  await until(() => watches() === 0, "end of the watch");
  rig.refusal = new PermissionDeniedError(REFUSAL);
  const refused = rig.client.stream(Watch, { namespaces: ["shop"] });
  assert.equal(await refused.next(), undefined);
  await until(() => watches() === 0, "end of the watch that was refused");
});

/** A folder of so many logs. */
function folderOf(count: number): LogDirectory {
  const name = { namespace: "shop", podName: "p".repeat(60), containerName: "app", containerId: ID };
  const log: LogEntry = { kind: "file", fileName: "log", name, id: "1", size: 5, modifiedMs: 1 };
  const scan = ({ onLog }: DirectoryScanOptions): Promise<number> => {
    for (let i = 0; i < count; i++) onLog(log);
    return Promise.resolve(0);
  };
  return { folder: "/", seenAt: () => undefined, scan };
}

/** Asks for so many lists and opens no window for them. */
async function askAndNotRead({ running }: Rig, count: number): Promise<RawHttp2> {
  const { port, certificates: { authority, client } } = running;
  const raw = await connectRawHttp2({ port, ca: authority.certPem, leaf: client });
  await raw.send({ type: frameTypes.settings, payload: Buffer.concat([Buffer.from([0, 4]), fourBytes(0)]) });
  for (let stream = 1; stream < 2 * count; stream += 2) {
    await raw.send(
      { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: callHeaders(List.path) },
      { type: frameTypes.data, flags: frameFlags.endStream, stream, payload: grpcMessage() },
    );
  }
  return raw;
}

Deno.test("lists that nobody reads are not made whole, past the budget a few kilobytes of each, and others get theirs", async () => {
  using _ = replaced(bytesInFlight, "maxBytes", 2 ** 20);
  const stalled = new StalledStreams();
  await using rig = await run({ directory: folderOf(10_000), stalled });
  using _raw = await askAndNotRead(rig, 100);
  await until(() => stalled.size === 100 && bytesInFlight.bytes > 0, "lists that are sent");
  const { code, response } = await rig.client.unary(List, { namespaces: [] });
  assert.deepEqual([code, response?.items.length], ["OK", 10_000]);
  assert.equal(rig.metrics.value("streams", { kind: "list" }), 100);
  // Each answer has more than 2 MiB.
  assert.ok(bytesInFlight.bytes < 3 * 2 ** 20, `${bytesInFlight.bytes} bytes in flight`);
});

Deno.test("a list that nobody reads ends with a reason, and gives all back", async () => {
  const stalled = new StalledStreams({ stalledMs: 200 });
  await using rig = await run({ directory: folderOf(10_000), stalled });
  using _raw = await askAndNotRead(rig, 2);
  await until(() => rig.running.failures.length === 2, "ends of the lists");
  assert.ok(rig.running.failures.every(({ error }) => error instanceof StalledStreamError));
  await until(() => stalled.size === 0 && rig.metrics.value("streams", { kind: "list" }) === 0, "lists that are over");
});

Deno.test("a caller may have so many lists at a time as streams", async () => {
  const metrics = createMetrics();
  const stalled = new StalledStreams();
  await using rig = await run({
    directory: folderOf(10_000),
    stalled,
    metrics,
    streams: new OpenStreams({ metrics, maxPerIdentity: 3 }),
  });
  using _raw = await askAndNotRead(rig, 3);
  await until(() => stalled.size === 3, "lists that are sent");
  const refused = await rig.client.unary(List, { namespaces: [] });
  assert.deepEqual([refused.code, metrics.value("refused_total", { limit: "streams_per_identity" })], [
    "RESOURCE_EXHAUSTED",
    1,
  ]);
});

Deno.test("a shutdown waits for a list", async () => {
  const began = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const { scan, ...folder } = folderOf(3);
  const held = async (options: DirectoryScanOptions): Promise<number> => {
    began.resolve();
    await goOn.promise;
    return await scan(options);
  };
  await using rig = await run({ directory: { ...folder, scan: held } });
  const list = rig.client.unary(List, { namespaces: [] });
  await began.promise;
  const drained = rig.running.server.drain({ signal: AbortSignal.timeout(60_000) });
  goOn.resolve();
  assert.equal((await list).response?.items.length, 3);
  await drained;
});
