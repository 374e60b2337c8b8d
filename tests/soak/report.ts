/**
 * The soak's words on the terminal.
 *
 * @module
 */
import { checkText } from "../bench/report.ts";
import type { SoakMinute, SoakResult } from "./soak.ts";

/** The line of a minute. */
export function minuteLine(minute: SoakMinute): string {
  const { second, open, lines, writtenRate, rssMib, peakMib, descriptors, cpu, healthMs, problemCount } = minute;
  const [p50, p99, own] = healthMs.map((ms) => ms.toFixed(1));
  return [
    `${(second / 60).toFixed(1).padStart(6)} min`,
    `${open} streams`,
    `${writtenRate.toFixed(1)} MB/s written`,
    `${(lines / 1e6).toFixed(2)}M lines checked`,
    `RSS ${rssMib.toFixed(0)} (peak ${peakMib.toFixed(0)}) MiB`,
    `${descriptors} fds`,
    `CPU ${cpu.toFixed(0)}%`,
    `health p50 ${p50}, p99 ${p99} ms (own delay ${own})`,
    `${problemCount} problems`,
  ].join(", ");
}

/** The table at the end. */
export function resultLines(result: SoakResult): string[] {
  const { begun, endings, events, logged, checks, problems } = result;
  const counts = (record: Readonly<Record<string, number>>): string[] =>
    Object.entries(record).map(([name, count]) => `  ${name.padEnd(40)} ${String(count).padStart(12)}`);
  return [
    `${(result.seconds / 60).toFixed(1)} minutes, seed ${result.options.seed}, memory by ${result.limitKind}`,
    "streams begun:",
    ...counts(begun),
    "streams ended (by grpc-status, or how):",
    ...counts(endings),
    "events:",
    ...counts(events),
    ...logged.length === 0 ? [] : ["lines of the agent's log:"],
    ...logged.map(({ message, count, reason, sample }) =>
      `  ${String(count).padStart(6)} × ${message}: ${reason ?? `UNEXPLAINED: ${sample}`}`
    ),
    "bars:",
    ...checks.map((check) => `  ${check.met ? "ok  " : "FAIL"} ${checkText(check)}`),
    ...problems.length === 0 ? [] : ["problems:"],
    ...problems.map((problem) => `  ${problem}`),
  ];
}
