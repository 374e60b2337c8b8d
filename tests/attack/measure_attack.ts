/**
 * Measures one attack: the agent before, meanwhile and after, and what an ordinary caller sees beside it.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { readCpuMs, readDescriptors, readPeakRss, readRss, resetPeakRss } from "../bench/process_usage.ts";
import { quantile } from "../bench/statistics.ts";
import type { Attack, AttackOutcome, AttackScene } from "./attack.ts";
import type { BystanderFigures } from "./bystander.ts";
import { type AttackCheck, countCheck, timingCheck } from "./checks.ts";
import type { AttackWorld } from "./world.ts";

const MIB = 1024 * 1024;
/** The most memory under any load. */
const MOST_MIB = 128;
const MOST_HEALTH_MS = 50;
const LEAST_MS = 150;
/** Memory is back to normal within so much of what it was. */
const BACK_MIB = 20;
/** The debugger's port, which the agent takes when no other agent has it, and calls of the ordinary caller. */
const SPARE_DESCRIPTORS = 5;

/** A line of the table. */
export interface AttackRow {
  /** The attack. */
  readonly name: string;
  /** What it does. */
  readonly what: string;
  /** What was done. */
  readonly done: string;
  /** How connections or calls ended. */
  readonly endings: Readonly<Record<string, number>>;
  /** Milliseconds that it took. */
  readonly attackMs: number;
  /** What the ordinary caller saw. */
  readonly health: { readonly p50: number; readonly p99: number; readonly checks: number };
  /** A new connection and one check. */
  readonly fresh: { readonly p50: number; readonly p99: number };
  /** The grep of the ordinary caller. */
  readonly grep: { readonly p50: number; readonly count: number };
  /** Lines of the follow: written, and received. */
  readonly follow: readonly [written: number, received: number];
  /** How late timers of the ordinary caller were, p99 in milliseconds: the machine's part of its times. */
  readonly ownDelayMs: number;
  /** MiB: before, at the most, and after. */
  readonly rssMib: readonly [before: number, peak: number, after: number];
  /** Processor time of the agent, per cent of one core. */
  readonly cpu: number;
  /** Before and after. */
  readonly descriptors: readonly [before: number, after: number];
  /** The bars. */
  readonly checks: readonly AttackCheck[];
  /** What must not be. */
  readonly problems: readonly string[];
}

/** Reports whether all bars are kept. */
export function isHeld({ checks, problems }: AttackRow): boolean {
  return problems.length === 0 && checks.every(({ met }) => met);
}

/** Reads a value again and again until it is at most `most`, at most so long; resolves with the last one. */
async function fallen(
  read: () => Promise<number>,
  { most, timeoutMs }: { readonly most: number; readonly timeoutMs: number },
): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value <= most || performance.now() >= deadline) return value;
    await pause(100);
  }
}

