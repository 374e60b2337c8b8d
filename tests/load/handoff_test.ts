import assert from "#assert";
import type { AgentClient, LogQuery } from "../support/client.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";
import { twoCalls, type TwoCallsOptions } from "../support/two_calls.ts";
import { numberedLine, type WriterOrder } from "./_line_writer.ts";

// With FULL=1: 20 times each
const isFull = Deno.env.get("FULL") !== undefined;
/** After the past, so many records are waited for. */
const LATER = 300;
const NUMBER = /^line (\d+) /;

/** A thread that writes; resolves when it has begun. */
async function startWriter(order: WriterOrder): Promise<{ stop(): Promise<number> }> {
  const worker = new Worker(new URL("./_line_writer.ts", import.meta.url), { type: "module" });
  const begun = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>): void => data === 0 ? begun.resolve() : stopped.resolve(data);
  worker.onerror = ({ message }): void => begun.reject(new Error(message));
  worker.postMessage(order);
  await begun.promise;
  return {
    stop: async () => {
      worker.postMessage("stop");
      const last = await stopped.promise;
      worker.terminate();
      return last;
    },
  };
}

interface Run extends TwoCallsOptions {
  readonly lines: number;
  readonly rate: number;
}

/** One run: how many lines the two calls lost and doubled together. */
async function run(rig: RunningAgent, client: AgentClient, options: Run): Promise<{ lost: number; doubled: number }> {
  const { lines, rate } = options;
  const pod = `pod-${crypto.randomUUID()}`;
  const log: ContainerLog = await rig.tree.addCri({ namespace: "ns", pod, container: "c" });
  const text = Array.from({ length: lines }, (_, index) => numberedLine(index + 1)).join("");
  await log.append(new TextEncoder().encode(text));
  const query: LogQuery = { log: { namespace: "ns", pod, container: "c", id: log.runtimeId } };
  const writer = await startWriter({ path: log.path, from: lines + 1, rate });
  const seen = new Map<number, number>();
  let stopping: Promise<number> | undefined;
  let last = Infinity;
  const deadline = AbortSignal.timeout(60_000);
  for await (const { message } of twoCalls(client, query, options)) {
    deadline.throwIfAborted();
    const number = Number(NUMBER.exec(message)?.[1]);
    seen.set(number, (seen.get(number) ?? 0) + 1);
    if (number > lines + LATER) stopping ??= writer.stop().then((number) => last = number);
    if (number === last) break;
    if (stopping !== undefined && last === Infinity) await stopping;
    if (seen.has(last)) break;
  }
  const numbers = [...seen.keys()].sort((a, b) => a - b);
  const [from = 0] = numbers;
  const doubled = [...seen.values()].reduce((sum, times) => sum + times - 1, 0);
  await Deno.remove(log.path);
  return { lost: (options.past === "all" ? last : last - from + 1) - numbers.length, doubled };
}

for (const [lines, often] of [[10, isFull ? 20 : 3], [200_000, isFull ? 20 : 1]] as const) {
  for (const rate of [1_000, 5_000]) {
    Deno.test(`a log of ${lines} lines that goes on at ${rate} a second, read by a call for what is there and one for what comes next: none lost, none doubled`, async () => {
      await using rig = await runAgent();
      await using client = rig.connect();
      for (let time = 0; time < often; time++) {
        const result = await run(rig, client, { lines, rate, past: "all" });
        assert.deepEqual(result, { lost: 0, doubled: 0 }, `run ${time + 1}`);
      }
    });
  }
}

Deno.test("the two calls meet on two connections, too, and where only the last records are asked for; in another order nothing is lost", async () => {
  await using rig = await runAgent();
  await using client = rig.connect();
  await using other = rig.connect();
  const ways: Record<string, TwoCallsOptions> = {
    "on two connections": { past: "all", other },
    "the last 100": { past: 100 },
    "the last 100, on two connections": { past: 100, other },
    "the follow first": { past: "all", first: "end" },
    "on two connections, the follow first": { past: "all", other, first: "end" },
    "the last 100, the follow first": { past: 100, first: "end" },
  };
  // Both connections are there, so that the calls are as close together as they can be.
  await Promise.all([client.health(), other.health()]);
  for (const [way, options] of Object.entries(ways)) {
    for (let time = 0; time < (isFull ? 20 : 2); time++) {
      const { lost, doubled } = await run(rig, client, { lines: 1_000, rate: 5_000, ...options });
      assert.equal(lost, 0, `${way}, run ${time + 1}`);
      // A past that is asked for behind the follow holds what was written in between: both give that, and it may come
      // too late to be dropped. On two connections either call may be the later one.
      if (options.first !== "end" && options.other === undefined) assert.equal(doubled, 0, `${way}, run ${time + 1}`);
    }
  }
});
