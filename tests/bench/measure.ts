/**
 * Measures the same work on each agent, in turns, and on `rg`.
 *
 * In turns, so that whatever else the machine does falls on all sides alike. Times are medians of the rounds; memory is
 * the most of all rounds.
 *
 * @module
 */
import type { BenchAgent, Side } from "./agents.ts";
import type { BenchClient } from "./client_process.ts";
import type { ClientAnswer, ClientCommand } from "./client_protocol.ts";
import { cpuMsBetween, readCpuUsage, readPeakRss, resetPeakRss } from "./process_usage.ts";
import { median, quantile } from "./statistics.ts";

/** What a piece of work took. */
export interface Sample {
  /** How often it was measured. */
  readonly rounds: number;
  /** From the first request to the end of the last answer, as the client saw it. */
  readonly wallMs: number;
  /** Of the agent's process. */
  readonly cpuMs: number;
  /** Of the agent's process. */
  readonly peakRssBytes: number;
  /** Messages received. */
  readonly frames: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Of the first message of a stream, where that is what is measured. */
  readonly firstMs?: { readonly p50: number; readonly p99: number };
  /** Of health checks meanwhile. */
  readonly healthMs?: { readonly checks: number; readonly p50: number; readonly p99: number; readonly max: number };
  /** What went wrong. */
  readonly failures: readonly string[];
}

/** The samples of one piece of work, one for each side that took part. */
export type Sides = Readonly<Partial<Record<Side, Sample>>>;

/** Something to be done by an agent. */
export type Work = (port: number) => Exclude<ClientCommand, { readonly kind: "finish" | "probe" }>;

/** With what to measure. */
export interface MeasureOptions {
  /** The agents, in turns. */
  readonly agents: readonly BenchAgent[];
  /** Does the work. */
  readonly client: BenchClient;
  /** How often, at most: nothing new is begun when {@linkcode ENOUGH_MS} have gone by. */
  readonly rounds: number;
  /** Health checks meanwhile. */
  readonly probe?: { readonly client: BenchClient; readonly command: (port: number) => ClientCommand };
  /** Rounds before the first that counts. @default {0} */
  readonly warmUps?: number;
}

/** What takes long is measured less often. */
const ENOUGH_MS = 30_000;

/** Measures the work. */
export async function measure(work: Work, options: MeasureOptions): Promise<Sides> {
  const { agents, rounds, warmUps = 0 } = options;
  const samples = new Map<Side, Sample[]>(agents.map(({ side }) => [side, []]));
  const start = performance.now();
  for (let round = -warmUps; round < rounds; round += 1) {
    if (round > 0 && performance.now() - start > ENOUGH_MS) break;
    for (const agent of inTurns(agents, round)) {
      const sample = await measureOnce(agent, work, options);
      if (round >= 0) samples.get(agent.side)?.push(sample);
    }
  }
  return Object.fromEntries([...samples].map(([side, list]) => [side, merged(list)]));
}

/**
 * The agents in the order of a round: forward, then backward. Whoever comes behind another finds the machine as that
 * has left it, which is worth some percent: between two agents that are the same, too.
 */
export function inTurns<Agent>(agents: readonly Agent[], round: number): readonly Agent[] {
  return round % 2 === 0 ? agents : agents.toReversed();
}

/** An agent has ended while it was measured. */
export class AgentEndedError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "AgentEndedError";
}

async function measureOnce(agent: BenchAgent, work: Work, options: MeasureOptions): Promise<Sample> {
  const { client, probe } = options;
  const { pid, port } = agent;
  await probe?.client.ask(probe.command(port));
  await resetPeakRss(pid);
  const cpuBefore = await readCpuUsage(pid);
  const answer = await client.ask(work(port));
  const lastWords = agent.lastWords();
  if (lastWords !== undefined) throw new AgentEndedError(`${agent.side}: ${lastWords}`);
  const cpuMs = cpuMsBetween(cpuBefore, await readCpuUsage(pid));
  const peakRssBytes = await readPeakRss(pid);
  const health = await probe?.client.ask({ kind: "finish" });
  const { wallMs, bytes, latenciesMs } = answer;
  const onlyFirst = work(port).kind === "first";
  // How much more was on its way when a call was cancelled differs, and does not matter.
  const frames = onlyFirst ? latenciesMs.length : answer.frames;
  return {
    rounds: 1,
    wallMs,
    cpuMs,
    peakRssBytes,
    frames,
    bytes,
    ...(onlyFirst ? { firstMs: shapeOf(latenciesMs) } : {}),
    ...(health === undefined
      ? {}
      : { healthMs: { checks: health.latenciesMs.length, ...shapeOf(health.latenciesMs) } }),
    failures: [...answer.failures, ...(health?.failures ?? []).map((text: string) => `health: ${text}`)],
  };
}

