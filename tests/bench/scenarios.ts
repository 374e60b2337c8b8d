/**
 * What is measured, and the bars that ours has to keep to.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { services } from "../../src/rpc/descriptor.ts";
import type { BenchAgent } from "./agents.ts";
import type { BenchClient } from "./client_process.ts";
import type { ClientCommand } from "./client_protocol.ts";
import { applicationCorpus } from "./application_corpus.ts";
import { asClientsSend, corpus, type CorpusEntry } from "./corpus.ts";
import type { LogFile, LogTwins } from "./log_files.ts";
import type { LogFormat, LogSpeakers } from "./log_lines.ts";
import { measure, measureGrep, type MeasureOptions, measureRg, type Sides, type Work } from "./measure.ts";
import {
  type Check,
  check,
  type Clock,
  ratio,
  recordsPerCpuSecond,
  type Row,
  rowOf,
  timeBy,
  timeChecks,
} from "./row.ts";
import { geometricMean } from "./statistics.ts";

/** `large` is 1 GiB, `dense` 256 MiB, `small` 10 MB, unless it has to be quick. */
export type LogSize = "large" | "dense" | "small";

/** With what a scenario works. */
export interface Scene {
  /** Ours, then the peer's, then ours as it was; those that take part. */
  readonly agents: readonly BenchAgent[];
  /** Does the work. */
  readonly client: BenchClient;
  /** Checks the health meanwhile. */
  readonly prober: BenchClient;
  /** A log; made where it is missing. @param speakers @default {"words"} */
  readonly log: (size: LogSize, speakers?: LogSpeakers) => Promise<LogTwins>;
  /** What the bars of time are of. */
  readonly clock: Clock;
  /** How often everything is done. */
  readonly rounds: number;
  /** Only patterns whose typed form matches. */
  readonly pattern: RegExp;
  /** Our program as one file. */
  readonly bundle: string;
}

/** Measures, and gives a row for each piece of work. */
export type Scenario = (scene: Scene) => AsyncGenerator<Row>;

type Direction = "StreamForward" | "StreamBackward";

const HEALTH_EVERY_MS = 5;
/** How many calls the time to the first record is taken from. */
const FIRST_RECORD_CALLS = 200;
const RARE = asClientsSend("flux-capacitor");
const EVERY_LINE = [["no grep", ""], ["every line: .*", asClientsSend(".*")], [
  "every line: id=",
  asClientsSend("id="),
]] as const;
/** A log of so many bytes holds a match of every pattern that is not there to find nothing. */
const COMPLETE_BYTES = 200 * 1024 * 1024;
/** Ours may take so much of the peer's time where a text is required. */
const REQUIRED_BAR = 0.4;
/**
 * What misses a bar in a few rounds, whose medians differ by some percent even between agents that are the same, is
 * measured anew in so many times as many, and that counts.
 */
const AGAIN = 5;
const FORMATS: readonly LogFormat[] = ["cri", "docker"];

/** Streams of a log, one for each pattern, all at once. */
function streams(log: LogFile, { patterns, direction = "StreamForward" }: {
  readonly patterns: readonly string[];
  readonly direction?: Direction;
}): Work {
  const { path, requestSerialize } = services.logRecords[direction];
  const encoded = new Map([...new Set(patterns)].map((grep) => {
    const request = { ...log.name, start_time: "", stop_time: "", grep, follow_from: "NOOP" } as const;
    return [grep, requestSerialize(request).toString("base64")];
  }));
  const messages = patterns.map((grep) => encoded.get(grep) ?? "");
  return (port) => ({ kind: "streams", port, path, messages });
}

function healthProbe({ prober }: Scene): NonNullable<MeasureOptions["probe"]> {
  const { path, requestSerialize } = services.health.Check;
  const messages = [Buffer.from(requestSerialize({ service: "" })).toString("base64")];
  const command = (port: number): ClientCommand => ({ kind: "probe", everyMs: HEALTH_EVERY_MS, port, path, messages });
  return { client: prober, command };
}

/** Health checks have to be answered in time by ours; the peer's are only told. */
function healthCheck({ ours }: Sides, atMost: number): Check[] {
  return ours?.healthMs === undefined ? [] : [check("health p99 ms", ours.healthMs.p99, { atMost })];
}

