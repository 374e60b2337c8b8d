/**
 * One input of `cluster-agent grep`: its records to what is printed of them.
 *
 * @module
 */
import type { Input } from "../files/input.ts";
import { type SniffedLines, sniffLines } from "../files/lines_of.ts";
import { putText } from "../files/output.ts";
import { plainLines } from "../files/plain_lines.ts";
import { hasRotatedFiles } from "../files/rotated_beside.ts";
import { skippedText } from "../files/read_records.ts";
import { samplesParts } from "../files/sampled_parts.ts";
import {
  type CountingSink,
  createCountingSink,
  createKeepingSink,
  createPrintingSink,
  type PutRecord,
} from "../files/sinks.ts";
import { createStreamFilter } from "../files/stream_filter.ts";
import type { LogSource } from "../logs/log_source.ts";
import { FlagError } from "../usage.ts";
import { ContextLines } from "./context_lines.ts";
import type { GrepCommand } from "./grep_command.ts";
import type { GrepInput, GrepRun } from "./grep_run.ts";
import { least, printSummary } from "./grep_summary.ts";
import { MessageSink } from "./message_sink.ts";
import { readSource, type ReadSourceOptions } from "./read_source.ts";
import { printersOf, type RecordPrinters } from "./record_printers.ts";
import { TailLines } from "./tail_lines.ts";

/** Prints what is wanted of one input; resolves to how many records (or files, where names are printed) that was. */
export async function grepInput(source: LogSource, input: Input, run: GrepRun): Promise<number> {
  const { command } = run;
  const { show, json, context: { before, after } } = command;
  const sniffed = await sniffLines(input.file);
  checkLines(sniffed, source.label, command);
  const { canSeek } = input;
  const isEmptyLog = sniffed.isEmpty && command.history && canSeek && await isRotatedLog(source.path);
  const format = isEmptyLog ? undefined : sniffed.format;
  const isSampled = command.join === "auto" && show === "text" && !json;
  const join = format !== plainLines &&
    (command.join === "always" || (isSampled && await samplesParts(input.file, { canSeek, format: sniffed.format })));
  const read = readerOf(source, run, { input, format });
  const one: GrepInput = { source, canSeek, hasTimes: format !== plainLines, join, read };
  if (show !== "text") return await printSummary(one, run);
  const isBinary = sniffed.nulAt >= 0 && format === plainLines && !command.isText && !json;
  if (isBinary) return await printThatBinaryMatches(one, run, sniffed.nulAt);
  const printers = printersOf(run, one);
  return join || before + after > 0
    ? await printMessages(one, run, printers)
    : await printRecords(one, run, printers.putMatch);
}

/** Reports whether an empty file is a container log that was just rotated. */
async function isRotatedLog(path: string): Promise<boolean> {
  return hasRotatedFiles(path) && await (await import("../logs/without_rotated.ts")).hasHistory(path);
}

/** Returns what sends the records of an input to a sink, and tells of lines that were left out. */
function readerOf(
  source: LogSource,
  run: GrepRun,
  { input, format }: Pick<ReadSourceOptions, "input" | "format">,
): GrepInput["read"] {
  const { command: { since, until, history, stream }, onNote } = run;
  return async (sink, direction = "forward") => {
    const search = sink instanceof MessageSink ? undefined : run.search;
    const query = { start: since, stop: until, search };
    const wanted = stream === undefined ? sink : createStreamFilter(sink, stream);
    const skipped = await readSource(source, query, { ...run, input, format, history, sink: wanted, direction });
    if (sink instanceof MessageSink) await sink.end();
    if (skipped > 0) onNote(skippedText(skipped, source.label));
  };
}

/** Prints records as they come. */
async function printRecords(input: GrepInput, run: GrepRun, put: PutRecord): Promise<number> {
  const { read, canSeek, source, hasTimes } = input;
  const { command: { head, tail, maxCount, json, join }, out, flush, onNote } = run;
  let parts = 0;
  const counted: PutRecord = (out, batch, row) => {
    if (!batch.isFinal(row)) parts++;
    put(out, batch, row);
  };
  let sink: CountingSink;
  if (tail === undefined) {
    sink = createPrintingSink({ out, put: counted, flush, limit: least(head, maxCount) });
    await read(sink);
  } else {
    const direction = canSeek ? "backward" : "forward";
    const keeping = createKeepingSink({ put: counted, limit: tail, backward: direction === "backward" });
    await read(keeping, direction);
    keeping.putKept(out);
    await flush();
    sink = keeping;
  }
  if (parts > 0 && join === "auto" && !json && hasTimes) {
    onNote(
      `${parts} of the records of ${source.label} are parts of messages that the runtime cut; --join puts them together`,
    );
  }
  return sink.taken();
}

/** Prints messages that are put together, or that stand beside those that match. */
async function printMessages({ read, join }: GrepInput, run: GrepRun, printers: RecordPrinters): Promise<number> {
  const { command: { context, head, tail, maxCount }, search, out, flush, groups } = run;
  const options = { ...context, ...printers, groups };
  const lines = tail === undefined ? new ContextLines(options) : new TailLines({ ...options, limit: tail });
  const matches = search === undefined ? (): boolean => true : search.matcher.matches;
  const sink = new MessageSink({ out, flush, matches, lines, join, limit: least(head, maxCount) });
  await read(sink);
  if (!(lines instanceof TailLines)) return sink.taken();
  const taken = lines.put(out);
  await flush();
  return taken;
}

/** Prints only that a binary file matches, if it does. */
async function printThatBinaryMatches({ source, read }: GrepInput, run: GrepRun, nulAt: number): Promise<number> {
  const { isNamed, out, flush } = run;
  const sink = createCountingSink({ limit: 1 });
  await read(sink);
  if (sink.taken() > 0) {
    const shown = isNamed ? `${source.label}: ` : "";
    putText(out, `${shown}binary file matches (found "\\0" byte around offset ${nulAt})\n`);
  }
  await flush();
  return sink.taken();
}

/** Refuses what lines of no container log do not tell. */
function checkLines({ format, isEmpty }: SniffedLines, name: string, { since, until, stream }: GrepCommand): void {
  // Where there is no line, none is without a time.
  if (format !== plainLines || isEmpty) return;
  if (stream !== undefined) throw new FlagError(`Cannot use --stream on ${name}: its lines tell no streams`);
  if (since === undefined && until === undefined) return;
  throw new FlagError(`Cannot use --${since === undefined ? "until" : "since"} on ${name}: its lines tell no times`);
}
