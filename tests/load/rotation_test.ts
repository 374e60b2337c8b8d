import assert from "#assert";
import { gzipSync } from "node:zlib";
import { AgentCallError } from "../../src/cli/demo/client.ts";
import { runtimeTime } from "../../src/cli/demo/log_tree.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";

/** FULL=1: rotations by the clock, and clients that stop for seconds; the gate has no time for that. */
const isFull = Deno.env.get("FULL") !== undefined;
const ROTATIONS = isFull ? 100 : 20;
const ROTATION_MS = 100;
/** A thousand lines a second. */
const LINES = 100;
/** As the kubelet is set up by default: a log and its four last rotated files. */
const ROTATED_FILES = 4;
const encoder = new TextEncoder();

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A log that a writer fills and the kubelet rotates. */
interface RotatedLog {
  /** Writes lines, and rotates. */
  rotate(options: { readonly removes: boolean }): void;
  /** Writes the last line, which a reader knows by its text. */
  end(): void;
  /** What was written. */
  readonly written: readonly string[];
  /** What a follow of it gives, up to the last line; `stop` may hold the reader up. */
  follow(stop?: (got: readonly string[]) => Promise<void> | undefined): Promise<string[]>;
}

async function addLog(rig: RunningAgent, pod: string): Promise<RotatedLog> {
  const log = await rig.tree.addCri({ namespace: "ns", pod, container: "c" });
  const client = rig.connect();
  const written: string[] = [];
  const rotated: string[] = [];
  let seconds = 0;
  const write = (message: string): void => {
    written.push(message);
    const line = `${runtimeTime(BigInt(Date.now()) * 1_000_000n)} stdout F ${message}\n`;
    Deno.writeFileSync(log.path, encoder.encode(line), { append: true });
  };
  return {
    written,
    rotate: ({ removes }) => {
      for (let line = 0; line < LINES; line++) write(`${pod} ${written.length} ${"x".repeat(300)}.`);
      const time = new Date(Date.UTC(2025, 2, 4) + 1000 * seconds++).toISOString().replace(/[-:]/g, "");
      const path = `${log.path}.${time.slice(0, 8)}-${time.slice(9, 15)}`;
      Deno.renameSync(log.path, path);
      Deno.writeFileSync(log.path, new Uint8Array());
      const last = rotated.at(-1);
      if (last !== undefined) {
        Deno.writeFileSync(`${last}.tmp`, gzipSync(Deno.readFileSync(last)));
        Deno.renameSync(`${last}.tmp`, `${last}.gz`);
        Deno.removeSync(last);
      }
      rotated.push(path);
      while (removes && rotated.length > ROTATED_FILES) Deno.removeSync(`${rotated.shift()}.gz`);
    },
    end: () => write("end"),
    follow: async (stop) => {
      const got: string[] = [];
      const { namespace, pod, container, runtimeId: id } = log;
      for await (
        const { message } of client.forward({ log: { namespace, pod, container, id }, followFrom: "DEFAULT" })
      ) {
        got.push(message);
        if (message === "end") break;
        await stop?.(got);
      }
      return got;
    },
  };
}

Deno.test(`three logs that are rotated ${ROTATIONS} times, compressed and removed: each line comes once and in order, also to clients that stop`, async () => {
  await using rig = await runAgent();
  const logs = await Promise.all(["steady", "slow", "slower"].map((pod) => addLog(rig, pod)));
  const [, slow = 0, slower = 0] = logs.map(() => performance.now());
  let until = { slow, slower };
  const stopped = (name: keyof typeof until, ms: number) => (): Promise<void> | undefined => {
    if (!isFull || performance.now() < until[name]) return undefined;
    until = { ...until, [name]: performance.now() + ms + 1000 };
    return wait(ms);
  };
  for (const log of logs) log.rotate({ removes: isFull });
  const started = logs.map(() => Promise.withResolvers<void>());
  const follows = logs.map((log, index) => {
    const stop = [undefined, stopped("slow", 2000), stopped("slower", 5000)][index];
    return log.follow(() => {
      started[index]?.resolve();
      return stop?.();
    });
  });
  await Promise.all(started.map(({ promise }) => promise));
  for (let rotation = 1; rotation < ROTATIONS; rotation++) {
    const next = performance.now() + ROTATION_MS;
    for (const log of logs) log.rotate({ removes: isFull });
    if (isFull) await wait(next - performance.now());
  }
  for (const log of logs) log.end();
  for (const [index, got] of (await Promise.all(follows)).entries()) {
    const written = logs[index]?.written ?? [];
    assert.equal(got.length, written.length);
    assert.deepEqual(got, written);
  }
});

Deno.test({
  name: "a client that stops while more files are rotated than are held is told how much it has not got",
  ignore: !isFull,
  fn: async () => {
    await using rig = await runAgent();
    const log = await addLog(rig, "stopped");
    log.rotate({ removes: true });
    const go = Promise.withResolvers<void>();
    let seen = 0;
    const following = log.follow((got) => (seen = got.length, got.length < 50 ? undefined : go.promise));
    following.catch(() => {});
    await wait(500);
    for (let rotation = 1; rotation < 150; rotation++) {
      const next = performance.now() + ROTATION_MS;
      log.rotate({ removes: true });
      await wait(next - performance.now());
    }
    log.end();
    go.resolve();
    const error = await following.then(() => undefined, (error: unknown) => error);
    if (!(error instanceof AgentCallError)) throw new Error("The follow was not told", { cause: error });
    assert.equal(error.code, "DATA_LOSS");
    const [, bytes = 0] = /: (\d+) bytes in 65 files were not read/.exec(error.details) ?? [];
    assert(Number(bytes) > 63 * LINES * 300, error.details);
    assert(seen > 50);
  },
});