/**
 * An agent that has run for a while has compiled what it runs often: ours is given some work of the same sort first.
 */
async function warmUp(
  scene: Scene,
  { direction, format, speakers = "words" }: {
    readonly direction: Direction;
    readonly format: LogFormat;
    readonly speakers?: LogSpeakers;
  },
): Promise<void> {
  const agents = scene.agents.filter(({ side }) => side !== "peer");
  const patterns = ["", RARE, asClientsSend(".*"), asClientsSend("(timeout|deadline)"), asClientsSend("done caller")];
  const log = (await scene.log("dense", speakers))[format];
  for (const pattern of patterns) {
    await measure(streams(log, { patterns: [pattern], direction }), { ...scene, agents, rounds: 2 });
  }
}

/** One search after the other. */
interface Searches {
  readonly scenario: string;
  readonly entries: readonly CorpusEntry[];
  readonly speakers: LogSpeakers;
  readonly direction: Direction;
}

/** What a search takes, beside its bar. */
async function measuredWell(
  work: Work,
  scene: Scene,
  atMost: number,
): Promise<{ readonly sides: Sides; readonly checks: readonly Check[] }> {
  const { clock, rounds } = scene;
  const measured = async (times: number): ReturnType<typeof measuredWell> => {
    const sides = await measure(work, { ...scene, rounds: times * rounds });
    return { sides, checks: timeChecks(sides, { atMost, clock }) };
  };
  const first = await measured(1);
  return first.checks.every(({ met }) => met) ? first : await measured(AGAIN);
}

/** A row for each search in each format, and one for the mean of those that require a text, and of the rest. */
async function* searches(scene: Scene, { scenario, entries, speakers, direction }: Searches): AsyncGenerator<Row> {
  const { clock, rounds } = scene;
  for (const format of FORMATS) {
    await warmUp(scene, { direction, format, speakers });
    const rows: { readonly row: Row; readonly bar: number }[] = [];
    for (const { typed, pattern, kind, bar, dense, formats } of entries) {
      if (!formats.includes(format) || !scene.pattern.test(typed)) continue;
      const log = (await scene.log(dense ? "dense" : "large", speakers))[format];
      const work = streams(log, { patterns: [pattern], direction });
      const { sides, checks } = await measuredWell(work, scene, bar);
      // Its processor time is not known, and that of the wall says nothing where others use the machine.
      const beside = direction === "StreamForward" && clock === "wall";
      const rgMs = beside ? await measureRg(pattern, { path: log.path, rounds }) : undefined;
      const row = rowOf({
        scenario,
        name: typed,
        kind,
        format,
        sides,
        checks,
        ...(rgMs === undefined ? {} : { rgMs }),
      });
      rows.push({ row, bar });
      const expected = kind === "no match" ? 0 : kind === "every line" ? log.lines : undefined;
      // A small log may lack what is rare.
      yield expected === undefined && log.bytes < COMPLETE_BYTES ? row : withExpected(row, expected);
    }
    if (direction === "StreamForward") yield* meanRows(rows, { scenario, format, clock });
  }
}

/** The geometric means of the shares of the peer's time. */
function* meanRows(
  rows: readonly { readonly row: Row; readonly bar: number }[],
  { scenario, format, clock }: { readonly scenario: string; readonly format: LogFormat; readonly clock: Clock },
): Generator<Row> {
  const classes = Map.groupBy(rows, ({ bar }) => bar <= REQUIRED_BAR);
  for (const [required, members] of classes) {
    const shares = members.map(({ row }) => ratio(row.sides, timeBy(clock))).filter((share) => share !== undefined);
    if (shares.length === 0) continue;
    yield rowOf({
      scenario,
      name: `geometric mean, ${required ? "a text is required" : "no text is required"}`,
      format,
      sides: {},
      checks: [check(`mean ${clock}`, geometricMean(shares), { atMost: required ? 0.2 : 0.4 })],
    });
  }
}

/** The kinds for which a search backward has the bar of one forward. */
const BACKWARD_KINDS = ["rare literal", "common literal", "several words", "with blanks", "no match"];

