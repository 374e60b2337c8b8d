/**
 * `cluster-agent stream-forward` and `stream-backward`: one file's records as the agent sends them, a line of JSON
 * each.
 *
 * What is a record is what a caller of the agent would get. The pattern is read as `grep` reads it: a blank in it is a
 * blank, which in a request stands for any white space.
 *
 * @module
 */
import { createBlockPool } from "../../records/scan/block_pool.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import { isFollow, type StreamQuery } from "../../records/stream.ts";
import { compilePattern } from "../../search/search.ts";
import { followFile } from "../files/follow_file.ts";
import { type Input, InputError, openInput } from "../files/input.ts";
import { sniffRecords } from "../files/lines_of.ts";
import { openWithHistory, readLogWithHistory } from "../files/log_with_history.ts";
import { createOutput, writeOut } from "../files/output.ts";
import { isExpected, readRecords, skippedText } from "../files/read_records.ts";
import { hasRotatedFiles } from "../files/rotated_beside.ts";
import { recordJson } from "../files/record_json.ts";
import { createPrintingSink } from "../files/sinks.ts";
import type { StreamCommand } from "./stream_flags.ts";
import type { Terminal } from "../files/terminal.ts";

const DONE = 0;
const FAILED = 2;

/** Does what the command asks for; resolves to the exit code. */
export async function stream(command: StreamCommand, terminal: Terminal): Promise<number> {
  const { file } = command;
  const out = createOutput();
  let hasFailed = false;
  try {
    const query = queryOf(command);
    const sink = createPrintingSink({ out, put: recordJson({ hasTimes: true }), flush: () => writeOut(out, terminal) });
    await send(command, query, {
      sink,
      warn: terminal.warn,
      onError: (message) => {
        hasFailed = true;
        terminal.warn(`Error: ${message}`);
      },
      onSkipped: (lines) => {
        if (lines > 0) terminal.warn(skippedText(lines, file));
      },
    });
    return hasFailed ? FAILED : DONE;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return DONE;
    if (!isExpected(error)) throw error;
    terminal.warn(`Error: ${error.message}`);
    return FAILED;
  }
}

/** Where records go, and what is told. */
interface SendOptions {
  readonly sink: RecordSink;
  readonly warn: (line: string) => void;
  /** Called with what of the log cannot be read. */
  readonly onError: (message: string) => void;
  /** Told how many lines were none. */
  readonly onSkipped: (lines: number) => void;
}

/** The follow for each value of `--follow-from`. */
const FOLLOWS = { noop: "none", default: "start", end: "end" } as const;

function queryOf({ direction, grep, startTime, stopTime, followFrom, history }: StreamCommand): StreamQuery {
  return {
    direction,
    history,
    follow: FOLLOWS[followFrom],
    start: startTime,
    stop: stopTime,
    search: grep === "" ? undefined : compilePattern(grep),
  };
}

/** Sends the records. A file is opened by its name only where it is followed: other input may have no name. */
async function send(command: StreamCommand, query: StreamQuery, options: SendOptions): Promise<void> {
  const { file, direction, history } = command;
  const { sink, warn, onError, onSkipped } = options;
  if (isFollow(query)) return onSkipped(await followFile(file, query, { sink, warn }));
  using input = await openInput(file);
  checkDirection(input, command);
  const sniffed = await sniffRecords(input.file);
  if (history && input.canSeek && hasRotatedFiles(file)) {
    const { signal } = new AbortController();
    // An empty log may have its first records in its rotated files: how those read is detected there.
    const format = input.file.size() === 0 ? undefined : sniffed;
    return onSkipped(
      await readLogWithHistory(openWithHistory(file), query, {
        sink,
        format,
        pool: createBlockPool(),
        onGap: onError,
        signal,
      }),
    );
  }
  onSkipped(await readRecords(input, query, { sink, direction, format: sniffed }));
  const failure = input.failure();
  if (failure !== undefined) throw failure;
}

function checkDirection({ canSeek }: Input, { file, direction }: StreamCommand): void {
  if (direction === "forward" || canSeek) return;
  throw new InputError(
    `Cannot read ${file === "-" ? "standard input" : file} backward: it can only be read from its beginning`,
  );
}
