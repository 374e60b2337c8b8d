/**
 * `grep --merge`: the records of all logs in the order of time.
 *
 * @module
 */
import { compareTime } from "../../logs/time.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import { type BlockPool, createBlockPool } from "../../records/scan/block_pool.ts";
import { InputError, openInput } from "../files/input.ts";
import { sniffLines } from "../files/lines_of.ts";
import { OutputError } from "../files/output.ts";
import { plainLines } from "../files/plain_lines.ts";
import { isExpected, skippedText } from "../files/read_records.ts";
import { EnoughError } from "../files/sinks.ts";
import { BestRecords } from "../logs/best_records.ts";
import type { LogSource } from "../logs/log_source.ts";
import { mergeLogs } from "../logs/merge_logs.ts";
import { putterOf } from "./record_printers.ts";
import type { GrepRun } from "./grep_run.ts";
import { readSource } from "./read_source.ts";

/** The most logs that are open at the same time; each has two files and a few records. */
const MAX_OPEN = 500;

/** Prints the records; resolves to how many they are. */
export async function grepMerged(sources: readonly LogSource[], run: GrepRun): Promise<number> {
  const { command: { head, tail, maxCount = Infinity }, out, flush } = run;
  const pool = createBlockPool();
  const putOf = (source: LogSource): ReturnType<typeof putterOf> => putterOf(run, { source, hasTimes: true });
  const limit = tail ?? Math.min(head ?? Infinity, maxCount);
  if (limit < Infinity) {
    const best = new BestRecords({ limit, last: tail !== undefined });
    for (const source of sources) {
      await readMerged(source, run, {
        pool,
        signal: run.signal,
        from: best.earliest,
        sinkOf: (canSeek) => {
          const backward = tail !== undefined && canSeek;
          return { sink: best.sink(putOf(source), { backward }), direction: backward ? "backward" : "forward" };
        },
      });
    }
    const count = best.putAll(out);
    await flush();
    return count;
  }
  if (sources.length > MAX_OPEN) {
    throw new InputError(
      `Cannot merge ${sources.length} logs: at most ${MAX_OPEN} are open at the same time; name fewer, or use --head or --tail`,
    );
  }
  const logs = sources.map((source) => ({
    put: putOf(source),
    read: (sink: RecordSink, { signal }: { readonly signal: AbortSignal }): Promise<void> =>
      readMerged(source, run, { pool, signal, sinkOf: () => ({ sink, direction: "forward" }) }),
  }));
  return await mergeLogs(logs, { out, flush });
}

/** How one of the logs is read. */
interface ReadMergedOptions {
  readonly pool: BlockPool;
  readonly signal: AbortSignal;
  /** Earlier records are not needed. */
  readonly from?: BestRecords["earliest"];
  /** Where its records go. */
  readonly sinkOf: (
    canSeek: boolean,
  ) => { readonly sink: RecordSink; readonly direction: "forward" | "backward" };
}

/** Reads one of the logs, and reports what goes wrong with it. */
async function readMerged(source: LogSource, run: GrepRun, options: ReadMergedOptions): Promise<void> {
  const { command: { since, until, history }, search, progress, onError, onNote } = run;
  const { pool, signal, from, sinkOf } = options;
  try {
    using input = await openInput(source.path, { onRead: progress.add });
    const { format, isEmpty } = await sniffLines(input.file);
    if (format === plainLines && !isEmpty) {
      throw new InputError(`Cannot merge ${source.label}: its lines tell no times`);
    }
    const start = from !== undefined && (since === undefined || compareTime(since, from) < 0) ? from : since;
    const skipped = await readSource(source, { start, stop: until, search }, {
      ...sinkOf(input.canSeek),
      input,
      format: isEmpty ? undefined : format,
      history,
      pool,
      progress,
      onError,
      signal,
    });
    const failure = input.failure();
    if (failure !== undefined) throw failure;
    if (skipped > 0) onNote(skippedText(skipped, source.label));
  } catch (error) {
    if (error instanceof EnoughError) return;
    if (!isExpected(error) || error instanceof OutputError) throw error;
    onError(error);
  }
}
