/**
 * The shares of the peer's time by kind of pattern, as the table that `docs/performance.md` shows: the least and the
 * greatest of a kind in each format and direction, the bar, and the geometric means.
 *
 * @module
 */
import { type Clock, ratio, type Row, timeBy } from "./row.ts";
import { geometricMean } from "./statistics.ts";

/** What a table is of. */
export interface KindTableOptions {
  /** The scenario of the first two columns. */
  readonly forward: string;
  /** That of the next two. */
  readonly backward: string;
  /** Whose time the shares are of. */
  readonly clock: Clock;
}

/** The table's lines; none where there is no row of the two scenarios with both sides. */
export function kindTable(rows: readonly Row[], { forward, backward, clock }: KindTableOptions): string[] {
  const columns = [forward, backward].flatMap((scenario) =>
    ["cri", "docker"].map((format) => rows.filter((row) => row.scenario === scenario && row.format === format))
  );
  const sharesOf = (members: readonly Row[]): number[] =>
    members.map(({ sides }) => ratio(sides, timeBy(clock))).filter((share) => share !== undefined);
  const kinds = new Set(columns.flat().filter((row) => sharesOf([row]).length > 0).map(({ kind = "" }) => kind));
  if (kinds.size === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["patterns", "CRI", "Docker", "CRI, backward", "Docker, backward", "bar"]),
    line(["---", "---", "---", "---", "---", "---"]),
    ...[...kinds].map((kind) => {
      const members = columns.map((column) => column.filter((row) => row.kind === kind));
      const bars = new Set(members.flat().flatMap(({ checks }) => checks.filter(({ what }) => what === clock)));
      const limits = [...new Set([...bars].map(({ limit }) => limit))].toSorted((a, b) => a - b);
      return line([kind, ...members.map((list) => spread(sharesOf(list))), limits.join("; ")]);
    }),
    line(["_geometric mean_", ...columns.map((column) => mean(sharesOf(column))), ""]),
  ];
}

function spread(shares: readonly number[]): string {
  if (shares.length === 0) return "";
  const [least, greatest] = [Math.min(...shares).toFixed(2), Math.max(...shares).toFixed(2)];
  return least === greatest ? least : `${least} – ${greatest}`;
}

function mean(shares: readonly number[]): string {
  return shares.length === 0 ? "" : `_${geometricMean(shares).toFixed(2)}_`;
}
