/**
 * One input of `cluster-agent grep`: its records to what is printed of them.
 *
 * @module
 */
import type { LineFormat } from "../../logs/line_head.ts";
import type { RowBatch } from "../../records/scan/row_batch.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import type { Input } from "../files/input.ts";
import { type SniffedLines, sniffLines } from "../files/lines_of.ts";
import { putText } from "../files/output.ts";
import { plainLines } from "../files/plain_lines.ts";
import { readRecords, skippedText } from "../files/read_records.ts";
import { recordJson } from "../files/record_json.ts";
import { createCountingSink, createKeepingSink, createPrintingSink, type PutRecord } from "../files/sinks.ts";
import { FlagError } from "../usage.ts";
import type { GrepCommand } from "./grep_command.ts";
import type { GrepRun } from "./grep_run.ts";
import { matchesIn } from "./matches_in.ts";
import { recordText } from "./record_text.ts";

/** Prints what is wanted of one input; resolves to how many records (or files, where names are printed) that was. */
export async function grepInput(path: string, input: Input, run: GrepRun): Promise<number> {
  const { command, out, flush } = run;
  const { head, tail, maxCount, show } = command;
  const name = path === "-" ? "(standard input)" : path;
  const sniffed = await sniffLines(input.file);
  checkTimes(sniffed, name, command);
  const { format } = sniffed;
  const read = (sink: RecordSink, direction: "forward" | "backward" = "forward"): Promise<void> =>
    readAll(input, run, { sink, format, direction, name });
  const limit = least(head, maxCount);

  if (show !== "text") return await printSummary(run, { name, read, limit: least(limit, tail) });
  if (sniffed.nulAt >= 0 && format === plainLines && !command.isText && !command.json) {
    return await printThatBinaryMatches(run, { name, read, nulAt: sniffed.nulAt });
  }
  const put = putterOf(run, { name, hasTimes: format !== plainLines });
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

/** Where an input's records go. */
interface ReadOptions {
  readonly sink: RecordSink;
  readonly format: LineFormat;
  readonly direction: "forward" | "backward";
  readonly name: string;
}

/** Reads an input, and tells of lines that were left out. */
async function readAll(input: Input, run: GrepRun, options: ReadOptions): Promise<void> {
  const { command: { since, until, isQuietAboutFiles }, terminal, search, progress, workers } = run;
  const { name, ...reading } = options;
  const skipped = await readRecords(input, { start: since, stop: until, search }, { ...reading, workers });
  if (skipped === 0 || isQuietAboutFiles) return;
  progress.clear();
  terminal.warn(skippedText(skipped, name));
}

/** An input whose records are counted. */
interface CountedInput {
  readonly name: string;
  readonly read: (sink: RecordSink) => Promise<void>;
  readonly limit?: number | undefined;
}

/** Prints the count of records, or the name of the file, or nothing; resolves to how many that was. */
async function printSummary(run: GrepRun, { name, read, limit }: CountedInput): Promise<number> {
  const { command, out, flush, finder } = run;
  const { show, json } = command;
  if (show === "count") {
    let matches = 0;
    const sink = createCountingSink({ limit });
    const counting = !command.onlyMatching || finder === undefined ? sink : {
      ...sink,
      send: (batch: RowBatch): number => {
        const taken = sink.send(batch);
        for (let row = 0; row < taken; row++) for (const _ of matchesIn(batch, row, finder)) matches++;
        return taken;
      },
    };
    await read(counting);
    putText(out, countText(counting === sink ? sink.taken() : matches, { name, command }));
    await flush();
    return sink.taken();
  }
  const sink = createCountingSink({ limit: 1 });
  await read(sink);
  if (show === "nothing") return sink.taken();
  const isPrinted = (sink.taken() > 0) === (show === "files with matches");
  if (isPrinted) putText(out, `${json ? JSON.stringify({ file: name }) : name}\n`);
  await flush();
  return isPrinted ? 1 : 0;
}

/** Prints only that a binary file matches, if it does. */
async function printThatBinaryMatches(
  run: GrepRun,
  { name, read, nulAt }: CountedInput & { readonly nulAt: number },
): Promise<number> {
  const { command, out, flush } = run;
  const sink = createCountingSink({ limit: 1 });
  await read(sink);
  if (sink.taken() > 0) {
    const shown = isNamed(command) ? `${name}: ` : "";
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

function putterOf(run: GrepRun, file: { readonly name: string; readonly hasTimes: boolean }): PutRecord {
  const { command, terminal: { isForTerminal }, finder, isColourful } = run;
  const { onlyMatching, maxColumns } = command;
  const named = { file: isNamed(command) ? file.name : undefined, hasTimes: file.hasTimes };
  if (command.json) return recordJson(named);
  return recordText({ ...named, isColourful, isForTerminal, finder, onlyMatching, maxColumns }).match;
}

/** Whether the name of a file is printed with what comes from it. */
function isNamed({ fileNames, files }: GrepCommand): boolean {
  return fileNames === "auto" ? files.length > 1 : fileNames === "always";
}

function countText(count: number, { name, command }: { readonly name: string; readonly command: GrepCommand }): string {
  const isShown = isNamed(command);
  if (command.json) return `${JSON.stringify(isShown ? { file: name, count } : { count })}\n`;
  return `${isShown ? `${name}:` : ""}${count}\n`;
}

/** The smaller of two limits. */
function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}
