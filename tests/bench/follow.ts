/**
 * The bench of live logs: what lists, watches and follows cost, and how fast a line arrives; ours, and the peer's agent
 * where it can be had.
 *
 *     deno task bench-follow [--only list,watch,idle,latency,crowd,load] [--no-peer] [--bundle FILE] [--v8-flags FLAGS]
 *
 * The bundled agent with the flags that `docs/by_hand.md` recommends, mutual TLS, clients and writers in processes of
 * their own on the same processors. Prints a table, writes `follow.json` beside the results of the whole bench when
 * nothing was left out, and ends with exit code 1 where a bar is not kept. Takes about six minutes; wants a machine
 * that does nothing else.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { services } from "../../src/rpc/descriptor.ts";
import { bundleAgent, V8_FLAGS } from "../support/agent_bundle.ts";
import { projectFolder } from "../support/project.ts";
import { type BenchAgent, findPeer, type Side, startAgents } from "./agents.ts";
import { type BenchClient, bundleClient, startClient } from "./client_process.ts";
import { type LiveLog, type LiveLogs, makeLiveLogs } from "./follow_logs.ts";
import type { LiveAnswer, LiveCall, LiveCommand } from "./follow_protocol.ts";
import { readCpuMs, readDescriptors, readRss } from "./process_usage.ts";
import { median, quantile } from "./statistics.ts";

/** One figure. */
interface Figure {
  /** What was measured. */
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number | undefined;
  /** The most that ours may be. */
  readonly atMost?: number | undefined;
}

/** What a scenario works with: one agent, and processes that call it and write logs. */
interface Scene {
  readonly agent: BenchAgent;
  readonly spare: BenchAgent | undefined;
  readonly logs: LiveLogs;
  readonly client: LiveClient;
  readonly prober: LiveClient;
  readonly writer: LiveClient;
}

type LiveClient = BenchClient<LiveCommand, LiveAnswer>;
/** The figures of one agent, by what they are of. */
type Figures = Readonly<Record<string, number>>;

/**
 * How it is measured: ours alone, ours and then the peer's, or both by turns, which a machine that is slow for some
 * seconds does not change.
 */
type Run =
  | { readonly agents: "ours" | "one after the other"; readonly measure: (scene: Scene) => Promise<Figures> }
  | { readonly agents: "by turns"; readonly measure: (scenes: readonly Scene[]) => Promise<readonly Figures[]> };

/** One thing that is measured, on agents of its own. */
interface Scenario {
  /** How many logs there are. */
  readonly logs: number;
  /** How many lines each has. */
  readonly lines: number;
  /** Whether clients practise on an agent that is not measured. @default {false} */
  readonly spare?: boolean;
  readonly run: Run;
  /** The bars, by the same names. */
  readonly bars: Readonly<
    Record<string, { readonly unit: string; readonly atMost?: number; readonly timesPeer?: number }>
  >;
}

const LISTED = 10_000;
const LISTS = 9;
const PRACTICE = 3;
const FOLLOWED = 500;
const FOLLOWS = 1_000;
const WATCHES = 20;
const WRITTEN = 100;
const READ = 20;
const APPENDS = 500;
/**
 * A runtime that compiles what is used often needs some thousand lines for that; an agent that has run for a minute on
 * a busy node has sent more.
 */
const PRACTISED = 5_000;
/** So that the connection is there. */
const FEW = 50;
/** One line for each of the {@linkcode WRITTEN} logs every so often: 10,000 a second. */
const WRITE_EVERY_MS = 10;
const WRITE_ROUNDS = 600;
const SETTLE_MS = 3_000;
/** What opening a thousand follows has left behind is collected some seconds later. */
const OPENED_MS = 20_000;
/** V8 collects once more by itself within a minute. */
const THOUSAND_MS = 60_000;
const IDLE_MS = 20_000;
/** Memory is given back some seconds after the last of them. */
const QUIET_MS = 30_000;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const listCall: LiveCall = {
  path: services.logMetadata.List.path,
  message: base64(services.logMetadata.List.requestSerialize({ namespaces: [] })),
};
const watchCall: LiveCall = {
  path: services.logMetadata.Watch.path,
  message: base64(services.logMetadata.Watch.requestSerialize({ namespaces: [] })),
};
const healthCall: LiveCall = {
  path: services.health.Check.path,
  message: base64(services.health.Check.requestSerialize({ service: "" })),
};

const noName = { namespace: "bench", pod_name: "none", container_name: "none", container_id: "none" };

function followCall({ name }: LiveLog): LiveCall {
  const { path, requestSerialize } = services.logRecords.StreamForward;
  const request = { ...name, start_time: "", stop_time: "", grep: "", follow_from: "END" } as const;
  return { path, message: base64(requestSerialize(request)) };
}

