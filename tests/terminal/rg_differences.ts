/**
 * Where `cluster-agent grep` differs from ripgrep on purpose.
 *
 * @module
 */
import type { CaseFile, CaseLine } from "./_rg_cases.ts";

/** Whether both programs have to say the same. */
export function expectedOf(line: CaseLine, files: readonly CaseFile[]): "same" | "not compared" {
  // A packed file is read in any case; rg has to be told.
  if (files.some(({ name }) => name.endsWith(".gz")) && !line.names.includes("search-zip")) return "not compared";
  return "same";
}
