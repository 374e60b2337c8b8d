import assert from "#assert";
import { gzipSync } from "node:zlib";
import { AgentCallError } from "../support/client.ts";
import { runtimeTime } from "../fakes/log_tree.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";

// With FULL=1: a hundred rotations by the clock, through the whole agent
// With FULL=1: by the clock, with clients that stop and files that are removed
const isFull = Deno.env.get("FULL") !== undefined;
const ROTATIONS = isFull ? 100 : 20;
const ROTATION_MS = 100;
/** A thousand lines a second. */
const LINES = 100;
/** As the kubelet is set up by default: a log and its four last rotated files. */
const ROTATED_FILES = 4;
const encoder = new TextEncoder();

/** What a client is told that is too slow. */
const LOSS = /^DATA_LOSS: Cannot hold rotated files any longer: (\d+) bytes in 65 files were not read$/;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** A log that a writer fills and the kubelet rotates. */
interface RotatedLog {
  /** Writes lines, and rotates. */
  rotate(options: { readonly removes: boolean }): void;
  /** Writes the last line, which a reader knows by its text. */
  end(): void;
  /** What was written. */
  readonly written: readonly string[];
  /** What a follow of it gives, up to the last line or to a loss; `stop` may hold the reader up. */
  follow(stop: (got: readonly string[]) => Promise<void> | undefined): Promise<Followed>;
}

interface Followed {
  readonly got: readonly string[];
  /** The error of a client that was too slow. */
  readonly loss: string | undefined;
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
      const stream = client.forward({ log: { namespace, pod, container, id }, followFrom: "DEFAULT" });
      try {
        for await (const { message } of stream) {
          got.push(message);
          if (message === "end") break;
          await stop(got);
        }
      } catch (error) {
        if (!(error instanceof AgentCallError)) throw error;
        return { got, loss: error.message };
      }
      return { got, loss: undefined };
    },
  };
}

/** Stops for so long, once a second has passed, and again when it has had as long to read. */
function stopping(ms: number): () => Promise<void> | undefined {
  let next = performance.now() + 1000;
  return () => {
    if (!isFull || performance.now() < next) return undefined;
    next = performance.now() + 2 * ms;
    return wait(ms);
  };
}

Deno.test(`three logs that are rotated ${ROTATIONS} times, compressed and removed: each line comes once and in order, also to clients that stop`, async () => {
  await using rig = await runAgent();
  const logs = await Promise.all(["steady", "slow", "slower"].map((pod) => addLog(rig, pod)));
  for (const log of logs) log.rotate({ removes: isFull });
  const started = logs.map(() => Promise.withResolvers<void>());
  const stops = [() => undefined, stopping(2000), stopping(5000)];
  const follows = logs.map((log, index) =>
    log.follow(() => {
      started[index]?.resolve();
      return stops[index]?.();
    })
  );
  await Promise.all(started.map(({ promise }) => promise));
  for (let rotation = 1; rotation < ROTATIONS; rotation++) {
    const next = performance.now() + ROTATION_MS;
    for (const log of logs) log.rotate({ removes: isFull });
    if (isFull) await wait(next - performance.now());
  }
  for (const log of logs) log.end();
  for (const [index, { got, loss }] of (await Promise.all(follows)).entries()) {
    const written = logs[index]?.written ?? [];
    // Where the machine is too slow for the load, a client that stops may be told so. Nothing comes twice, though, or
    // is lost in silence.
    if (loss !== undefined) assert(isFull && index > 0 && LOSS.test(loss), loss);
    const wanted = loss === undefined ? written : written.slice(0, got.length);
    const at = wanted.findIndex((message, place) => message !== got[place]);
    assert.equal(at, -1, `log ${index}: ${got[at]}, not ${wanted[at]}; told: ${rig.agent.log.join("\n")}`);
    assert.equal(got.length, wanted.length);
  }
});

Deno.test({
  name: "a client that stops while more files are rotated than are held is told how much it has not got",
  // It lets the seconds pass for which files are held; follow_rotations_test.ts does so on a clock of its own.
  ignore: !isFull,
  fn: async () => {
    await using rig = await runAgent();
    const log = await addLog(rig, "stopped");
    log.rotate({ removes: true });
    const go = Promise.withResolvers<void>();
    const following = log.follow((got) => got.length < 50 ? undefined : go.promise);
    await wait(500);
    for (let rotation = 1; rotation < 150; rotation++) {
      const next = performance.now() + ROTATION_MS;
      log.rotate({ removes: true });
      await wait(next - performance.now());
    }
    log.end();
    go.resolve();
    const { got, loss = "" } = await following;
    const [, bytes = 0] = LOSS.exec(loss) ?? [];
    assert(Number(bytes) > 63 * LINES * 300, loss);
    assert(got.length >= 50);
    assert.deepEqual(got, log.written.slice(0, got.length));
  },
});