/** Tells a client to do something; what goes wrong is an error. */
async function told(client: LiveClient, command: LiveCommand): Promise<LiveAnswer> {
  const answer = await client.ask(command);
  if (answer.failures.length > 0) throw new Error(`Cannot ${command.kind}: ${answer.failures.slice(0, 3).join(", ")}`);
  return answer;
}

/** Per cent of one processor that a process takes meanwhile. */
async function processorShare(pid: number, meanwhile: () => Promise<unknown>): Promise<number> {
  const [cpu, start] = [await readCpuMs(pid), performance.now()];
  await meanwhile();
  return (await readCpuMs(pid) - cpu) / (performance.now() - start) * 100;
}

async function list({ agent: { port, pid }, spare, client, prober }: Scene): Promise<Figures> {
  // Neither the connection to the API server is what is measured, nor how fast a client gets its first answer of two
  // megabytes.
  await client.ask({ kind: "call", port, ...followCall({ name: noName, path: "" }) });
  await sleep(SETTLE_MS);
  for (let round = 0; round < PRACTICE; round++) {
    await told(client, { kind: "call", port: spare?.port ?? NaN, ...listCall });
  }
  const alone: number[] = [];
  const cpu: number[] = [];
  let bytes = 0;
  for (let round = 0; round < LISTS; round++) {
    const before = await readCpuMs(pid);
    const answer = await told(client, { kind: "call", port, ...listCall });
    cpu.push(await readCpuMs(pid) - before);
    ({ bytes } = answer);
    alone.push(answer.wallMs);
  }
  // What a list keeps others waiting is measured by others; they take half of the time.
  const watched: number[] = [];
  const slowest: number[] = [];
  for (let round = 0; round < LISTS; round++) {
    await told(prober, { kind: "probe", port, everyMs: 0, ...healthCall });
    watched.push((await told(client, { kind: "call", port, ...listCall })).wallMs);
    slowest.push(quantile((await told(prober, { kind: "finish" })).latenciesMs, 1));
  }
  return {
    "List of 10,000 logs, the first": alone[0] ?? NaN,
    "List of 10,000 logs, median": median(alone),
    "its processor time": median(cpu),
    "the same with one health check after the other meanwhile": median(watched),
    "the slowest of these, median": median(slowest),
    "the answer": bytes / 1e6,
  };
}

async function watch({ agent: { port, pid }, client }: Scene): Promise<Figures> {
  await told(client, { kind: "open", port, calls: [watchCall] });
  await sleep(SETTLE_MS);
  const share = await processorShare(pid, () => sleep(IDLE_MS));
  await told(client, { kind: "cancel" });
  return { "a Watch of 10,000 idle logs": share };
}

async function idle({ agent: { port, pid }, logs: { logs }, client }: Scene): Promise<Figures> {
  await sleep(SETTLE_MS);
  const before = { rss: await readRss(pid), descriptors: await readDescriptors(pid) };
  const follows = Array.from({ length: FOLLOWS }, (_, i) => followCall(logs[i % logs.length] as LiveLog));
  const watches = Array.from({ length: WATCHES }, () => watchCall);
  await told(client, { kind: "open", port, calls: [...follows, ...watches] });
  await sleep(OPENED_MS);
  const share = await processorShare(pid, () => sleep(THOUSAND_MS));
  const during = { rss: await readRss(pid), descriptors: await readDescriptors(pid) };
  await told(client, { kind: "cancel" });
  await sleep(QUIET_MS);
  const after = { rss: await readRss(pid), descriptors: await readDescriptors(pid) };
  return {
    "1,000 idle follows of 500 logs and 20 Watches": share,
    "their memory": (during.rss - before.rss) / 1e6,
    "their descriptors": during.descriptors - before.descriptors,
    "memory that is left when all are cancelled": (after.rss - before.rss) / 1e6,
    // The connection to the API server, and what the first call of a kind opens for good.
    "descriptors that are left": after.descriptors - before.descriptors,
  };
}

/**
 * How long it takes until lines that are written one after the other are at a client, for each of the agents, which
 * follow a log each; `practised` others come before them.
 */
async function appendMs(scenes: readonly Scene[], practised: number): Promise<readonly (readonly number[])[]> {
  const [first] = scenes;
  if (first === undefined) throw new RangeError("Cannot append to logs: nobody follows them");
  const targets = scenes.map(({ agent: { port }, logs: { logs } }, i) => {
    const log = logs[i];
    if (log === undefined) throw new RangeError("Cannot append to a log: there are not enough");
    return { port, file: log.path, ...followCall(log) };
  });
  await told(first.prober, { kind: "appends", targets, lines: practised });
  const { latenciesMs } = await told(first.prober, { kind: "appends", targets, lines: APPENDS });
  return targets.map((_, i) => latenciesMs.slice(i * APPENDS, (i + 1) * APPENDS));
}

