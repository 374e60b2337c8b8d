import assert from "#assert";
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { streamBackward } from "../../src/records/scan/backward.ts";
import { streamForward } from "../../src/records/scan/forward.ts";
import { createWorkerPool } from "../../src/records/parallel/worker_pool.ts";
import type { Authorizer } from "../../src/auth/authorizer.ts";
import { resolveRoots } from "../../src/logs/log_file.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { createFrameSink } from "../../src/rpc/services/frame_sink.ts";
import type { LogRecord, LogRecordsStreamRequest } from "../../src/rpc/messages.ts";
import { recordsService } from "../../src/rpc/services/records_service.ts";
import { compileSearch } from "../../src/search/search.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { runServer } from "../support/agent_server.ts";
import type { GrpcClient } from "../support/grpc_client.ts";
import { memoryLog } from "../support/memory_log.ts";
import type { NaiveRecord } from "../support/naive_records.ts";
import { createRandom, type Random } from "../support/random.ts";
import { anyLog } from "../support/test_services.ts";
import { checkRecords, contentOf, type MarkedLog, markedLog, type Side } from "./_marked_logs.ts";

const SIDES: readonly Side[] = ["lower", "upper"];
const KINDS = ["cri", "docker"] as const;
/** The second one fits every message, also an empty one. */
const GREPS = ["", "$", "(?i)needle"];
/** A failure names its seed: SEED=n begins with that one; SEEDS=n looks at more of them than the gate has time for. */
const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);
const SEEDS = Number(Deno.env.get("SEEDS") ?? 40);
const HEAD_BYTES = 5;
/** All calls go on at once, with lines of megabytes: half a minute on one processor that others use as well. */
const DEADLINE_MS = 600_000;
const FILE_NAMES = { cri: "/logs/0.log", docker: "/logs/0-json.log" };

function recordOf({ timestamp, message, is_final: final }: LogRecord): NaiveRecord {
  return { seconds: timestamp?.seconds ?? NaN, nanos: timestamp?.nanos ?? NaN, message, final };
}

function fail(): never {
  throw new RangeError("Cannot test with a log without records");
}

/** Takes frames apart. */
function recordsOf(bytes: Buffer): NaiveRecord[] {
  const records: NaiveRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 1);
    at += HEAD_BYTES + length;
    records.push(recordOf(services.logRecords.StreamForward.responseDeserialize(bytes.subarray(at - length, at))));
  }
  return records;
}

/** Waits for a few rounds of the event loop, or only for a microtask. */
async function pause(random: Random): Promise<void> {
  for (let rounds = random.int(4); rounds > 0; rounds--) await setImmediate();
}

/** What one stream sends, with waits of random lengths wherever it waits. */
async function streamed(
  log: MarkedLog,
  options: { readonly random: Random; readonly grep: string; readonly backward: boolean; readonly pool: Pool },
): Promise<NaiveRecord[]> {
  const { random, grep, backward, pool } = options;
  const content = memoryLog(contentOf(log), { path: FILE_NAMES[log.kind] });
  const file = {
    ...content,
    id: `${log.side} ${log.kind}`,
    read: async (into: Uint8Array, position: number): Promise<number> => {
      await pause(random);
      return await content.read(into, position);
    },
  };
  const writes: Uint8Array[] = [];
  const sink = createFrameSink((frames) => {
    writes.push(frames.slice());
    return pause(random);
  }, () => {});
  const { signal } = new AbortController();
  const stream = backward ? streamBackward : streamForward;
  await stream(file, { search: compileSearch(grep) }, { sink, pool, signal });
  return recordsOf(Buffer.concat(writes));
}

type Pool = ReturnType<typeof createBlockPool>;

Deno.test("streams of two namespaces at once send not a byte of each other, in whatever order they go on", async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const random = createRandom(seed);
    // Lines of megabytes take most of the time.
    const large = random.oneIn(6) ? 3 : 0;
    const lines = large > 0 ? 12 : 10 + random.int(200);
    const logs = SIDES.flatMap((side) => KINDS.map((kind) => markedLog(random, { side, kind, lines, large })));
    const pool = createBlockPool({ blocks: 1 + random.int(4), blockBytes: random.pick([16_384, 65_536, 2 << 20]) });
    const streams = logs.flatMap((log) =>
      [Boolean(0), Boolean(1)].map(async (backward) => {
        const grep = random.pick(GREPS);
        const about = `SEED=${seed}, ${log.side} ${log.kind}, "${grep}"${backward ? ", backward" : ""}`;
        const records = await streamed(log, { random, grep, backward, pool });
        checkRecords(log, records, { about, backward, some: grep === "(?i)needle" });
      })
    );
    await Promise.all(streams);
  }
});

