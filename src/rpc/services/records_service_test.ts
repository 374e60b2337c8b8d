import assert from "#assert";
import fs from "node:fs";
import { eventually } from "../../../tests/support/eventually.ts";
import { replaced } from "../../../tests/support/replaced.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { createManualChanges, type ManualChanges } from "../../../tests/fakes/manual_changes.ts";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { anyLog } from "../../../tests/support/test_services.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import type { CallOptions, GrpcClient, StreamAnswer } from "../../../tests/support/grpc_client.ts";
import type { AuthorizeOptions, Authorizer } from "../../auth/authorizer.ts";
import { PermissionDeniedError, ReviewUnavailableError, UnauthenticatedError } from "../../auth/errors.ts";
import type { Grant } from "../../auth/grant.ts";
import type { Principal } from "../../auth/identity.ts";
import type { LogFolders } from "../../logs/log_file.ts";
import { createBlockPool } from "../../records/scan/block_pool.ts";
import { createMetrics, type Metrics } from "../../telemetry/metrics.ts";
import { services } from "../descriptor.ts";
import type { LogRecord, LogRecordsStreamRequest } from "../messages.ts";
import { OpenStreams } from "./open_streams.ts";
import { StalledStreamError, StalledStreams } from "./stalled_streams.ts";
import { recordsService, type RecordsServiceOptions } from "./records_service.ts";

const { StreamForward, StreamBackward } = services.logRecords;
const METHODS = { StreamForward, StreamBackward };
/** The log of {@linkcode createLogWorld}. */
const worldLog: LogRecordsStreamRequest = {
  ...anyLog,
  namespace: "ns",
  pod_name: "pod",
  container_name: "app",
  container_id: "0".repeat(12),
};
const REFUSAL = "permission denied: `get pods/log` in namespace `ns`";

/** A review that was asked for. */
interface Review {
  readonly token: string;
  readonly namespace: string;
  readonly maxAgeMs: number;
}

/** An authorizer that grants until told otherwise, and keeps what it was asked. */
interface KeptAuthorizer extends Authorizer {
  readonly reviews: Review[];
  /** What the next reviews end with. */
  answer: Error | undefined;
}

function createKeptAuthorizer(answer?: Error): KeptAuthorizer {
  const reviews: Review[] = [];
  return {
    reviews,
    answer,
    authorize: () => Promise.reject(new Error("not asked for by this service")),
    authorizeNamespace(caller, namespace, { maxAgeMs = Infinity }: AuthorizeOptions): Promise<Grant> {
      reviews.push({ token: caller.kind === "token" ? caller.token : "", namespace, maxAgeMs });
      return this.answer === undefined
        ? Promise.resolve({ decidedAtMs: performance.now() } as Grant)
        : Promise.reject(this.answer);
    },
  };
}

interface Rig extends AsyncDisposable {
  readonly running: RunningServer;
  readonly client: GrpcClient;
  readonly authorizer: KeptAuthorizer;
  readonly metrics: Metrics;
  readonly changes: ManualChanges;
  /** Each gap and each problem that the operator was told. */
  readonly told: string[];
}

