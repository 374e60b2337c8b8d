/**
 * How the records of one file are printed.
 *
 * @module
 */
import { recordJson } from "../files/record_json.ts";
import { readTimeZone } from "../files/time_zone.ts";
import type { LogSource } from "../logs/log_source.ts";
import { podColour } from "../logs/pod_colour.ts";
import type { PutRecord } from "../files/sinks.ts";
import type { GrepRun } from "./grep_run.ts";
import { recordText } from "./record_text.ts";

const GROUP_SEPARATOR = new TextEncoder().encode("--\n");

/** What puts records. */
export interface RecordPrinters {
  /** Puts one that matches. */
  readonly putMatch: PutRecord;
  /** Puts one that stands beside it. */
  readonly putContext: PutRecord;
  /** What stands between groups of records. */
  readonly separator: Uint8Array;
}

/** Returns them for a source. */
export function printersOf(
  run: GrepRun,
  { source, hasTimes }: { readonly source: LogSource; readonly hasTimes: boolean },
): RecordPrinters {
  const { command, terminal: { isForTerminal }, finder, isColourful, isNamed } = run;
  const { onlyMatching, maxColumns, timeZone, context: { before, after } } = command;
  if (command.json) {
    const named = { file: isNamed ? fileOf(source) : undefined, hasTimes };
    const putMatch = recordJson(before + after > 0 ? { ...named, isMatch: true } : named);
    return { putMatch, putContext: recordJson({ ...named, isMatch: false }), separator: new Uint8Array() };
  }
  const text = recordText({
    file: isNamed ? source.label : undefined,
    fileColour: podColour(source.pod),
    zone: timeZone === undefined ? undefined : readTimeZone(timeZone),
    hasTimes,
    isColourful,
    isForTerminal,
    finder,
    onlyMatching,
    maxColumns,
  });
  return { putMatch: text.match, putContext: text.context, separator: GROUP_SEPARATOR };
}

/** Returns what puts a record of a source that matches. */
export function putterOf(
  run: GrepRun,
  source: { readonly source: LogSource; readonly hasTimes: boolean },
): PutRecord {
  return printersOf(run, source).putMatch;
}

/** The name of a source for programs: its path. */
export function fileOf({ path, label }: LogSource): string {
  return path === "-" ? label : path;
}