/** Today's searches in a log of random words. */
function forward(scene: Scene): AsyncGenerator<Row> {
  const direction = "StreamForward";
  return searches(scene, { scenario: "forward", entries: corpus, speakers: "words", direction });
}

function backward(scene: Scene): AsyncGenerator<Row> {
  const entries = corpus
    .filter(({ kind, bar }) => BACKWARD_KINDS.includes(kind) && bar <= REQUIRED_BAR)
    .map((entry) => ({ ...entry, bar: REQUIRED_BAR }));
  return searches(scene, { scenario: "backward", entries, speakers: "words", direction: "StreamBackward" });
}

function applications(scene: Scene): AsyncGenerator<Row> {
  const direction = "StreamForward";
  return searches(scene, { scenario: "applications", entries: applicationCorpus, speakers: "applications", direction });
}

function applicationsBackward(scene: Scene): AsyncGenerator<Row> {
  const entries = applicationCorpus
    .filter(({ bar }) => bar <= REQUIRED_BAR)
    .map((entry) => ({ ...entry, bar: REQUIRED_BAR }));
  const direction = "StreamBackward";
  return searches(scene, { scenario: "applications-backward", entries, speakers: "applications", direction });
}

/** The made-up logs are known well enough to tell how many records some patterns give. */
function withExpected(row: Row, expected: number | undefined): Row {
  const frames = row.sides.ours?.frames ?? 0;
  const wrong = expected === undefined ? frames === 0 : frames !== expected;
  if (!wrong) return row;
  return { ...row, problems: [...row.problems, `ours has ${frames} records instead of ${expected ?? "some"}`] };
}

async function* firstRecord(scene: Scene): AsyncGenerator<Row> {
  const log = (await scene.log("large")).cri;
  const all = streams(log, { patterns: Array(FIRST_RECORD_CALLS).fill(""), direction: "StreamBackward" });
  const work: Work = (port) => ({ ...all(port), kind: "first" });
  // Both compile, or fill what they keep, while the first thousand calls are answered.
  const sides = await measure(work, { ...scene, warmUps: 5 });
  const p50 = sides.ours?.firstMs?.p50 ?? NaN;
  yield rowOf({
    scenario: "first-record",
    name: `the first of a backward stream, ${FIRST_RECORD_CALLS} calls`,
    format: "cri",
    sides,
    checks: [check("p50 ms", p50, { atMost: 2 })],
  });
}

async function* records(scene: Scene): AsyncGenerator<Row> {
  const rates: number[] = [];
  for (const format of FORMATS) {
    await warmUp(scene, { direction: "StreamForward", format });
    const log = (await scene.log("dense"))[format];
    for (const [name, grep] of EVERY_LINE) {
      const sides = await measure(streams(log, { patterns: [grep] }), scene);
      const rate = ratio(sides, recordsPerCpuSecond);
      if (rate !== undefined) rates.push(rate);
      const row = rowOf({
        scenario: "records",
        name,
        kind: "every line",
        format: log.format,
        sides,
        checks: rate === undefined ? [] : [check("records per CPU-second", rate, { atLeast: 15 })],
      });
      yield withExpected(row, log.lines);
    }
  }
  if (rates.length > 0) {
    const best = check("records per CPU-second", Math.max(...rates), { atLeast: 20 });
    yield rowOf({ scenario: "records", name: "the best of these", sides: {}, checks: [best] });
  }
}

/** What eight people look for at once. */
const EIGHT: Readonly<Record<LogSpeakers, readonly string[]>> = {
  applications: [
    String.raw`"level":"error".*"status":5\d\d`,
    "error.*timeout",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "user signed in.*cart/handler.go:399",
    "^E1001",
    "(exhausted|refused|unreachable|oomkilled|evicted)",
    "Caused by: .*SocketTimeoutException",
    "segmentation fault at address",
  ].map(asClientsSend),
  words: [
    "flux-capacitor",
    "OOMKilled",
    "segfault at",
    "connection reset by peer",
    "exit code 137",
    "level=error",
    "(panic|fatal|segfault|oom)",
    "xylophone-quartet",
  ].map(asClientsSend),
};
/** The applications first. */
const SPEAKERS = Object.keys(EIGHT) as readonly LogSpeakers[];

