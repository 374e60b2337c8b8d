/**
 * What is printed of an input in place of its records: how many they are, its name, or nothing.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { putText } from "../files/output.ts";
import { type CountingSink, createCountingSink } from "../files/sinks.ts";
import type { LogSource } from "../logs/log_source.ts";
import type { GrepInput, GrepRun } from "./grep_run.ts";
import { matchesIn } from "./matches_in.ts";
import { MessageSink } from "./message_sink.ts";
import { fileOf } from "./record_printers.ts";

/** Prints it; resolves to how many records, or files, were found. */
export async function printSummary(input: GrepInput, run: GrepRun): Promise<number> {
  const { command, out, flush } = run;
  const { show, json, head, tail, maxCount } = command;
  if (show === "count") {
    const { records, matches } = await counted(input, run, least(least(head, maxCount), tail));
    putText(out, countText(command.onlyMatching && !command.invert ? matches : records, { source: input.source, run }));
    await flush();
    return records;
  }
  const { records } = await counted(input, run, 1);
  if (show === "nothing") return records;
  const isPrinted = (records > 0) === (show === "files with matches");
  if (isPrinted) putText(out, `${json ? JSON.stringify({ file: fileOf(input.source) }) : input.source.label}\n`);
  await flush();
  return isPrinted ? 1 : 0;
}

/** Counts records, and the matches in them where these are wanted. */
async function counted(
  { read, join }: GrepInput,
  run: GrepRun,
  limit: number | undefined,
): Promise<{ readonly records: number; readonly matches: number }> {
  const { search, finder, out, flush } = run;
  let matches = 0;
  const countMatches = (batch: RowBatch, row: number): void => {
    if (finder === undefined) return;
    for (const _ of matchesIn(batch, row, { finder, shown: batch.messageEnd(row) })) matches++;
  };
  let sink: CountingSink;
  if (join) {
    const lines = {
      match: (_: unknown, batch: RowBatch, row: number): void => countMatches(batch, row),
      other: (): void => {},
      afterLeft: 0,
    };
    const isWanted = search === undefined ? (): boolean => true : search.matcher.matches;
    sink = new MessageSink({ out, flush, matches: isWanted, lines, join, limit });
  } else {
    const counting = createCountingSink({ limit });
    const send = (batch: RowBatch): number => {
      const taken = counting.send(batch);
      for (let row = 0; row < taken; row++) countMatches(batch, row);
      return taken;
    };
    sink = finder === undefined ? counting : { ...counting, send };
  }
  await read(sink);
  return { records: sink.taken(), matches };
}

function countText(count: number, { source, run }: { readonly source: LogSource; readonly run: GrepRun }): string {
  const { command, isNamed } = run;
  if (command.json) return `${JSON.stringify(isNamed ? { file: fileOf(source), count } : { count })}\n`;
  return `${isNamed ? `${source.label}:` : ""}${count}\n`;
}

/** The smaller of two limits. */
export function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}