async function latency(scenes: readonly Scene[]): Promise<readonly Figures[]> {
  const first = await appendMs(scenes, FEW);
  const later = await appendMs(scenes, PRACTISED);
  return scenes.map((_, i) => ({
    "a line from file to client, the agent's first 500, p50": quantile(first[i] ?? [], 0.5),
    "the same, p99": quantile(first[i] ?? [], 0.99),
    "a line from file to client after 5,000 others, p50": quantile(later[i] ?? [], 0.5),
    "those, p99": quantile(later[i] ?? [], 0.99),
  }));
}

async function crowd(scene: Scene): Promise<Figures> {
  const { agent: { port }, logs: { logs }, client } = scene;
  await told(client, { kind: "open", port, calls: logs.slice(1).map(followCall) });
  await sleep(SETTLE_MS);
  const [latenciesMs = []] = await appendMs([scene], FEW);
  await told(client, { kind: "cancel" });
  return { "a line from file to client while 500 logs are followed, p50": quantile(latenciesMs, 0.5) };
}

async function load({ agent: { port, pid }, logs: { logs }, client, writer }: Scene): Promise<Figures> {
  const files = logs.map(({ path }) => path);
  const write = (): Promise<LiveAnswer> =>
    told(writer, { kind: "write", files, everyMs: WRITE_EVERY_MS, rounds: WRITE_ROUNDS });
  await sleep(SETTLE_MS);
  const alone = await processorShare(pid, write);
  await told(client, { kind: "open", port, calls: logs.slice(0, READ).map(followCall) });
  await sleep(SETTLE_MS);
  const followed = await processorShare(pid, write);
  await sleep(1_000);
  const { lines } = await told(client, { kind: "cancel" });
  return {
    "10,000 lines/s to 100 logs, nobody following": alone,
    "the same, 20 of them followed": followed,
    "lines lost": READ * WRITE_ROUNDS - lines.reduce((sum, count) => sum + count, 0),
  };
}

const scenarios: Readonly<Record<string, Scenario>> = {
  list: {
    logs: LISTED,
    lines: 0,
    spare: true,
    run: { agents: "one after the other", measure: list },
    bars: {
      "List of 10,000 logs, the first": { unit: "ms", atMost: 300 },
      "List of 10,000 logs, median": { unit: "ms", atMost: 300 },
      "its processor time": { unit: "ms" },
      "the same with one health check after the other meanwhile": { unit: "ms", atMost: 300 },
      "the slowest of these, median": { unit: "ms", atMost: 25 },
      "the answer": { unit: "MB" },
    },
  },
  watch: {
    logs: LISTED,
    lines: 0,
    run: { agents: "ours", measure: watch },
    bars: { "a Watch of 10,000 idle logs": { unit: "% of a core", atMost: 2 } },
  },
  idle: {
    logs: FOLLOWED,
    lines: 10,
    run: { agents: "ours", measure: idle },
    bars: {
      "1,000 idle follows of 500 logs and 20 Watches": { unit: "% of a core", atMost: 1 },
      "their memory": { unit: "MB", atMost: 40 },
      "their descriptors": { unit: "" },
      "memory that is left when all are cancelled": { unit: "MB", atMost: 20 },
      "descriptors that are left": { unit: "", atMost: 5 },
    },
  },
  latency: {
    logs: 2,
    lines: 10,
    run: { agents: "by turns", measure: latency },
    bars: {
      "a line from file to client, the agent's first 500, p50": { unit: "ms", atMost: 1.2, timesPeer: 2 },
      "the same, p99": { unit: "ms", atMost: 20 },
      "a line from file to client after 5,000 others, p50": { unit: "ms", atMost: 1.2, timesPeer: 2 },
      "those, p99": { unit: "ms", atMost: 20 },
    },
  },
  crowd: {
    logs: FOLLOWED,
    lines: 10,
    run: { agents: "one after the other", measure: crowd },
    bars: { "a line from file to client while 500 logs are followed, p50": { unit: "ms", atMost: 1.2 } },
  },
  load: {
    logs: WRITTEN,
    lines: 0,
    run: { agents: "one after the other", measure: load },
    bars: {
      "10,000 lines/s to 100 logs, nobody following": { unit: "% of a core", atMost: 1 },
      "the same, 20 of them followed": { unit: "% of a core", atMost: 25 },
      "lines lost": { unit: "", atMost: 0 },
    },
  },
};

/** What a scenario runs with. */
interface RunOptions {
  readonly bundle: string;
  readonly v8Flags: string;
  readonly peer: string | undefined;
  readonly clientCommand: readonly string[];
}

