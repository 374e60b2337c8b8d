/**
 * A soak: the agent, its writers, its callers and its troubles, for some minutes.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Bystander, type BystanderFigures, startBystander } from "../attack/bystander.ts";
import { recordsBody } from "../attack/world.ts";
import type { AttackCheck } from "../attack/checks.ts";
import { readCpuMs, readDescriptors, readPeakRss, readRss } from "../bench/process_usage.ts";
import { quantile } from "../bench/statistics.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { createRandom, type Random } from "../support/random.ts";
import { type LoggedKind, loggedKinds } from "./agent_log.ts";
import { cpuBurner, slowedReads } from "./interference.ts";
import { LINE_BYTES } from "./lines.ts";
import type { LoadReport } from "./load.ts";
import { OUTAGE_TAIL_MS } from "./outages.ts";
import { type LoadHandle, startLoadProcess, startLoadThread } from "./load_handle.ts";
import { type SlotKind, type SoakOrder, soakPaths, soakRequests } from "./load_order.ts";
import type { SoakOptions } from "./options.ts";
import { type AgentSample, soakChecks } from "./verdict.ts";
import { type SoakWorld, startSoakWorld } from "./world.ts";
import { progressBuffer, startWriter, type Writer } from "./writer.ts";

const MIB = 1024 * 1024;
const ROTATE_MS = 10_000;
const STILL_LINES = 20_000;
const NEEDLES = 4;
/** A certificate has to be served so soon. */
const CERTIFICATE_MS = 10_000;

/** The figures of one minute. */
export interface SoakMinute {
  /** Seconds since the start. */
  readonly second: number;
  /** Streams that are open. */
  readonly open: number;
  /** Lines that were checked since the start. */
  readonly lines: number;
  /** MB written each second of this minute. */
  readonly writtenRate: number;
  /** MiB. */
  readonly rssMib: number;
  /** MiB, since the start. */
  readonly peakMib: number;
  /** Open descriptors of the agent. */
  readonly descriptors: number;
  /** Processor time of the agent, per cent of one core. */
  readonly cpu: number;
  /** Of the ordinary caller, ms: p50 and p99 of health checks, p99 of its own delay. */
  readonly healthMs: readonly [p50: number, p99: number, own: number];
  /** What must not be, since the start. */
  readonly problemCount: number;
}

/** All figures of a soak. */
export interface SoakResult {
  /** What was asked for. */
  readonly options: SoakOptions;
  /** How memory was limited. */
  readonly limitKind: string;
  /** How long it ran, in seconds. */
  readonly seconds: number;
  /** A line for each minute. */
  readonly minutes: readonly SoakMinute[];
  /** Streams that were begun, by kind. */
  readonly begun: Readonly<Record<string, number>>;
  /** How streams ended. */
  readonly endings: Readonly<Record<string, number>>;
  /** What happened to the agent: rotations, outages, certificates, stopped clients. */
  readonly events: Readonly<Record<string, number>>;
  /** Kinds of lines of the agent's log. */
  readonly logged: readonly LoggedKind[];
  /** The bars. */
  readonly checks: readonly AttackCheck[];
  /** What must not be; the first ones. */
  readonly problems: readonly string[];
}

/** How streams are shared out over kinds. */
const SHARES: readonly (readonly [kind: SlotKind, share: number])[] = [
  ["follow-end", 0.3],
  ["follow-end-grep", 0.1],
  ["follow-all", 0.2],
  ["follow-all-slow", 0.05],
  ["forward", 0.03],
  ["forward-slow", 0.1],
  ["forward-grep", 0.04],
  ["backward", 0.04],
  ["backward-grep", 0.03],
  ["list", 0.02],
  ["watch", 0.09],
];

/** Runs; resolves when the time is over, the signal fires or the agent has ended. */
export async function runSoak(
  { options, bundle, onMinute, signal }: {
    readonly options: SoakOptions;
    readonly bundle: string;
    readonly onMinute: (minute: SoakMinute) => void;
    readonly signal: AbortSignal;
  },
): Promise<SoakResult> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(
    await startSoakWorld({
      bundle,
      logs: options.logs,
      memoryBytes: options.memory * MIB,
      before: slowedReads(options.slowReads),
    }),
  );
  if (options.steal > 0) stack.use(await cpuBurner(world.agent.pid, options.steal));
  const soak = new Soak(world, options);
  stack.defer(() => soak.end());
  return await soak.run({ onMinute, signal });
}