/** A folder of logs, and a server for them that lets everybody read everything. */
async function runLogs(logs: readonly MarkedLog[]): Promise<
  AsyncDisposable & {
    /** Puts a log there, of a pod of that name, with its first `lines` lines; resolves to the path of its file. */
    put(log: MarkedLog, options: { readonly pod: string; readonly lines?: number }): Promise<string>;
    /** Asks for a log in the namespace of its side. */
    request(log: MarkedLog, more?: Partial<LogRecordsStreamRequest>): LogRecordsStreamRequest;
    client(): GrpcClient;
  }
> {
  await using stack = new AsyncDisposableStack();
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "namespaces-" }));
  stack.defer(() => Deno.remove(root, { recursive: true }));
  const id = "0".repeat(64);
  const put: Awaited<ReturnType<typeof runLogs>>["put"] = async (log, { pod, lines = log.lines.length }) => {
    const { side, kind } = log;
    const folder = `${root}/${side}-${pod}`;
    await Deno.mkdir(`${folder}/logs`, { recursive: true });
    const path = folder + FILE_NAMES[kind];
    await Deno.writeFile(path, contentOf({ ...log, lines: log.lines.slice(0, lines) }));
    await Deno.symlink(path, `${root}/${pod}_${side}_app-${id}.log`);
    return path;
  };
  for (const log of logs) await put(log, { pod: log.kind });
  const pool = stack.use(createWorkerPool({ threads: 1 }));
  const authorizer = {
    authorizeNamespace: () => Promise.resolve({ decidedAtMs: performance.now() }),
  } as unknown as Authorizer;
  const running = stack.use(
    await runServer([
      recordsService({
        callerOf: () => ({ kind: "token", token: "of somebody" }),
        authorizer,
        folders: { containerLogsDir: root, roots: resolveRoots([root]) },
        pool: createBlockPool(),
        workers: { ...pool, sizes: { minBytes: 1, segmentBytes: 65_536 } },
        metrics: createMetrics(),
      }),
    ]),
  );
  const made = stack.move();
  return {
    put,
    request: ({ side, kind }, more = {}) => ({
      ...anyLog,
      namespace: side,
      pod_name: kind,
      container_name: "app",
      container_id: id,
      ...more,
    }),
    client: () => running.client(),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

Deno.test("callers of two namespaces get not a byte of each other, though others follow, search and cancel", async () => {
  const seeds = Number(Deno.env.get("SEEDS") ?? 2);
  for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
    const random = createRandom(seed);
    const logs = SIDES.flatMap((side) => KINDS.map((kind) => markedLog(random, { side, kind, lines: 40, large: 2 })));
    await using running = await runLogs(logs);
    const { StreamForward, StreamBackward } = services.logRecords;
    const clients = [running.client(), running.client()];

    const get = async (log: MarkedLog, { grep, backward }: { grep: string; backward: boolean }): Promise<void> => {
      const about = `SEED=${seed}, ${log.side} ${log.kind}, "${grep}"${backward ? ", backward" : ""}`;
      const method = backward ? StreamBackward : StreamForward;
      const answer = random.pick(clients).stream(method, running.request(log, { grep }), { deadlineMs: DEADLINE_MS });
      // Some leave in the middle: what was under way for them is used again for others.
      const limit = random.oneIn(3) ? 1 + random.int(20) : Infinity;
      const records: NaiveRecord[] = [];
      for await (const record of answer) {
        records.push(recordOf(record));
        if (records.length === limit) answer.cancel();
      }
      const { code } = await answer.ending;
      assert.ok(code === "OK" || (code === "CANCELLED" && limit < Infinity), `${about}: ${code}`);
      checkRecords(log, records, { about, backward, some: code !== "OK" || grep === "(?i)needle" });
    };
    const follow = async (log: MarkedLog): Promise<void> => {
      const about = `SEED=${seed}, ${log.side} ${log.kind}, followed`;
      const pod = `${log.kind}-live`;
      const half = log.lines.length >> 1;
      const path = await running.put(log, { pod, lines: half });
      const method = services.logRecords.StreamForward;
      const request = running.request(log, { pod_name: pod, follow_from: "DEFAULT" });
      const answer = random.pick(clients).stream(method, request, { deadlineMs: DEADLINE_MS });
      await answer.headers;
      for (const line of log.lines.slice(half)) {
        await pause(random);
        await Deno.writeFile(path, line, { append: true });
      }
      const [last, { final: isLastFinal }] = [...log.messages].at(-1) ?? fail();
      const records: NaiveRecord[] = [];
      for await (const record of answer) {
        records.push(recordOf(record));
        if (records.at(-1)?.seconds === last && record.is_final === isLastFinal) answer.cancel();
      }
      assert.equal((await answer.ending).code, "CANCELLED", about);
      // Nothing tells which part is the last of a message that is not final.
      checkRecords(log, records, { about, some: !isLastFinal });
    };
    const calls = logs.flatMap((log) => [
      follow(log),
      ...Array.from({ length: 4 }, () => get(log, { grep: random.pick(GREPS), backward: random.oneIn(2) })),
    ]);
    await Promise.all(calls);
  }
});