function shapeOf(values: ClientAnswer["latenciesMs"]): { p50: number; p99: number; max: number } {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}

/** One sample for all rounds: medians of times, the worst of memory and health, and every failure. */
function merged(samples: readonly Sample[]): Sample {
  const [first] = samples;
  if (first === undefined) throw new RangeError("Cannot merge samples: there are none");
  const failures = new Set(samples.flatMap((sample) => sample.failures));
  for (const { frames } of samples) {
    if (frames !== first.frames) failures.add(`messages differ between rounds: ${first.frames}, ${frames}`);
  }
  const middle = (pick: (sample: Sample) => number | undefined): number =>
    median(samples.map(pick).filter((value) => value !== undefined));
  return {
    ...first,
    rounds: samples.length,
    wallMs: middle(({ wallMs }) => wallMs),
    cpuMs: middle(({ cpuMs }) => cpuMs),
    peakRssBytes: Math.max(...samples.map(({ peakRssBytes }) => peakRssBytes)),
    ...(first.firstMs === undefined
      ? {}
      : { firstMs: { p50: middle(({ firstMs }) => firstMs?.p50), p99: middle(({ firstMs }) => firstMs?.p99) } }),
    ...(first.healthMs === undefined ? {} : {
      healthMs: {
        checks: middle(({ healthMs }) => healthMs?.checks),
        p50: middle(({ healthMs }) => healthMs?.p50),
        p99: Math.max(...samples.map(({ healthMs }) => healthMs?.p99 ?? 0)),
        max: Math.max(...samples.map(({ healthMs }) => healthMs?.max ?? 0)),
      },
    }),
    failures: [...failures],
  };
}

/** How long `rg` takes to count the matching lines of a file; undefined where there is none. */
export async function measureRg(
  pattern: string,
  options: { readonly path: string; readonly rounds: number },
): Promise<number | undefined> {
  const { path, rounds } = options;
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    try {
      await new Deno.Command("rg", {
        args: ["--no-config", "--count", "-e", pattern, path],
        stdout: "null",
        stderr: "null",
      })
        .output();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    times.push(performance.now() - start);
  }
  return median(times);
}

/** What `grep` and `rg` took. */
export interface GrepTimes {
  /** Milliseconds of our `grep`. */
  readonly oursMs: number;
  /** Of `rg`. */
  readonly rgMs: number;
  /** How many lines each has printed. */
  readonly lines: { readonly ours: number; readonly rg: number };
  /** Whether they are the same, but for what is left out of a CRI line. */
  readonly same: boolean;
}

/**
 * How long our `grep` and `rg` take to print the matching lines of a CRI file, in turns, and whether they print the
 * same; undefined where there is no `rg`.
 */
export async function measureGrep(
  pattern: string,
  options: { readonly path: string; readonly rounds: number; readonly bundle: string },
): Promise<GrepTimes | undefined> {
  const { path, rounds, bundle } = options;
  const ours = ["run", "--no-prompt", "--allow-read", "--allow-env", "--quiet", bundle, "grep", pattern, path];
  const rgs = ["--no-config", "-e", pattern, path];
  // The first round is not counted: it compiles, fills the page cache, and shows what is printed.
  const shown = await printed(Deno.execPath(), ours);
  const expected = await printed("rg", rgs);
  if (shown === undefined || expected === undefined) return undefined;
  const messages = { ours: messagesOf(shown, 1), rg: messagesOf(expected, 3) };
  const oursMs: number[] = [];
  const rgMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    oursMs.push(await timed(Deno.execPath(), ours));
    rgMs.push(await timed("rg", rgs));
  }
  return {
    oursMs: median(oursMs),
    rgMs: median(rgMs),
    lines: { ours: messages.ours.length, rg: messages.rg.length },
    same: messages.ours.join("\n") === messages.rg.join("\n"),
  };
}

/** Lines without so many words before the message: ours prints the time alone, and with all nine digits. */
export function messagesOf(text: string, words: number): string[] {
  const head = new RegExp(`^(?:[^ ]+ ){${words}}`);
  return text.split("\n").slice(0, -1).map((line) => line.replace(head, ""));
}

/** What a program prints; undefined where there is none of that name. */
async function printed(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
    if (!success) throw new Error(`Cannot measure ${program}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Milliseconds from the start of a program to its end. */
async function timed(program: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(program, { args: [...args], stdout: "null" }).output();
  if (!success) throw new Error(`Cannot measure ${program}: ${new TextDecoder().decode(stderr)}`);
  return performance.now() - start;
}
