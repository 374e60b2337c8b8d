/**
 * The bars of a soak, from its samples.
 *
 * @module
 */
import { type AttackCheck, countCheck, timingCheck } from "../attack/checks.ts";
import { median, quantile } from "../bench/statistics.ts";

/** What was seen in one second of the agent. */
export interface AgentSample {
  /** Seconds since the start. */
  readonly second: number;
  /** Memory, bytes. */
  readonly rss: number;
  /** Open descriptors. */
  readonly descriptors: number;
}

/** What the bars are about. */
export interface SoakFigures {
  /** One a second. */
  readonly samples: readonly AgentSample[];
  /** The most memory, bytes. */
  readonly peakRss: number;
  /** The limit, bytes. */
  readonly limit: number;
  /** Health checks of the ordinary caller, without its own delay: p99 of each minute, in milliseconds. */
  readonly healthP99Ms: readonly number[];
  /** What must not be, from all parts of the load. */
  readonly problemCount: number;
  /** Lines of the log that nothing explains. */
  readonly unexplained: number;
  /** Exchanged certificates, and how many of them were served within ten seconds. */
  readonly certificates: { readonly put: number; readonly served: number };
}

const MIB = 1024 * 1024;
/** Memory and descriptors are compared only in a soak that has so many seconds after warming up. */
const LEAST_SECONDS = 240;
const WARM_UP_SHARE = 0.2;
const MOST_HEALTH_MS = 50;
/** Memory may differ by so much, and descriptors by so much and ten. */
const MOST_DRIFT = 0.1;

/** The bars. */
export function soakChecks(figures: SoakFigures): AttackCheck[] {
  const { samples, peakRss, limit, healthP99Ms, problemCount, unexplained, certificates } = figures;
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const early = warm.slice(0, Math.ceil(warm.length / 4));
  const late = warm.slice(-Math.ceil(warm.length / 4));
  const mid = (part: readonly AgentSample[], value: (sample: AgentSample) => number): number => median(part.map(value));
  const [earlyRss, lateRss] = [mid(early, ({ rss }) => rss), mid(late, ({ rss }) => rss)];
  const [earlyFiles, lateFiles] = [
    mid(early, ({ descriptors }) => descriptors),
    mid(late, ({ descriptors }) => descriptors),
  ];
  return [
    countCheck("problems", problemCount, { atMost: 0 }),
    countCheck("unexplained log lines", unexplained, { atMost: 0 }),
    timingCheck("peak MiB", peakRss / MIB, { atMost: limit / MIB }),
    timingCheck("health p99 ms, median of the minutes", quantile(healthP99Ms, 0.5), { atMost: MOST_HEALTH_MS }),
    ...warm.length < LEAST_SECONDS ? [] : [
      timingCheck("drift of memory", Math.abs(lateRss / earlyRss - 1), { atMost: MOST_DRIFT }),
      countCheck("descriptors more", lateFiles - earlyFiles, { atMost: earlyFiles * MOST_DRIFT + 10 }),
    ],
    countCheck("certificates not served", certificates.put - certificates.served, { atMost: 0 }),
  ];
}