/** Runs a scenario on each agent. */
async function measured(scenario: Scenario, options: RunOptions): Promise<Partial<Record<Side, Figures>>> {
  const { run } = scenario;
  const sides: readonly Side[] = run.agents === "ours" || options.peer === undefined ? ["ours"] : ["ours", "peer"];
  if (run.agents === "by turns") {
    const found = await onScenes(scenario, { ...options, sides }, run.measure);
    return Object.fromEntries(sides.map((side, i) => [side, found[i]]));
  }
  const found: Partial<Record<Side, Figures>> = {};
  for (const side of sides) {
    try {
      found[side] = await onScenes(scenario, { ...options, sides: [side] }, ([scene]) => run.measure(scene as Scene));
    } catch (error) {
      // What the peer cannot do is no reason to have no figures.
      if (side === "ours") throw error;
      say(`the peer: ${error}`);
    }
  }
  return found;
}

/** Starts what a scenario works with, for each of the sides; what is measured there by `measure` is the result. */
async function onScenes<Result>(
  { logs: count, lines, spare: hasSpare = false }: Scenario,
  options: RunOptions & { readonly sides: readonly Side[] },
  measure: (scenes: readonly Scene[]) => Promise<Result>,
): Promise<Result> {
  const { sides, clientCommand } = options;
  await using stack = new AsyncDisposableStack();
  const logs = stack.use(await makeLiveLogs(count, { lines }));
  const peer = sides.includes("peer") ? options.peer : undefined;
  const started = stack.use(await startAgents({ ...options, tree: logs, peer, spare: hasSpare }));
  const { spare, identity } = started;
  const agents = started.agents.filter(({ side }) => sides.includes(side));
  const start = async (): Promise<LiveClient> => stack.use(await startClient(clientCommand, identity));
  const shared = { spare, logs, client: await start(), prober: await start(), writer: await start() };
  try {
    return await measure(agents.map((agent) => ({ agent, ...shared })));
  } catch (error) {
    const words = agents.map((agent) => agent.lastWords()).filter((text) => text !== undefined);
    throw words.length === 0 ? error : new Error(words.join("\n"), { cause: error });
  }
}

function figuresOf({ bars }: Scenario, { ours = {}, peer = {} }: Partial<Record<Side, Figures>>): Figure[] {
  return Object.entries(bars).map(([what, { unit, atMost, timesPeer }]) => {
    const [mine = NaN, others] = [ours[what], peer[what]];
    const byPeer = timesPeer === undefined || others === undefined ? Infinity : others * timesPeer;
    const limit = Math.min(atMost ?? Infinity, byPeer);
    return { what, unit, ours: mine, peer: others, atMost: limit === Infinity ? undefined : limit };
  });
}

function isKept({ ours, atMost }: Figure): boolean {
  return atMost === undefined || ours <= atMost;
}

function row(figure: Figure): string {
  const { what, unit, ours, peer, atMost } = figure;
  const text = (value: number | undefined): string => value === undefined ? "" : String(Number(value.toPrecision(3)));
  return `| ${[what, unit, text(ours), text(peer), text(atMost), isKept(figure) ? "" : "NOT KEPT"].join(" | ")} |`;
}

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

const { values } = parseArgs({
  args: Deno.args,
  allowNegative: true,
  options: {
    only: { type: "string" },
    peer: { type: "boolean", default: true },
    bundle: { type: "string" },
    "v8-flags": { type: "string", default: V8_FLAGS },
  },
});
const names = values.only?.split(",") ?? Object.keys(scenarios);
await using bundled = await bundleAgent();
const options = {
  bundle: values.bundle ?? bundled.file,
  v8Flags: values["v8-flags"],
  peer: values.peer ? await findPeer() : undefined,
  clientCommand: await bundleClient(bundled.folder, "follow_client.ts"),
};
say("| what | unit | ours | peer | at most | |");
say("| --- | --- | --- | --- | --- | --- |");
const figures: Figure[] = [];
for (const name of names) {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new TypeError(`Cannot find a scenario: "${name}"`);
  const found = figuresOf(scenario, await measured(scenario, options));
  figures.push(...found);
  for (const figure of found) say(row(figure));
}
if (values.only === undefined && values.bundle === undefined && options.peer !== undefined) {
  const folder = new URL("results/", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}follow.json`;
  const machine = { processors: navigator.hardwareConcurrency, deno: Deno.version.deno };
  const results = { measured: new Date().toISOString(), v8Flags: options.v8Flags, machine, figures };
  await Deno.writeTextFile(file, `${JSON.stringify(results, null, 2)}\n`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file], cwd: projectFolder }).output();
  say(`\nresults: ${file}`);
}
Deno.exitCode = figures.every(isKept) ? 0 : 1;
