/**
 * One line of the bench's table: what was measured, and whether it keeps to its bars.
 *
 * @module
 */
import type { Side } from "./agents.ts";
import type { LogFormat } from "./log_lines.ts";
import type { Sample, Sides } from "./measure.ts";

/** A bar, and where the measured value is. */
export interface Check {
  /** What was compared. */
  readonly what: string;
  /** What it was. */
  readonly value: number;
  /** What it may be at most, or has to be at least. */
  readonly limit: number;
  /** Which of the two. */
  readonly sense: "at most" | "at least";
  /** Whether the value keeps to it. */
  readonly met: boolean;
}

/** One piece of work. */
export interface Row {
  /** The scenario that it belongs to. */
  readonly scenario: string;
  /** What was done, in a few words. */
  readonly name: string;
  /** The kind of its pattern. */
  readonly kind?: string;
  /** How the log was written. */
  readonly format?: LogFormat;
  /** What each side took. */
  readonly sides: Sides;
  /** What `rg` took for the same pattern and file. */
  readonly rgMs?: number;
  /** The bars. */
  readonly checks: readonly Check[];
  /** What must not be: failed calls, different counts. */
  readonly problems: readonly string[];
}

/** The most memory that ours may hold, under any load. */
const MEMORY_BAR_BYTES = 160e6;
/** Processor time is counted in steps; less than one cannot be told. */
const CPU_STEP_MS = 10;
/** Ours may take so many times what it took before. */
const BEFORE_BAR = 1.05;

/** Compares a value with its bar. */
export function check(
  what: string,
  value: number,
  bar: { readonly atMost: number } | { readonly atLeast: number },
): Check {
  if ("atMost" in bar) return { what, value, limit: bar.atMost, sense: "at most", met: value <= bar.atMost };
  return { what, value, limit: bar.atLeast, sense: "at least", met: value >= bar.atLeast };
}

/** Ours ÷ the peer's; undefined where one of them is missing. */
export function ratio({ ours, peer }: Sides, pick: (sample: Sample) => number): number | undefined {
  return ours === undefined || peer === undefined ? undefined : pick(ours) / pick(peer);
}

/** Records for each second of processor time. */
export function recordsPerCpuSecond({ frames, cpuMs }: Sample): number {
  return frames * 1_000 / Math.max(CPU_STEP_MS, cpuMs);
}

/** What time is measured by: what a caller waits, or what a machine that others share takes the same of. */
export type Clock = "wall" | "CPU";

/** Milliseconds by that clock. */
export function timeBy(clock: Clock): (sample: Sample) => number {
  return clock === "wall" ? ({ wallMs }) => wallMs : ({ cpuMs }) => Math.max(CPU_STEP_MS, cpuMs);
}

/** The share of the peer's time as a bar, and that of ours as it was; each where it took part. */
export function timeChecks(
  sides: Sides,
  { atMost, clock }: { readonly atMost: number; readonly clock: Clock },
): Check[] {
  const time = timeBy(clock);
  const { ours, before } = sides;
  const share = ratio(sides, time);
  return [
    ...(share === undefined ? [] : [check(clock, share, { atMost })]),
    ...(ours === undefined || before === undefined
      ? []
      : [check(`${clock} ÷ before's`, time(ours) / time(before), { atMost: BEFORE_BAR })]),
  ];
}

/** A row; adds the bar for memory, and finds what must not be. */
export function rowOf(row: Omit<Row, "problems">): Row {
  const { ours, peer, before } = row.sides;
  const problems = (Object.entries(row.sides) as [Side, Sample][])
    .flatMap(([side, { failures }]) => failures.map((failure) => `${side}: ${failure}`));
  for (const [side, other] of [["peer", peer], ["before", before]] as const) {
    if (ours === undefined || other === undefined || ours.frames === other.frames) continue;
    problems.push(`records differ: ours ${ours.frames}, ${side} ${other.frames}`);
  }
  const memory = ours === undefined
    ? []
    : [check("peak MB", ours.peakRssBytes / 1e6, { atMost: MEMORY_BAR_BYTES / 1e6 })];
  return { ...row, checks: [...row.checks, ...memory], problems };
}

/** True where every bar is kept and nothing is wrong. */
export function isGood({ checks, problems }: Row): boolean {
  return problems.length === 0 && checks.every(({ met }) => met);
}
