/**
 * One input of `cluster-agent grep`: its records to what is printed of them.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import type { Input } from "../files/input.ts";
import { type SniffedLines, sniffLines } from "../files/lines_of.ts";
import { hasRotatedFiles } from "../files/rotated_beside.ts";
import { putText } from "../files/output.ts";
import { plainLines } from "../files/plain_lines.ts";
import { skippedText } from "../files/read_records.ts";
import { recordJson } from "../files/record_json.ts";
import { createCountingSink, createKeepingSink, createPrintingSink, type PutRecord } from "../files/sinks.ts";
import { readTimeZone } from "../files/time_zone.ts";
import type { LogSource } from "../logs/log_source.ts";
import { podColour } from "../logs/pod_colour.ts";
import { FlagError } from "../usage.ts";
import type { GrepCommand } from "./grep_command.ts";
import type { GrepRun } from "./grep_run.ts";
import { matchesIn } from "./matches_in.ts";
import { readSource, type ReadSourceOptions } from "./read_source.ts";
import { recordText } from "./record_text.ts";

/** Prints what is wanted of one input; resolves to how many records (or files, where names are printed) that was. */
export async function grepInput(source: LogSource, input: Input, run: GrepRun): Promise<number> {
  const { command, out, flush } = run;
  const { head, tail, maxCount, show } = command;
  const { label: name } = source;
  const sniffed = await sniffLines(input.file);
  checkTimes(sniffed, name, command);
  const isEmptyLog = sniffed.isEmpty && command.history && input.canSeek && await isRotatedLog(source.path);
  const format = isEmptyLog ? undefined : sniffed.format;
  const read = (sink: RecordSink, direction: "forward" | "backward" = "forward"): Promise<void> =>
    readAll(source, run, { input, sink, format, direction });
  const limit = least(head, maxCount);

  if (show !== "text") return await printSummary(run, { source, read, limit: least(limit, tail) });
  if (sniffed.nulAt >= 0 && format === plainLines && !command.isText && !command.json) {
    return await printThatBinaryMatches(run, { source, read, nulAt: sniffed.nulAt });
  }
  const put = putterOf(run, { source, hasTimes: format !== plainLines });
  if (tail !== undefined) {
    const direction = input.canSeek ? "backward" : "forward";
    const sink = createKeepingSink({ put, limit: tail, backward: direction === "backward" });
    await read(sink, direction);
    sink.putKept(out);
    await flush();
    return sink.taken();
  }
  const sink = createPrintingSink({ out, put, flush, limit });
  await read(sink);
  return sink.taken();
}

/** Reports whether an empty file is a container log that was just rotated. */
async function isRotatedLog(path: string): Promise<boolean> {
  return hasRotatedFiles(path) && await (await import("../logs/without_rotated.ts")).hasHistory(path);
}

/** Where an input's records go. */
type ReadOptions = Pick<ReadSourceOptions, "input" | "sink" | "format" | "direction">;

/** Reads an input, and tells of lines that were left out. */
async function readAll(source: LogSource, run: GrepRun, options: ReadOptions): Promise<void> {
  const { command: { since, until, history, isQuietAboutFiles }, terminal, search, progress } = run;
  const query = { start: since, stop: until, search };
  const skipped = await readSource(source, query, { ...run, ...options, history });
  if (skipped === 0 || isQuietAboutFiles) return;
  progress.clear();
  terminal.warn(skippedText(skipped, source.label));
}

/** An input whose records are counted. */
interface CountedInput {
  readonly source: LogSource;
  readonly read: (sink: RecordSink) => Promise<void>;
  readonly limit?: number | undefined;
}

/** Prints the count of records, or the name of the file, or nothing; resolves to how many that was. */
async function printSummary(run: GrepRun, { source, read, limit }: CountedInput): Promise<number> {
  const { command, out, flush, finder } = run;
  const { show, json } = command;
  if (show === "count") {
    let matches = 0;
    const sink = createCountingSink({ limit });
    const counting = !command.onlyMatching || finder === undefined ? sink : {
      ...sink,
      send: (batch: RowBatch): number => {
        const taken = sink.send(batch);
        for (let row = 0; row < taken; row++) {
          for (const _ of matchesIn(batch, row, { finder, shown: batch.messageEnd(row) })) {
            matches++;
          }
        }
        return taken;
      },
    };
    await read(counting);
    putText(out, countText(counting === sink ? sink.taken() : matches, { source, run }));
    await flush();
    return sink.taken();
  }
  const sink = createCountingSink({ limit: 1 });
  await read(sink);
  if (show === "nothing") return sink.taken();
  const isPrinted = (sink.taken() > 0) === (show === "files with matches");
  if (isPrinted) putText(out, `${json ? JSON.stringify({ file: fileOf(source) }) : source.label}\n`);
  await flush();
  return isPrinted ? 1 : 0;
}

/** Prints only that a binary file matches, if it does. */
async function printThatBinaryMatches(
  run: GrepRun,
  { source, read, nulAt }: CountedInput & { readonly nulAt: number },
): Promise<number> {
  const { out, flush, isNamed } = run;
  const sink = createCountingSink({ limit: 1 });
  await read(sink);
  if (sink.taken() > 0) {
    const shown = isNamed ? `${source.label}: ` : "";
    putText(out, `${shown}binary file matches (found "\\0" byte around offset ${nulAt})\n`);
  }
  await flush();
  return sink.taken();
}

/** Refuses bounds on lines that tell no times. */
function checkTimes({ format, isEmpty }: SniffedLines, name: string, { since, until }: GrepCommand): void {
  // Where there is no line, none is without a time.
  if (format !== plainLines || isEmpty || (since === undefined && until === undefined)) return;
  throw new FlagError(`Cannot use --${since === undefined ? "until" : "since"} on ${name}: its lines tell no times`);
}

/** The name of a source for programs: its path. */
function fileOf({ path, label }: LogSource): string {
  return path === "-" ? label : path;
}

/** Returns what puts a record of a source. */
export function putterOf(
  run: GrepRun,
  { source, hasTimes }: { readonly source: LogSource; readonly hasTimes: boolean },
): PutRecord {
  const { command, terminal: { isForTerminal }, finder, isColourful, isNamed } = run;
  const { onlyMatching, maxColumns, timeZone } = command;
  if (command.json) return recordJson({ file: isNamed ? fileOf(source) : undefined, hasTimes });
  return recordText({
    file: isNamed ? source.label : undefined,
    fileColour: podColour(source.pod),
    zone: timeZone === undefined ? undefined : readTimeZone(timeZone),
    hasTimes,
    isColourful,
    isForTerminal,
    finder,
    onlyMatching,
    maxColumns,
  }).match;
}

function countText(count: number, { source, run }: { readonly source: LogSource; readonly run: GrepRun }): string {
  const { command, isNamed } = run;
  if (command.json) return `${JSON.stringify(isNamed ? { file: fileOf(source), count } : { count })}\n`;
  return `${isNamed ? `${source.label}:` : ""}${count}\n`;
}

/** The smaller of two limits. */
function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}
