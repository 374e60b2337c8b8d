import assert from "#assert";
import { eventually } from "../support/eventually.ts";
import { sourceCommand } from "../support/agent_process.ts";
import type { AgentClient, LogQuery } from "../support/client.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { MAX_MESSAGE_BYTES } from "../../src/records/scan/row_batch.ts";
import type { LogRecord } from "../../src/rpc/messages.ts";
import { engineFlags, V8_FLAGS } from "../support/agent_bundle.ts";
import { untilScanWorkers } from "../support/scan_worker_threads.ts";
import { type ProcessUsage, runAgent, type RunningAgent } from "../support/running_agent.ts";

const MIB = 1 << 20;
// With FULL=1: a line of 100 MiB
// With FULL=1: a GiB of parts
const isFull = Deno.env.get("FULL") !== undefined;
/** What the agent may hold more than for short lines, whatever the length of a line: half of the shortest long one. */
const MAX_GROWTH = 16 * MIB;
/** Garbage is collected later where the machine has more to do: the least of so many tries counts. */
const TRIES = 3;
/** How often short lines are streamed until all the garbage has been there that ever is: it is collected late. */
const SHORT_ROUNDS = 6;
/** A crowd that needs less than the 1024 descriptors that some systems allow. */
const FOLLOWS = 900;
/** What their garbage is at least: a quarter of what was seen. */
const MIN_BACK = 4 * MIB;
const TIME = "2024-10-01T05:40:46.1Z";
const encoder = new TextEncoder();

