/**
 * The attack suite's words on the terminal: a table that grows row by row.
 *
 * @module
 */
import { checkText } from "../bench/report.ts";
import { type AttackRow, isHeld } from "./measure_attack.ts";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: AttackRow) => string;
}

const fixed = (value: number): string => Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 1 : 0);

/** Negative widths are set flush left. */
const COLUMNS: readonly Column[] = [
  { title: "attack", width: -26, text: ({ name }) => name },
  { title: "done", width: -38, text: ({ done }) => done.slice(0, 38) },
  { title: "s", width: 5, text: ({ attackMs }) => fixed(attackMs / 1_000) },
  { title: "p50", width: 5, text: ({ health }) => fixed(health.p50) },
  { title: "p99 ms", width: 6, text: ({ health }) => fixed(health.p99) },
  { title: "own", width: 4, text: ({ ownDelayMs }) => fixed(ownDelayMs) },
  { title: "new", width: 5, text: ({ fresh }) => fixed(fresh.p99) },
  { title: "grep", width: 6, text: ({ grep }) => fixed(grep.p50) },
  { title: "follow", width: 9, text: ({ follow }) => follow.toReversed().join("/") },
  { title: "peak", width: 5, text: ({ rssMib }) => fixed(rssMib[1]) },
  { title: "after", width: 5, text: ({ rssMib }) => fixed(rssMib[2]) },
  { title: "CPU", width: 5, text: ({ cpu }) => `${fixed(cpu)}%` },
  { title: "fds", width: 9, text: ({ descriptors }) => descriptors.join("→") },
];

/** The line over the rows. */
export function headLine(): string {
  return COLUMNS.map(({ title, width }) => padded(title, width)).join(" ");
}

/** The line of a row with its verdict, and a line for how connections or calls ended, and for each problem. */
export function rowLines(row: AttackRow): string[] {
  const failed = row.checks.filter(({ met }) => !met).map(checkText);
  const line = COLUMNS.map(({ text, width }) => padded(text(row), width)).join(" ");
  const endings = Object.entries(row.endings).map(([how, count]) => `${count} × ${how}`).join(", ");
  return [
    `${line}  ${isHeld(row) ? "ok" : `FAIL ${failed.join(", ")}`}`,
    ...endings === "" ? [] : [`    ended: ${endings}`],
    ...row.problems.map((problem) => `    ${problem}`),
  ];
}

function padded(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