class Soak {
  readonly #world: SoakWorld;
  readonly #options: SoakOptions;
  readonly #random: Random;
  readonly #samples: AgentSample[] = [];
  readonly #minutes: SoakMinute[] = [];
  readonly #own: string[] = [];
  /** When the API server was away, in milliseconds since 1970. */
  readonly #outages: { readonly from: number; to: number }[] = [];
  readonly #events = { outages: 0, certificates: 0, "certificates served": 0, "stopped clients": 0 };
  readonly #stop = new AbortController();
  readonly #start = performance.now();
  #writer: Writer | undefined;
  #bystander: Bystander | undefined;
  #threads: LoadHandle[] = [];
  #sleeper: LoadHandle | undefined;
  #reports: LoadReport[] = [];
  #isSleeping = false;
  #peakRss = 0;
  #hasEnded = false;

  constructor(world: SoakWorld, options: SoakOptions) {
    this.#world = world;
    this.#options = options;
    this.#random = createRandom(options.seed);
    void world.agent.ended.then(({ code, signal }) => {
      this.#hasEnded = true;
      if (!this.#stop.signal.aborted) this.#tell(`the agent has ended: ${signal ?? `exit code ${code}`}`);
      this.#stop.abort();
    });
  }

  async run(
    { onMinute, signal }: { readonly onMinute: (minute: SoakMinute) => void; readonly signal: AbortSignal },
  ): Promise<SoakResult> {
    signal.addEventListener("abort", () => this.#stop.abort());
    await this.#begin();
    const deadline = setTimeout(() => this.#stop.abort(), this.#options.minutes * 60_000);
    const troubles = [
      this.#sample(),
      this.#tellMinutes(onMinute),
      this.#haveOutages(),
      this.#exchangeCertificates(),
      this.#stopClients(),
    ];
    const results = await Promise.allSettled(troubles);
    clearTimeout(deadline);
    for (const result of results) {
      if (result.status === "rejected" && !this.#hasEnded) {
        this.#tell(`a part of the soak has failed: ${result.reason}`);
      }
    }
    await this.#finish();
    return this.#result();
  }

  /** Ends what it has started. */
  async end(): Promise<void> {
    this.#stop.abort();
    this.#bystander?.[Symbol.dispose]();
    for (const thread of this.#threads) await thread[Symbol.asyncDispose]();
    await this.#sleeper?.[Symbol.asyncDispose]();
    await this.#writer?.[Symbol.asyncDispose]();
  }

  async #begin(): Promise<void> {
    const { agent, logs, still, own, identity } = this.#world;
    const { logs: count, rate, streams, seed } = this.#options;
    const progress = progressBuffer(count);
    this.#writer = startWriter({
      paths: logs.map(({ path }) => path),
      progress,
      bytesPerSecond: rate * 1e6,
      rotateMs: ROTATE_MS,
      reopenMs: this.#options.reopen,
    }, { onError: ({ message }) => this.#tell(message) });
    await still.append(
      Array.from(
        { length: STILL_LINES },
        (_, at) => `line ${at} ${at % (STILL_LINES / NEEDLES) === 3 ? "needle" : "straw"}`,
      ),
    );
    this.#bystander = await startBystander({
      port: agent.port,
      identity,
      healthPath: services.health.Check.path,
      forwardPath: services.logRecords.StreamForward.path,
      grepRequest: recordsBody(still, { grep: "needle" }),
      grepRecords: NEEDLES,
      followRequest: recordsBody(own, { followFrom: "DEFAULT" }),
      followPath: own.path,
    });
    const order: SoakOrder = {
      port: agent.port,
      identity,
      kinds: Object.fromEntries(SHARES.map(([kind, share]) => [kind, Math.max(1, Math.round(streams * share))])),
      connections: 8,
      identities: 6,
      logs: count,
      requests: soakRequests(logs),
      paths: soakPaths,
      seed,
      progress,
      // Ten seconds of one log's lines, or the largest wait of a busy machine.
      mostLinesBehind: 10 * Math.ceil(rate * 1e6 / LINE_BYTES / count) + 100,
      mayLose: false,
    };
    this.#threads = [startLoadThread(order)];
    const { progress: _, ...rest } = order;
    this.#sleeper = startLoadProcess({
      ...rest,
      seed: seed + 1,
      kinds: { "follow-end": 5, "follow-all": 5, "forward": 3, "backward": 2 },
      connections: 2,
      identities: 2,
      mayLose: true,
    });
  }

  #tell(problem: string): void {
    this.#own.push(`${new Date().toISOString()} ${problem}`);
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #wait(ms: number): Promise<void> {
    try {
      await pause(ms, undefined, { signal: this.#stop.signal });
    } catch (error) {
      if (!this.#isStopped) throw error;
    }
  }

  async #sample(): Promise<void> {
    const { pid } = this.#world.agent;
    while (!this.#isStopped) {
      const [rss, descriptors] = [await readRss(pid), await readDescriptors(pid)];
      this.#peakRss = await readPeakRss(pid);
      this.#samples.push({ second: (performance.now() - this.#start) / 1_000, rss, descriptors });
      await this.#wait(1_000);
    }
  }

  async #tellMinutes(onMinute: (minute: SoakMinute) => void): Promise<void> {
    let [cpuMs, bytes, at] = [await readCpuMs(this.#world.agent.pid), 0, performance.now()];
    while (!this.#isStopped) {
      await this.#wait(60_000);
      if (this.#hasEnded) return;
      const now = performance.now();
      const written = this.#writer?.report().bytes ?? 0;
      const cpuNow = await readCpuMs(this.#world.agent.pid);
      await this.#takeReports();
      const figures = await this.#bystander?.take();
      if (figures !== undefined) this.#checkBystander(figures);
      const newest = this.#samples.at(-1);
      const minute: SoakMinute = {
        second: (now - this.#start) / 1_000,
        open: this.#reports.reduce((sum, { open }) => sum + open, 0),
        lines: this.#reports.reduce((sum, { lines }) => sum + lines, 0),
        writtenRate: (written - bytes) / 1e6 / ((now - at) / 1_000),
        rssMib: (newest?.rss ?? NaN) / MIB,
        peakMib: this.#peakRss / MIB,
        descriptors: newest?.descriptors ?? NaN,
        cpu: (cpuNow - cpuMs) / (now - at) * 100,
        healthMs: [
          quantile(figures?.healthMs ?? [], 0.5),
          quantile(figures?.healthMs ?? [], 0.99),
          quantile(figures?.ownDelayMs ?? [], 0.99),
        ],
        problemCount: this.#problemCount(),
      };
      [cpuMs, bytes, at] = [cpuNow, written, now];
      this.#minutes.push(minute);
      onMinute(minute);
    }
  }

  #problemCount(): number {
    return this.#own.length + this.#reports.reduce((sum, { problemCount }) => sum + problemCount, 0);
  }

  #checkBystander({ wrongGreps, failures, follow }: BystanderFigures): void {
    if (wrongGreps > 0) this.#tell(`ordinary caller: ${wrongGreps} greps gave another number of records`);
    for (const [kind, failed] of Object.entries(failures)) {
      // Who asks while the API server is away is told so, unless the last decision still holds.
      const told = failed.filter(({ atMs, text }) => kind !== "grep" || text !== "status 14" || !this.#wasAway(atMs));
      if (told.length > 0) this.#tell(`ordinary caller: ${told.length} × ${kind}: ${told[0]?.text}`);
    }
    if (follow.received !== follow.written) {
      this.#tell(`ordinary caller: ${follow.received} of ${follow.written} lines of its follow came`);
    }
    for (const problem of follow.problems) this.#tell(`ordinary caller: ${problem}`);
    if (follow.ended !== undefined) this.#tell(`ordinary caller: its follow was ended by ${follow.ended}`);
  }

  /** Whether the API server was away at a time, or had only just come back. */
  #wasAway(atMs: number): boolean {
    return this.#outages.some(({ from, to }) => atMs >= from && atMs < to + OUTAGE_TAIL_MS);
  }

  async #takeReports(): Promise<void> {
    const parts = [...this.#threads, ...this.#isSleeping || this.#sleeper === undefined ? [] : [this.#sleeper]];
    const reports = await Promise.all(parts.map((part) => part.report()));
    this.#reports = [...reports, ...this.#isSleeping ? this.#reports.slice(this.#threads.length) : []];
  }

  async #haveOutages(): Promise<void> {
    const parts = (): LoadHandle[] => [...this.#threads, ...this.#sleeper === undefined ? [] : [this.#sleeper]];
    while (!this.#isStopped) {
      await this.#wait(this.#options.outageEvery * 1_000);
      if (this.#isStopped) return;
      this.#events.outages += 1;
      const isAway = true;
      for (const part of parts()) part.setOutage(isAway);
      const outage = { from: Date.now(), to: Infinity };
      this.#outages.push(outage);
      this.#world.setOutage(this.#random.oneIn(2) ? "hang" : "error");
      await this.#wait(3_000 + this.#random.int(6_000));
      this.#world.setOutage(undefined);
      outage.to = Date.now();
      for (const part of parts()) part.setOutage(!isAway);
    }
  }

  async #exchangeCertificates(): Promise<void> {
    while (!this.#isStopped) {
      await this.#wait(this.#options.certificateEvery * 1_000);
      if (this.#isStopped) return;
      const put = await this.#world.exchangeCertificate();
      const deadline = performance.now() + CERTIFICATE_MS;
      let served = await this.#world.servedCertificate();
      while (served !== put && performance.now() < deadline && !this.#isStopped) {
        await this.#wait(500);
        served = await this.#world.servedCertificate();
      }
      // One that was cut short by the end does not count.
      if (served !== put && this.#isStopped) return;
      this.#events.certificates += 1;
      if (served === put) this.#events["certificates served"] += 1;
    }
  }

  /** Stops the process of one part of the load, and lets it go on. */
  async #stopClients(): Promise<void> {
    const pid = this.#sleeper?.pid;
    if (pid === undefined) return;
    while (!this.#isStopped) {
      await this.#wait(8_000 + this.#random.int(10_000));
      if (this.#isStopped) return;
      this.#events["stopped clients"] += 1;
      this.#isSleeping = true;
      Deno.kill(pid, "SIGSTOP");
      await this.#wait(3_000 + this.#random.int(30_000));
      Deno.kill(pid, "SIGCONT");
      this.#isSleeping = false;
    }
  }

  /** Ends all streams, and takes the last reports. */
  async #finish(): Promise<void> {
    if (this.#hasEnded) return;
    const parts = [...this.#threads, ...this.#sleeper === undefined ? [] : [this.#sleeper]];
    this.#reports = await Promise.all(parts.map((part) => part.stop()));
    const exit = await this.#world.agent.terminate();
    if (exit !== 0) this.#tell(`the agent ended with exit code ${exit}`);
  }

  #result(): SoakResult {
    const logged = loggedKinds(this.#world.agent.log);
    const sum = (pick: (report: LoadReport) => Readonly<Record<string, number>>): Record<string, number> => {
      const total: Record<string, number> = {};
      for (const report of this.#reports) {
        for (const [name, count] of Object.entries(pick(report))) total[name] = (total[name] ?? 0) + count;
      }
      return total;
    };
    return {
      options: this.#options,
      limitKind: this.#world.limitKind,
      seconds: (performance.now() - this.#start) / 1_000,
      minutes: this.#minutes,
      begun: sum(({ begun }) => begun),
      endings: sum(({ endings }) => endings),
      events: {
        "lines checked": this.#reports.reduce((total, { lines }) => total + lines, 0),
        "lines written": this.#writer?.report().lines ?? 0,
        "rotations": this.#writer?.report().rotations ?? 0,
        "messages of lists and watches": this.#reports.reduce((total, { events }) => total + events, 0),
        "reviews": this.#world.reviews(),
        ...this.#events,
      },
      logged,
      checks: soakChecks({
        samples: this.#samples,
        peakRss: this.#peakRss,
        limit: this.#options.memory * MIB,
        healthP99Ms: this.#minutes.map(({ healthMs: [, p99, own] }) => Math.max(0, p99 - own)),
        problemCount: this.#problemCount(),
        unexplained: logged.filter(({ reason }) => reason === undefined).length,
        certificates: { put: this.#events.certificates, served: this.#events["certificates served"] },
      }),
      problems: [...this.#own, ...this.#reports.flatMap(({ problems }) => problems)].slice(0, 50),
    };
  }
}