async function run(folders: LogFolders, options: Partial<RecordsServiceOptions> = {}): Promise<Rig> {
  const authorizer = createKeptAuthorizer();
  const metrics = createMetrics();
  const changes = createManualChanges();
  const told: string[] = [];
  const running = await runServer([
    recordsService({
      callerOf: (call) => ({ kind: "token", token: call.metadata("authorization").join() }),
      authorizer,
      folders,
      pool: createBlockPool(),
      metrics,
      changes,
      onGap: (path, reason) => told.push(`gap ${path}: ${reason}`),
      onProblem: (path, reason) => told.push(`problem ${path}: ${reason}`),
      ...options,
    }),
  ]);
  return {
    running,
    client: running.client(),
    authorizer,
    metrics,
    changes,
    told,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function messages(answer: StreamAnswer<LogRecord>): Promise<string[]> {
  const got: string[] = [];
  for await (const { message } of answer) got.push(message);
  return got;
}

/** Waits for a condition of the server, which runs in this process. */
async function until(condition: () => boolean, what: string): Promise<void> {
  await eventually(what, condition);
}

function worldOf(lines: number): LogWorld {
  const world = createLogWorld();
  for (let line = 0; line < lines; line++) world.write();
  return world;
}

Deno.test("a caller who has lost the right to read gets no more: the next review ends the stream PERMISSION_DENIED", async () => {
  for (const follow_from of ["DEFAULT", "END"] as const) {
    using world = worldOf(1);
    await using rig = await run(world.folders, { reviewMs: 5 });
    const { authorizer } = rig;
    const answer = rig.client.stream(StreamForward, { ...worldLog, follow_from });
    await answer.headers;
    const granted = authorizer.reviews.length;
    authorizer.answer = new PermissionDeniedError(REFUSAL);
    await messages(answer);
    assert.deepEqual(await answer.ending, { code: "PERMISSION_DENIED", details: REFUSAL });
    const refused = authorizer.reviews.slice(granted);
    assert.equal(refused.length, 1, "the first review after the right is lost ends it");
    assert.deepEqual(authorizer.reviews[0], { token: "", namespace: "ns", maxAgeMs: Infinity });
    for (const review of authorizer.reviews.slice(1)) {
      assert.deepEqual(review, { token: "", namespace: "ns", maxAgeMs: 1.25 });
    }
    await until(() => rig.changes.waiting() === 0, "end of the follow");
  }
});

Deno.test("a stream of a client that is no longer believed ends with the next review, and the API server is not asked", async () => {
  using world = worldOf(1);
  let believed = true;
  const callerOf = (): Principal => {
    if (believed) return { kind: "token", token: "any" };
    throw new PermissionDeniedError(REFUSAL);
  };
  await using rig = await run(world.folders, { reviewMs: 5, callerOf });
  const answer = rig.client.stream(StreamForward, { ...worldLog, follow_from: "END" });
  await answer.headers;
  believed = false;
  const asked = rig.authorizer.reviews.length;
  await messages(answer);
  assert.deepEqual(await answer.ending, { code: "PERMISSION_DENIED", details: REFUSAL });
  assert.equal(rig.authorizer.reviews.length, asked);
  await until(() => rig.changes.waiting() === 0, "end of the follow");
});

Deno.test("a follow from the end sends what is written once its caller has the headers", async () => {
  using world = worldOf(1);
  const callerOf = (call: object): Principal => {
    const { sendHeaders } = call as { sendHeaders(): void };
    // The line is there as soon as the headers are.
    Object.assign(call, {
      sendHeaders: () => {
        sendHeaders();
        world.write();
      },
    });
    return { kind: "token", token: "any" };
  };
  await using rig = await run(world.folders, { callerOf });
  const answer = rig.client.stream(StreamForward, { ...worldLog, follow_from: "END" });
  await answer.headers;
  world.write();
  rig.changes.notify();
  assert.equal((await answer.next())?.message, "line 2 .");
  assert.equal((await answer.next())?.message, "line 3 .");
  answer.cancel();
});

Deno.test("a stream goes on while nobody can review it, and the operator is told", async () => {
  using world = worldOf(1);
  await using rig = await run(world.folders, { reviewMs: 1 });
  const answer = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT" });
  assert.equal((await answer.next())?.message, "line 1 .");
  const unavailable = new ReviewUnavailableError("the API server is away");
  rig.authorizer.answer = unavailable;
  await until(() => rig.running.failures.length >= 2, "two reviews that failed");
  for (const { error } of rig.running.failures) assert.equal(error, unavailable);
  world.write();
  rig.changes.notify();
  assert.equal((await answer.next())?.message, "line 2 .");
  rig.authorizer.answer = new PermissionDeniedError(REFUSAL);
  await messages(answer);
  assert.equal((await answer.ending).code, "PERMISSION_DENIED");
});

Deno.test("a stream that nobody can review ends UNAVAILABLE when its last review is stale", async () => {
  using world = worldOf(1);
  await using rig = await run(world.folders, { reviewMs: 5, staleAfterMs: 20 });
  const answer = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT" });
  await answer.headers;
  rig.authorizer.answer = new ReviewUnavailableError("failed to authenticate: the API server cannot be reached");
  await messages(answer);
  const { code, details } = await answer.ending;
  assert.equal(code, "UNAVAILABLE");
  assert.match(details, /^failed to authenticate: .+; access was last reviewed \d+ s ago$/);
  await until(() => rig.changes.waiting() === 0, "end of the follow");
});

Deno.test("a call's figures tell what it has searched and sent, in either direction, with the rotated files", async () => {
  using world = worldOf(50);
  let allBytes = 0;
  for (const lines of [50, 1]) {
    allBytes += fs.statSync(world.path()).size;
    world.rotate();
    for (let line = 0; line < lines; line++) world.write();
  }
  allBytes += fs.statSync(world.path()).size;
  world.compress();
  for (const method of [StreamForward, StreamBackward]) {
    for (
      const [grep, records, usesEngine] of [["", 101, 0], ["101", 1, 0], ["[lL]ine \\d9.*\\.$", 9, 1]] as const
    ) {
      await using rig = await run(world.folders);
      const { messages, bytes } = await rig.client.count(method, { ...worldLog, grep });
      await eventually("the call has ended", () => rig.running.calls.ended.length === 1);
      const { startedMs, ...figures } = rig.running.calls.ended[0]?.call.figures ?? assert.fail();
      assert.ok(startedMs <= performance.now(), "the call began before now");
      assert.equal(messages, records, grep);
      assert.deepEqual(figures, {
        scannedBytes: allBytes,
        rotatedFiles: 2,
        rotations: 0,
        usesEngine: usesEngine === 1,
        received: 1,
        records,
        messages,
        bytes: bytes + 5 * messages,
        gaps: 0,
      }, `${method.path} ${grep}`);
    }
  }
});

Deno.test("a follow's figures tell what it has searched, the file that was rotated meanwhile, and why it ended", async () => {
  using world = worldOf(3);
  await using rig = await run(world.folders);
  const answer = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT" });
  for (let line = 0; line < 3; line++) await answer.next();
  const size = (): number => fs.statSync(world.path()).size;
  let bytes = size();
  world.rotate();
  world.write();
  bytes += size();
  rig.changes.notify();
  assert.equal((await answer.next())?.message, "line 4 .");
  world.removeLink();
  rig.changes.notify();
  assert.deepEqual(await messages(answer), []);
  assert.equal((await answer.ending).code, "OK");
  await eventually("the call has ended", () => rig.running.calls.ended.length === 1);
  const { scannedBytes, rotatedFiles, rotations, records, followEnd } = rig.running.calls.ended[0]?.call.figures ??
    assert.fail();
  assert.deepEqual({ scannedBytes, rotatedFiles, rotations, records, followEnd }, {
    scannedBytes: bytes,
    rotatedFiles: 1,
    rotations: 1,
    records: 4,
    followEnd: "log removed",
  });
});

Deno.test("a stream that is over is not reviewed any more", async () => {
  using world = worldOf(1);
  await using rig = await run(world.folders, { reviewMs: 1 });
  const { reviews } = rig.authorizer;
  const asked = (token: string): { readonly metadata: readonly (readonly [string, string])[] } => ({
    metadata: [["authorization", token]],
  });
  const first = rig.client.stream(StreamForward, worldLog, asked("first"));
  assert.deepEqual(await messages(first), ["line 1 ."]);
  await first.ending;
  reviews.length = 0;
  // A stream that goes on is reviewed several times meanwhile.
  const second = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT" }, asked("second"));
  await second.next();
  await until(() => reviews.length >= 5, "five reviews");
  assert.deepEqual([...new Set(reviews.map(({ token }) => token))], ["second"]);
  second.cancel();
  await second.ending;
});

Deno.test("history is read unless it is switched off", async () => {
  using world = worldOf(2);
  world.rotate();
  world.write();
  for (const [history, first] of [[true, 0], [false, 2]] as const) {
    await using rig = await run(world.folders, { history });
    const wanted = world.written.slice(first);
    assert.deepEqual(await messages(rig.client.stream(StreamForward, worldLog)), wanted);
    assert.deepEqual(await messages(rig.client.stream(StreamBackward, worldLog)), wanted.toReversed());
    const follow = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT" });
    for (const message of wanted) assert.equal((await follow.next())?.message, message);
    follow.cancel();
    await follow.ending;
  }
});

Deno.test("each file that is not whole is named in a log-gap trailer, counted, and told the operator", async () => {
  for (const method of Object.values(METHODS)) {
    using world = worldOf(2);
    for (let rotation = 0; rotation < 3; rotation++) {
      world.rotate();
      world.write();
    }
    world.compress();
    const damaged = world.rotated().filter((path) => path.endsWith(".gz"));
    // A trailer is ASCII, whatever a file is called.
    await Deno.rename(damaged[0] ?? "", `${world.path()}-ü.gz`);
    damaged[0] = `${world.path()}-ü.gz`;
    assert.equal(damaged.length, 2);
    for (const path of damaged) await Deno.writeFile(path, (await Deno.readFile(path)).fill(0xff, 20));
    await using rig = await run(world.folders);
    const answer = rig.client.stream(method, worldLog);
    const got = await messages(answer);
    assert.deepEqual(got.toSorted(), world.written.slice(3));
    assert.deepEqual(await answer.ending, { code: "OK", details: "OK" });
    const names = damaged.map((path) => encodeURIComponent(path.slice(path.lastIndexOf("/") + 1)));
    // HTTP/2 joins what comes more than once.
    const trailer = (await answer.trailers).get("log-gap").join(", ");
    assert.deepEqual(trailer.split(", ").toSorted(), names.toSorted());
    assert.equal(rig.metrics.value("log_gaps_total"), 2);
    const reasons = [`gap ${damaged[0]}: no time is found in it`, `gap ${damaged[1]}: it is damaged, or too long`];
    assert.deepEqual(rig.told.toSorted(), reasons);
  }
});

Deno.test("each counter of the service counts what its name says", async () => {
  using world = worldOf(3);
  await Deno.writeTextFile(world.path(), "no record\nnor this\n", { append: true });
  await using rig = await run(world.folders);
  const counted = (): Record<string, number> =>
    Object.fromEntries(Object.entries(rig.metrics.snapshot()).filter(([, count]) => count > 0));
  await messages(rig.client.stream(StreamForward, worldLog));
  assert.deepEqual(counted(), {
    streams_opened_total: 1,
    records_sent_total: 3,
    "lines_skipped_total.unknown_format": 2,
  });
  await messages(rig.client.stream(StreamBackward, { ...worldLog, grep: "line 2" }));
  const { streams_opened_total: opened, records_sent_total: sent } = counted();
  assert.deepEqual({ opened, sent }, { opened: 2, sent: 4 });
  // Cut after all that was written has been read: nothing is known to be lost.
  const follow = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT", grep: "line" });
  for (let line = 0; line < 3; line++) await follow.next();
  world.truncate([]);
  world.write();
  rig.changes.notify();
  assert.equal((await follow.next())?.message, "line 4 .");
  const { logs_cut_total: cut, follow_problems_total: problems, log_gaps_total: gaps = 0 } = counted();
  assert.deepEqual({ cut, problems, gaps }, { cut: 1, problems: 1, gaps: 0 });
  assert.equal(rig.told.filter((line) => line.startsWith(`problem ${world.path()}`)).length, 1);
  follow.cancel();
  await follow.ending;
});

/** Calls `meanwhile` before the n-th read. */
function beforeRead(n: number, meanwhile: () => void): Disposable {
  const { read } = fs as unknown as { read: (...parameters: unknown[]) => void };
  let reads = 0;
  const cutting = (...parameters: unknown[]): void => {
    if (++reads === n) meanwhile();
    read(...parameters);
  };
  return replaced(fs, "read", cutting as unknown as typeof fs.read);
}

Deno.test("a log that is cut under a stream is told: OK with a trailer, a line for the operator, and metrics", async () => {
  for (const method of Object.values(METHODS)) {
    using world = createLogWorld();
    for (let line = 0; line < 20_000; line++) world.write({ padding: 200 });
    const { size } = await Deno.stat(world.path());
    await using rig = await run(world.folders);
    // The first one or two tell the format.
    using _ = beforeRead(4, () => world.truncate([]));
    const answer = rig.client.stream(method, worldLog);
    let records = 0;
    for await (const _record of answer) records++;
    assert.deepEqual(await answer.ending, { code: "OK", details: "OK" });
    assert.deepEqual((await answer.trailers).get("log-gap"), ["0.log"]);
    assert(records > 0 && records < 20_000, `${records} records`);
    const lost = rig.metrics.value("lost_bytes_total");
    assert.equal(rig.metrics.value("log_gaps_total"), 1);
    assert.equal(rig.metrics.value("records_sent_total"), records);
    assert(lost > 0 && lost < size, `${lost} bytes`);
    assert.deepEqual(rig.told, [`gap ${world.path()}: it was cut: ${lost} of ${size} bytes were not read`]);
  }
});

/** Folders that note that somebody looks at them. */
function noted(folders: LogFolders, looks: string[]): LogFolders {
  return {
    get containerLogsDir(): string {
      looks.push("containerLogsDir");
      return folders.containerLogsDir;
    },
    get roots(): LogFolders["roots"] {
      looks.push("roots");
      return folders.roots;
    },
  };
}

/** Counts the files that are opened and not closed again. */
function countOpen(): Disposable & { readonly open: Set<number>; opened(): number } {
  const { openSync, closeSync } = fs;
  const open = new Set<number>();
  let opened = 0;
  const stack = new DisposableStack();
  stack.use(replaced(fs, "openSync", (...given: Parameters<typeof openSync>) => {
    const descriptor = openSync(...given);
    open.add(descriptor);
    opened++;
    return descriptor;
  }));
  stack.use(replaced(fs, "closeSync", (descriptor) => {
    open.delete(descriptor);
    closeSync(descriptor);
  }));
  return { open, opened: () => opened, [Symbol.dispose]: () => stack.dispose() };
}

Deno.test("checks are made in their order, and the first one that fails is all that a caller learns", async () => {
  using world = worldOf(1);
  const missing = { ...worldLog, pod_name: "missing" };
  const badName = { ...worldLog, pod_name: "../up" };
  const badQuery = { ...worldLog, start_time: "never", grep: "(" };
  const everythingBad = { ...missing, ...{ start_time: "never", grep: "(" } };
  for (const method of Object.values(METHODS)) {
    const ending = async (rig: Rig, request: LogRecordsStreamRequest): Promise<string> => {
      const answer = rig.client.stream(method, request);
      assert.deepEqual(await messages(answer), []);
      const { code, details } = await answer.ending;
      return `${code}: ${details}`;
    };
    using files = countOpen();
    const looks: string[] = [];
    const folders = noted(world.folders, looks);

    // Who asks comes before the names.
    const callerOf = (): never => {
      throw new UnauthenticatedError("no client certificate");
    };
    await using unknown = await run(folders, { callerOf });
    for (const request of [worldLog, badName]) {
      assert.equal(await ending(unknown, request), "UNAUTHENTICATED: no client certificate");
    }
    assert.deepEqual(unknown.authorizer.reviews, []);

    // The names come before the review.
    await using denied = await run(folders);
    denied.authorizer.answer = new PermissionDeniedError(REFUSAL);
    assert.match(await ending(denied, badName), /^INVALID_ARGUMENT: /);
    assert.deepEqual(denied.authorizer.reviews, []);

    // The review comes before the file: one that is there and one that is not are refused alike.
    for (const request of [worldLog, missing, badQuery, everythingBad]) {
      assert.equal(await ending(denied, request), `PERMISSION_DENIED: ${REFUSAL}`);
    }
    assert.deepEqual(looks, [], "nobody has looked for a file");
    assert.equal(files.opened(), 0);
    for (const { metrics } of [unknown, denied]) assert.equal(metrics.value("streams_opened_total"), 0);

    // The file comes before the bounds, and the bounds before the pattern.
    await using granted = await run(folders);
    assert.match(await ending(granted, everythingBad), /^NOT_FOUND: failed to access log file /);
    assert.match(await ending(granted, badQuery), /^INVALID_ARGUMENT: Cannot use start_time: /);
    assert.match(await ending(granted, { ...worldLog, grep: "(" }), /^INVALID_ARGUMENT: Invalid grep pattern: /);
    assert.equal(files.opened(), 2, "of the two requests whose query is refused");
    assert.deepEqual([...files.open], [], "they are closed");
  }
});

Deno.test("a call that is cancelled while it waits for a block opens no file", async () => {
  using world = worldOf(1);
  const pool = createBlockPool();
  const begun = Promise.withResolvers<AbortSignal>();
  let calls = 0;
  const slow = {
    ...pool,
    begin: async ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
      if (++calls > 1) return;
      begun.resolve(signal);
      // Admitted just when its client has gone.
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
  await using rig = await run(world.folders, { pool: slow });
  const answer = rig.client.stream(StreamForward, worldLog);
  const signal = await begun.promise;
  answer.cancel();
  assert.equal((await answer.ending).code, "CANCELLED");
  await until(() => signal.aborted, "end of the call");
  // Time slices are given in order: the first call would have opened its file before the second one.
  assert.deepEqual(await messages(rig.client.stream(StreamForward, worldLog)), ["line 1 ."]);
  assert.equal(rig.metrics.value("streams_opened_total"), 1);
});

/** How a stream can end. */
const WAYS = [
  "all sent",
  "cancelled in its review",
  "review fails",
  "refused",
  "no such log",
  "follow cancelled",
] as const;

Deno.test("however streams end, none is counted afterwards", async () => {
  using world = worldOf(3);
  const metrics = createMetrics();
  const streams = new OpenStreams({ metrics });
  await using rig = await run(world.folders, { metrics, streams });
  const { authorizer, client } = rig;
  const { authorizeNamespace } = authorizer;
  const open = (): number =>
    (["forward", "backward", "follow"] as const).reduce((sum, kind) => sum + metrics.value("streams", { kind }), 0);
  await checkRandom(async (random) => {
    const way = WAYS[random.int(WAYS.length)] ?? "all sent";
    const method = random.int(2) === 0 || way === "follow cancelled" ? StreamForward : StreamBackward;
    const follow_from = way === "follow cancelled" ? "DEFAULT" : "NOOP";
    const reviewing = Promise.withResolvers<Grant>();
    authorizer.answer = way === "refused" ? new PermissionDeniedError(REFUSAL) : undefined;
    if (way === "review fails") authorizer.answer = new ReviewUnavailableError("the API server is away");
    if (way === "cancelled in its review") authorizer.authorizeNamespace = () => reviewing.promise;
    const container_id = way === "no such log" ? "f".repeat(12) : worldLog.container_id;
    const answer = client.stream(method, { ...worldLog, container_id, follow_from });
    if (way === "follow cancelled") await answer.next();
    if (way === "cancelled in its review") {
      await until(() => open() === 1, "stream that is reviewed");
      answer.cancel();
      await answer.ending;
      reviewing.reject(new PermissionDeniedError(REFUSAL));
      authorizer.authorizeNamespace = authorizeNamespace;
    } else if (way === "follow cancelled") {
      assert.equal(open(), 1);
      answer.cancel();
    } else {
      await messages(answer);
    }
    await answer.ending;
    await until(() => open() === 0 && streams.identities === 0, `end of a stream: ${way}`);
  }, { runs: 40 });
});

Deno.test("a caller who has too many streams is told which limit, and goes on when one has ended", async () => {
  using world = worldOf(1);
  const metrics = createMetrics();
  await using rig = await run(world.folders, { metrics, streams: new OpenStreams({ metrics, maxPerIdentity: 2 }) });
  const follow = { ...worldLog, follow_from: "DEFAULT" } as const;
  const asked = (token: string): CallOptions => ({ metadata: [["authorization", token]] });
  const open = [1, 2].map(() => rig.client.stream(StreamForward, follow, asked("alice")));
  for (const answer of open) await answer.next();
  assert.equal(metrics.value("streams", { kind: "follow" }), 2);
  const refused = rig.client.stream(StreamBackward, worldLog, asked("alice"));
  assert.deepEqual(await messages(refused), []);
  assert.deepEqual(await refused.ending, {
    code: "RESOURCE_EXHAUSTED",
    details: "Cannot open another stream: this caller has 2 open, the limit of limits.streams-per-identity",
  });
  assert.equal(metrics.value("refused_total", { limit: "streams_per_identity" }), 1);
  assert.deepEqual(await messages(rig.client.stream(StreamBackward, worldLog, asked("bob"))), ["line 1 ."]);
  open[0]?.cancel();
  await open[0]?.ending;
  await until(() => metrics.value("streams", { kind: "follow" }) === 1, "end of a follow");
  assert.deepEqual(await messages(rig.client.stream(StreamBackward, worldLog, asked("alice"))), ["line 1 ."]);
});

Deno.test("streams that wait to be begun are counted, and how long they waited", async () => {
  using world = worldOf(1);
  const pool = createBlockPool({ blocks: 1 });
  await using rig = await run(world.folders, { pool });
  const { metrics } = rig;
  const holder = await pool.take({ signal: new AbortController().signal });
  assert.equal(metrics.value("scans_queued"), 0);
  const answers = [1, 2].map(() => rig.client.stream(StreamForward, worldLog));
  await until(() => metrics.value("scans_queued") === 2, "two streams that wait");
  assert.equal(metrics.value("scan_queue_wait_seconds"), 0);
  holder[Symbol.dispose]();
  for (const answer of answers) assert.deepEqual(await messages(answer), ["line 1 ."]);
  assert.equal(metrics.value("scans_queued"), 0);
  assert.equal(metrics.value("scan_queue_wait_seconds"), 2);
});

Deno.test("a stream of stored records whose client reads nothing ends RESOURCE_EXHAUSTED, and a follow stays", async () => {
  using world = createLogWorld();
  for (let line = 0; line < 2_500; line++) world.write({ padding: 16_000 });
  const metrics = createMetrics();
  const stalled = new StalledStreams({ stalledMs: 200 });
  await using rig = await run(world.folders, { metrics, stalled });
  const follow = rig.client.stream(StreamForward, { ...worldLog, follow_from: "DEFAULT" });
  const scan = rig.client.stream(StreamForward, worldLog);
  await scan.next();
  await follow.next();
  await until(() => rig.running.failures.length > 0, "end of the stream that nobody reads");
  assert.ok(metrics.value("bytes_in_flight") > 0);
  const [{ status, error } = {}] = rig.running.failures;
  assert.ok(error instanceof StalledStreamError);
  assert.match(status?.details ?? "", /limits\.stalled-stream$/);
  await messages(scan);
  assert.equal((await scan.ending).code, "RESOURCE_EXHAUSTED");
  // The follow has taken nothing for as long.
  assert.deepEqual([rig.running.failures.length, metrics.value("streams", { kind: "follow" })], [1, 1]);
  for (let line = 1; line < 2_500; line++) assert.notEqual(await follow.next(), undefined);
  follow.cancel();
  await follow.ending;
  await until(() => stalled.size === 0, "end of watching");
});
