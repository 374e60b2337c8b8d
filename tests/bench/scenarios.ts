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
import { asClientsSend, corpus } from "./corpus.ts";
import type { LogFile, LogTwins } from "./log_files.ts";
import type { LogFormat } from "./log_lines.ts";
import { measure, measureGrep, type MeasureOptions, measureRg, type Sides, type Work } from "./measure.ts";
import { type Check, check, ratio, recordsPerCpuSecond, type Row, rowOf, wallCheck } from "./row.ts";

/** With what a scenario works. */
export interface Scene {
  /** Ours, then the peer's. */
  readonly agents: readonly BenchAgent[];
  /** Does the work. */
  readonly client: BenchClient;
  /** Checks the health meanwhile. */
  readonly prober: BenchClient;
  /** `large` is 1 GiB, `dense` 256 MiB, `small` 10 MB, unless it has to be quick. */
  readonly logs: Readonly<Record<"large" | "dense" | "small", LogTwins>>;
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
  { direction, format }: { readonly direction: Direction; readonly format: LogFormat },
): Promise<void> {
  const agents = scene.agents.filter(({ side }) => side === "ours");
  const patterns = ["", RARE, asClientsSend(".*"), asClientsSend("(timeout|deadline)"), asClientsSend("done caller")];
  for (const pattern of patterns) {
    const work = streams(scene.logs.dense[format], { patterns: [pattern], direction });
    await measure(work, { ...scene, agents, rounds: 2 });
  }
}

async function* forward(scene: Scene): AsyncGenerator<Row> {
  for (const format of FORMATS) {
    await warmUp(scene, { direction: "StreamForward", format });
    for (const { typed, pattern, kind, bar, dense, formats } of corpus) {
      if (!formats.includes(format) || !scene.pattern.test(typed)) continue;
      const log = scene.logs[dense ? "dense" : "large"][format];
      const sides = await measure(streams(log, { patterns: [pattern] }), scene);
      const rgMs = await measureRg(pattern, { path: log.path, rounds: scene.rounds });
      const row = rowOf({
        scenario: "forward",
        name: typed,
        kind,
        format: log.format,
        sides,
        ...(rgMs === undefined ? {} : { rgMs }),
        checks: wallCheck(sides, bar),
      });
      const expected = kind === "no match" ? 0 : kind === "every line" ? log.lines : undefined;
      yield withExpected(row, expected);
    }
  }
}

/** The made-up logs are known well enough to tell how many records some patterns give. */
function withExpected(row: Row, expected: number | undefined): Row {
  const frames = row.sides.ours?.frames ?? 0;
  const wrong = expected === undefined ? frames === 0 : frames !== expected;
  if (!wrong) return row;
  return { ...row, problems: [...row.problems, `ours has ${frames} records instead of ${expected ?? "some"}`] };
}

async function* backward(scene: Scene): AsyncGenerator<Row> {
  const kinds = ["rare literal", "common literal", "several words", "with blanks", "no match"];
  const entries = corpus.filter(({ kind, bar, typed }) => kinds.includes(kind) && bar < 1 && scene.pattern.test(typed));
  for (const format of FORMATS) {
    await warmUp(scene, { direction: "StreamBackward", format });
    for (const { typed, pattern, kind, dense } of entries) {
      const log = scene.logs[dense ? "dense" : "large"][format];
      const work = streams(log, { patterns: [pattern], direction: "StreamBackward" });
      const sides = await measure(work, scene);
      yield rowOf({
        scenario: "backward",
        name: typed,
        kind,
        format: log.format,
        sides,
        checks: wallCheck(sides, 0.5),
      });
    }
  }
}

async function* firstRecord(scene: Scene): AsyncGenerator<Row> {
  const log = scene.logs.large.cri;
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
    const log = scene.logs.dense[format];
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

async function* eight(scene: Scene): AsyncGenerator<Row> {
  const log = scene.logs.large.cri;
  const patterns = [
    "flux-capacitor",
    "OOMKilled",
    "segfault at",
    "connection reset by peer",
    "exit code 137",
    "level=error",
    "(panic|fatal|segfault|oom)",
    "xylophone-quartet",
  ].map(asClientsSend);
  await warmUp(scene, { direction: "StreamForward", format: "cri" });
  const sides = await measure(streams(log, { patterns }), { ...scene, probe: healthProbe(scene) });
  yield rowOf({
    scenario: "eight",
    name: "8 greps at once",
    format: "cri",
    sides,
    checks: [...wallCheck(sides, 1), ...healthCheck(sides, 25)],
  });
}

async function* thousand(scene: Scene): AsyncGenerator<Row> {
  const log = scene.logs.small.cri;
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
    checks: [...wallCheck(sides, 1), check("wall s", seconds, { atMost: 10 }), ...healthCheck(sides, 50)],
  });
}

async function* hundred(scene: Scene): AsyncGenerator<Row> {
  const log = scene.logs.small.cri;
  const sides = await measure(streams(log, { patterns: Array(100).fill("") }), { ...scene, probe: healthProbe(scene) });
  const row = rowOf({
    scenario: "hundred",
    name: "100 full streams at once",
    format: "cri",
    sides,
    checks: wallCheck(sides, 1 / 8),
  });
  yield withExpected(row, 100 * log.lines);
}

/** The command `grep` beside `rg`, from start to end, as in a shell. */
async function* grep(scene: Scene): AsyncGenerator<Row> {
  const log = scene.logs.large.cri;
  for (const { typed, kind } of corpus) {
    if (!["rare literal", "several words"].includes(kind) || !scene.pattern.test(typed)) continue;
    const times = await measureGrep(typed, { ...scene, path: log.path });
    if (times === undefined) continue;
    const { oursMs, rgMs } = times;
    yield rowOf({
      scenario: "grep",
      name: `${typed.slice(0, 24)}: ${oursMs.toFixed(0)}, rg ${rgMs.toFixed(0)} ms`,
      kind,
      format: log.format,
      sides: {},
      rgMs,
      checks: [check("wall ÷ rg's", oursMs / rgMs, { atMost: 2 })],
    });
  }
}

/** All scenarios, by name. */
export const scenarios = {
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