async function* eight(scene: Scene): AsyncGenerator<Row> {
  for (const speakers of SPEAKERS) {
    const log = (await scene.log("large", speakers)).cri;
    await warmUp(scene, { direction: "StreamForward", format: "cri", speakers });
    const work = streams(log, { patterns: EIGHT[speakers] });
    const sides = await measure(work, { ...scene, probe: healthProbe(scene) });
    yield rowOf({
      scenario: "eight",
      name: `8 greps at once, ${speakers}`,
      format: "cri",
      sides,
      checks: [...timeChecks(sides, { atMost: 1, clock: scene.clock }), ...healthCheck(sides, 25)],
    });
  }
}

async function* thousand(scene: Scene): AsyncGenerator<Row> {
  const log = (await scene.log("small")).cri;
  const sides = await measure(streams(log, { patterns: Array(1_000).fill(RARE) }), {
    ...scene,
    probe: healthProbe(scene),
  });
  const seconds = (sides.ours?.wallMs ?? NaN) / 1_000;
  yield rowOf({
    scenario: "thousand",
    name: "1,000 greps at once",
    format: "cri",
    sides,
    checks: [
      ...timeChecks(sides, { atMost: 1, clock: scene.clock }),
      check("wall s", seconds, { atMost: 10 }),
      ...healthCheck(sides, 50),
    ],
  });
}

async function* hundred(scene: Scene): AsyncGenerator<Row> {
  for (const speakers of SPEAKERS) {
    const log = (await scene.log("small", speakers)).cri;
    const work = streams(log, { patterns: Array(100).fill("") });
    const sides = await measure(work, { ...scene, probe: healthProbe(scene) });
    const row = rowOf({
      scenario: "hundred",
      name: `100 full streams at once, ${speakers}`,
      format: "cri",
      sides,
      checks: timeChecks(sides, { atMost: 1 / 8, clock: scene.clock }),
    });
    yield withExpected(row, 100 * log.lines);
  }
}

/** What the command is asked for; it means the case of letters. */
const GREPS: Readonly<Record<LogSpeakers, readonly string[]>> = {
  applications: [
    "error.*timeout",
    String.raw`"level":"error".*"status":5\d\d`,
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "(exhausted|refused|unreachable|oomkilled|evicted)",
  ],
  words: corpus.filter(({ kind, dense }) => ["rare literal", "several words"].includes(kind) && !dense)
    .map(({ typed }) => typed),
};

/** The command `grep` beside `rg`, from start to end, as in a shell. */
async function* grep(scene: Scene): AsyncGenerator<Row> {
  const shares: number[] = [];
  for (const speakers of SPEAKERS) {
    const log = (await scene.log("large", speakers)).cri;
    for (const typed of GREPS[speakers].filter((text) => scene.pattern.test(text))) {
      const times = await measureGrep(typed, { ...scene, path: log.path });
      if (times === undefined) continue;
      const { oursMs, rgMs, lines, same } = times;
      shares.push(oursMs / rgMs);
      const row = rowOf({
        scenario: "grep",
        name: `${typed.slice(0, 24)}: ${oursMs.toFixed(0)}, rg ${rgMs.toFixed(0)} ms`,
        kind: speakers,
        format: log.format,
        sides: {},
        rgMs,
        checks: [check("wall ÷ rg's", oursMs / rgMs, { atMost: 1.5 })],
      });
      yield same ? row : { ...row, problems: [`lines differ from rg's: ours ${lines.ours}, rg ${lines.rg}`] };
    }
  }
  if (shares.length === 0) return;
  const mean = check("mean wall ÷ rg's", geometricMean(shares), { atMost: 1.2 });
  yield rowOf({ scenario: "grep", name: "geometric mean", sides: {}, checks: [mean] });
}

/** All scenarios, by name. */
export const scenarios = {
  applications,
  "applications-backward": applicationsBackward,
  forward,
  backward,
  "first-record": firstRecord,
  records,
  eight,
  thousand,
  hundred,
  grep,
} as const satisfies Readonly<Record<string, Scenario>>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof scenarios;