/** Writes a file piece by piece. */
function write(path: string, pieces: Iterable<string>): void {
  using file = Deno.openSync(path, { write: true, truncate: true });
  for (const piece of pieces) {
    for (let rest = encoder.encode(piece); rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
  }
}

function* repeated(piece: string, times: number): Generator<string> {
  for (let i = 0; i < times; i++) yield piece;
}

/** A line of so many MiB between two short ones. */
function* longLine(kind: "cri" | "docker", mib: number): Generator<string> {
  const [head, tail] = kind === "cri"
    ? [`${TIME} stdout F `, "\n"]
    : ['{"log":"', `\\n","stream":"stdout","time":"${TIME}"}\n`];
  yield `${head}before${tail}${head}`;
  yield* repeated("x".repeat(MIB), mib);
  yield `${tail}${head}after${tail}`;
}

function queryOf(log: ContainerLog, more: Partial<LogQuery> = {}): LogQuery {
  return { log: { namespace: log.namespace, pod: log.pod, container: log.container, id: log.runtimeId }, ...more };
}

/** What came of a stream. */
interface Summary {
  readonly records: number;
  readonly bytes: number;
  readonly largest: number;
  readonly first: LogRecord | undefined;
  readonly last: LogRecord | undefined;
}

async function summaryOf(stream: AsyncIterable<LogRecord>): Promise<Summary> {
  let [records, bytes, largest] = [0, 0, 0];
  let first: LogRecord | undefined;
  let last: LogRecord | undefined;
  for await (const record of stream) {
    records++;
    bytes += record.message.length;
    largest = Math.max(largest, record.message.length);
    first ??= record;
    last = record;
  }
  return { records, bytes, largest, first, last };
}

/** An agent that is used already. */
interface WarmAgent extends AsyncDisposable {
  readonly rig: RunningAgent;
  readonly client: AgentClient;
  /** Streams 48 MB of lines of 16 KB. */
  readonly streamShort: () => Promise<unknown>;
}

/** The agent as it is deployed: without the flags garbage is collected so late that its amount says little. */
function runFlaggedAgent(...flags: readonly string[]): Promise<RunningAgent> {
  const [program = "", run = "", ...words] = sourceCommand;
  return runAgent({ command: [program, run, ...engineFlags([V8_FLAGS, ...flags].join(",")), ...words] });
}

/**
 * An agent that has sent long and short lines of both formats already, and has scan workers: it holds all that it keeps
 * for these.
 */
async function runWarmAgent(): Promise<WarmAgent> {
  const rig = await runFlaggedAgent();
  const client = rig.connect();
  const short = await rig.tree.addCri({ namespace: "warm", pod: "short", container: "c" });
  write(short.path, repeated(`${TIME} stdout F ${"y".repeat(16_000)}\n`, 3000));
  const logs = [short];
  for (const kind of ["cri", "docker"] as const) {
    const add = kind === "cri" ? rig.tree.addCri : rig.tree.addDocker;
    const log = await add({ namespace: "warm", pod: kind, container: "c" });
    write(log.path, longLine(kind, 10));
    logs.push(log);
  }
  for (const log of logs) {
    await summaryOf(client.forward(queryOf(log)));
    await summaryOf(client.backward(queryOf(log, { grep: "y|x$" })));
  }
  await untilScanWorkers(rig.agent.pid, () => summaryOf(client.forward(queryOf(short, { grep: "nowhere" }))));
  const streamShort = (): Promise<unknown> => summaryOf(client.forward(queryOf(short)));
  for (let round = 0; round < SHORT_ROUNDS; round++) await streamShort();
  return {
    rig,
    client,
    streamShort,
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

/**
 * Runs `work` and asserts that the agent held no more than it may beyond what many short lines take, with all the
 * garbage that they leave.
 */
async function withoutGrowth<T>({ rig, streamShort }: WarmAgent, work: () => Promise<T>): Promise<T> {
  await rig.forgetPeak();
  await streamShort();
  const { peakBytes } = await rig.usage();
  let [growth, result] = [Infinity, undefined as T];
  for (let tries = 0; tries < TRIES && growth > MAX_GROWTH; tries++) {
    await rig.forgetPeak();
    result = await work();
    growth = Math.min(growth, (await rig.usage()).peakBytes - peakBytes);
  }
  assert.ok(growth <= MAX_GROWTH, `the agent grew by ${(growth / MIB).toFixed(1)} MiB`);
  return result;
}

Deno.test("faults 34, 35 and 37: lines of many MiB and files without a line at all", async (t) => {
  await using warm = await runWarmAgent();
  const { rig, client } = warm;
  const mib = isFull ? 100 : 32;

  for (const kind of ["cri", "docker"] as const) {
    const add = kind === "cri" ? rig.tree.addCri : rig.tree.addDocker;
    const log = await add({ namespace: "ns", pod: kind, container: "c" });
    write(log.path, longLine(kind, mib));

    await t.step(
      `fault 34: a line of ${mib} MiB (${kind}) leaves its neighbours whole, in either direction`,
      async () => {
        const forward = await withoutGrowth(warm, () => summaryOf(client.forward(queryOf(log))));
        const backward = await withoutGrowth(warm, () => summaryOf(client.backward(queryOf(log))));
        for (const { records, bytes, largest } of [forward, backward]) {
          assert.deepEqual([records, bytes], [
            Math.ceil(mib * MIB / MAX_MESSAGE_BYTES) + 2,
            mib * MIB + "beforeafter".length,
          ]);
          assert.ok(largest <= 4 * MIB, "fault 37: no record is larger than clients take");
        }
        assert.deepEqual([forward.first?.message, forward.last?.message], ["before", "after"]);
        assert.deepEqual([backward.first?.message, backward.last?.message], ["after", "before"]);
      },
    );

    await t.step(`fault 34: a line of ${mib} MiB (${kind}) does not end a search`, async () => {
      const found = await withoutGrowth(warm, () => summaryOf(client.forward(queryOf(log, { grep: "after|before" }))));
      assert.deepEqual([found.records, found.first?.message, found.last?.message], [2, "before", "after"]);
      const last = await withoutGrowth(warm, () => summaryOf(client.backward(queryOf(log, { grep: "x$" }))));
      assert.equal(last.bytes, mib * MIB);
    });
  }

  await t.step("fault 35: a file without a line feed is one line, or none, and is read in little memory", async () => {
    const log = await rig.tree.addCri({ namespace: "ns", pod: "endless", container: "c" });
    write(log.path, [`${TIME} stdout P `, ...repeated("x".repeat(MIB), 60)]);
    const record = await withoutGrowth(warm, async () => {
      for await (const record of client.backward(queryOf(log))) return record;
      return undefined;
    });
    assert.deepEqual([record?.is_final, record?.message.replaceAll("x", "")], [false, ""]);
    await Deno.truncate(log.path, 0);
    await Deno.truncate(log.path, 256 * MIB);
    assert.equal((await withoutGrowth(warm, () => summaryOf(client.backward(queryOf(log))))).records, 0);
  });

  await t.step(
    "fault 35: a file of 10 GiB without a line feed holds nobody up, and reading it ends when nobody waits",
    async () => {
      const log = await rig.tree.addCri({ namespace: "ns", pod: "hole", container: "c" });
      await Deno.truncate(log.path, 10 * 1024 * MIB);
      await withoutGrowth(warm, async () => {
        const controller = new AbortController();
        const reason = new Error("enough");
        const stream = summaryOf(client.backward(queryOf(log), { signal: controller.signal }));
        const readBytes = async (): Promise<number> => (await rig.usage()).readBytes;
        const begin = await readBytes();
        // Others are served meanwhile.
        await eventually("64 MiB are read", async () => {
          assert.equal(await client.health(), "SERVING");
          return await readBytes() - begin >= 64 * MIB;
        });
        controller.abort(reason);
        await assert.rejects(stream, reason);
        let end = await readBytes();
        // It has ended when looks at it, one after the other, see nothing read.
        for (let looks = 0; looks < 5; looks++) {
          const now = await readBytes();
          if (now - end > MIB / 4) looks = 0;
          end = now;
        }
        assert.ok(end - begin < 9 * 1024 * MIB, `${end - begin} bytes were read`);
      });
    },
  );
});

Deno.test("fault 29: parts of a message that never ends are streamed and searched in little memory", async (t) => {
  await using warm = await runWarmAgent();
  const { rig, client } = warm;
  const mib = isFull ? 1024 : 256;
  const log = await rig.tree.addCri({ namespace: "ns", pod: "parts", container: "c" });
  const part = `${TIME} stdout P ${"y".repeat(16 * 1024 - 40)}\n`;
  const parts = mib * 64;
  write(log.path, repeated(part.repeat(64), mib));

  await t.step("fault 29: all of them, none final", async () => {
    const { records, last } = await withoutGrowth(warm, () => summaryOf(client.forward(queryOf(log))));
    assert.deepEqual([records, last?.is_final], [parts, false]);
  });

  await log.append([{ text: "whole", time: BigInt(Date.parse("2024-10-01T05:40:48Z")) * 1_000_000n }]);
  const stopTime = "2024-10-01T05:40:47Z";
  await t.step("fault 29: a message after them is whole, and found", async () => {
    for (const stream of [client.forward, client.backward]) {
      const { records, last } = await withoutGrowth(warm, () => summaryOf(stream(queryOf(log, { grep: "whole" }))));
      assert.deepEqual([records, last?.message, last?.is_final], [1, "whole", true]);
    }
  });

  await t.step("fault 29: a stop before their end leaves all of them out, in either direction", async () => {
    for (const stream of [client.forward, client.backward]) {
      const { records } = await withoutGrowth(warm, () => summaryOf(stream(queryOf(log, { stopTime }))));
      assert.equal(records, 0);
    }
  });
});

Deno.test({
  name: "what a crowd of follows takes is given back when they are over",
  timeout: 600_000,
  fn: async () => {
    // V8 would see to it half a minute after the last time that it did, and not again.
    await using rig = await runFlaggedAgent("--no-memory-reducer");
    const client = rig.connect();
    const log = await rig.tree.addCri({ namespace: "ns", pod: "crowd", container: "c" });
    const before = await rig.usage();
    const controller = new AbortController();
    const reason = new Error("enough");
    const over = Array.from(
      { length: FOLLOWS },
      () => summaryOf(client.forward(queryOf(log, { followFrom: "END" }), { signal: controller.signal })),
    ).map((stream) => assert.rejects(stream, reason));
    // Each has the file open.
    await eventually(`${FOLLOWS} open files`, async () => (await rig.usage()).files >= FOLLOWS);
    controller.abort(reason);
    await Promise.all(over);
    let most = 0;
    // The connection to the API server stays, and what a thread holds that looks for changes.
    const isBack = ({ files, rssBytes }: ProcessUsage): boolean => {
      most = Math.max(most, rssBytes);
      return files < before.files + 10 && rssBytes < most - MIN_BACK;
    };
    await eventually("files and memory are given back", async () => isBack(await rig.usage()));
  },
});
