/**
 * Coverage reports in the format of lcov: which lines and branches ran.
 *
 * @module
 */

/** How often each line and branch of one file ran. */
export interface FileCoverage {
  /** By line number. */
  readonly lines: ReadonlyMap<string, number>;
  /** By line, block and branch. */
  readonly branches: ReadonlyMap<string, number>;
}

/** A share of lines or branches. */
export interface Share {
  /** How many ran. */
  readonly covered: number;
  /** How many there are. */
  readonly total: number;
}

/** Parses a report: the files by the paths that it names. */
export function parseLcov(text: string): Map<string, FileCoverage> {
  const files = new Map<string, FileCoverage>();
  let lines = new Map<string, number>();
  let branches = new Map<string, number>();
  for (const record of text.split("\n")) {
    const [kind = "", rest = ""] = [record.slice(0, record.indexOf(":")), record.slice(record.indexOf(":") + 1)];
    const fields = rest.split(",");
    if (kind === "SF") {
      lines = new Map();
      branches = new Map();
      files.set(rest, { lines, branches });
    } else if (kind === "DA") {
      const [line = "", count = ""] = fields;
      lines.set(line, Number(count));
    } else if (kind === "BRDA") {
      const [line, block, branch, count = "-"] = fields;
      branches.set(`${line},${block},${branch}`, count === "-" ? 0 : Number(count));
    }
  }
  return files;
}

/** Returns the share of what ran. */
export function shareOf(counts: ReadonlyMap<string, number>): Share {
  return { covered: [...counts.values()].filter((count) => count > 0).length, total: counts.size };
}

/** Returns the sum of shares. */
export function sumOf(shares: readonly Share[]): Share {
  return {
    covered: shares.reduce((sum, { covered }) => sum + covered, 0),
    total: shares.reduce((sum, { total }) => sum + total, 0),
  };
}

/** Returns a share as a percentage; nothing is covered whole. */
export function percentOf({ covered, total }: Share): number {
  return total === 0 ? 100 : 100 * covered / total;
}