/** Runs an attack on an agent that lives. */
export async function measureAttack(
  attack: Attack,
  { world, quick }: { readonly world: AttackWorld; readonly quick: boolean },
): Promise<AttackRow> {
  const { agent } = world.rig;
  const { pid } = agent;
  const [rssBefore, descriptorsBefore] = [await readRss(pid), await readDescriptors(pid)];
  const scene: AttackScene = {
    port: agent.port,
    ca: world.rig.authority.certPem,
    leaf: world.rig.leaf,
    strangerLeaf: world.strangerLeaf,
    quick,
    log: world.log,
    longLog: world.longLog,
    rss: () => readRss(pid),
    scale: (full, small) => quick ? small : full,
    pause: (ms) => pause(ms),
  };
  const { bystander } = world;
  await pause(quick ? 50 : 500);
  await bystander.take();
  await resetPeakRss(pid);
  const [cpuBefore, start] = [await readCpuMs(pid), performance.now()];
  let outcome: AttackOutcome;
  try {
    outcome = await attack.run(scene);
  } catch (error) {
    outcome = { done: `failed: ${error instanceof Error ? error.message : error}`, endings: { failed: 1 } };
  }
  const attackMs = performance.now() - start;
  // The ordinary caller has to have seen something, however short the attack is.
  await pause(Math.max(0, LEAST_MS - attackMs));
  const ended = await Promise.race([agent.ended, Promise.resolve(undefined)]);
  if (ended !== undefined) {
    return deadRow(attack, { outcome, attackMs, lastWords: agent.log.slice(-3), figures: await bystander.take() });
  }
  const [cpuMs, peak] = [await readCpuMs(pid) - cpuBefore, await readPeakRss(pid)];
  const figures = await bystander.take();
  const descriptorsAfter = await fallen(() => readDescriptors(pid), {
    most: descriptorsBefore + SPARE_DESCRIPTORS,
    timeoutMs: quick ? 5_000 : 10_000,
  });
  // A short run does not wait until memory is given back.
  const rssAfter = await fallen(() => readRss(pid), {
    most: rssBefore + BACK_MIB * MIB,
    timeoutMs: quick ? 0 : 60_000,
  });
  const row = rowOf(attack, { outcome, attackMs, figures });
  return {
    ...row,
    rssMib: [rssBefore / MIB, peak / MIB, rssAfter / MIB],
    cpu: cpuMs / attackMs * 100,
    descriptors: [descriptorsBefore, descriptorsAfter],
    checks: [
      ...row.checks,
      timingCheck("peak MiB", peak / MIB, { atMost: attack.mostMib ?? MOST_MIB }),
      countCheck("descriptors left", descriptorsAfter - descriptorsBefore, { atMost: SPARE_DESCRIPTORS }),
      ...quick ? [] : [timingCheck("MiB kept", (rssAfter - rssBefore) / MIB, { atMost: BACK_MIB })],
    ],
  };
}

interface Measured {
  readonly outcome: AttackOutcome;
  readonly attackMs: number;
  readonly figures: BystanderFigures;
}

/** The part of a row that the ordinary caller and the attack know. */
function rowOf(attack: Attack, { outcome, attackMs, figures }: Measured): AttackRow {
  const { healthMs, freshMs, grepMs, wrongGreps, failures, follow, ownDelayMs } = figures;
  const p99 = (values: readonly number[]): number => quantile(values, 0.99);
  const [healthP99, delay] = [p99(healthMs), p99(ownDelayMs)];
  return {
    name: attack.name,
    what: attack.what,
    done: outcome.done,
    endings: outcome.endings,
    attackMs,
    health: { p50: quantile(healthMs, 0.5), p99: healthP99, checks: healthMs.length },
    fresh: { p50: quantile(freshMs, 0.5), p99: p99(freshMs) },
    grep: { p50: quantile(grepMs, 0.5), count: grepMs.length },
    follow: [follow.written, follow.received],
    ownDelayMs: delay,
    rssMib: [NaN, NaN, NaN],
    cpu: NaN,
    descriptors: [NaN, NaN],
    checks: [
      // What the machine adds to each time of the ordinary caller is not the agent's.
      timingCheck("health p99 ms", Math.max(0, healthP99 - delay), { atMost: MOST_HEALTH_MS }),
      countCheck("wrong greps", wrongGreps, { atMost: 0 }),
      countCheck("lines missing", follow.written - follow.received, { atMost: 0 }),
      ...outcome.checks ?? [],
    ],
    problems: [
      ...Object.entries(failures).flatMap(([kind, texts]) =>
        texts.length === 0 ? [] : [`ordinary caller: ${texts.length} × ${kind}: ${texts[0]?.text}`]
      ),
      ...follow.problems.map((text) => `follow: ${text}`),
      ...follow.ended === undefined ? [] : [`follow: ended by ${follow.ended}`],
      ...outcome.endings["failed"] === undefined ? [] : [outcome.done],
    ],
  };
}

function deadRow(attack: Attack, measured: Measured & { readonly lastWords: readonly string[] }): AttackRow {
  const row = rowOf(attack, measured);
  return { ...row, problems: ["the agent has ended", ...measured.lastWords, ...row.problems] };
}
