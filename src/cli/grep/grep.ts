/**
 * `cluster-agent grep`: one pattern, some files, and what is printed of them.
 *
 * Reads the files in order. A file that cannot be read gets a line on standard error, and the others are read. Ends
 * quietly when nobody reads standard output any more.
 *
 * @module
 */
import type { LineFormat } from "../../logs/line_head.ts";
import { createWorkerPool, type WorkerPool } from "../../records/parallel/worker_pool.ts";
import { createMatcher } from "../../search/engine/matcher.ts";
import { readPattern } from "../../search/syntax/read_pattern.ts";
import { compilePattern, type Search } from "../../search/search.ts";
import { FlagError } from "../usage.ts";
import { countedWorkers } from "./counted_workers.ts";
import { explain } from "./explain.ts";
import type { GrepCommand } from "./grep_command.ts";
import { type Input, openInput } from "../files/input.ts";
import { invertedSearch } from "../../search/inverted_search.ts";
import { sniffLines } from "../files/lines_of.ts";
import { createMatchFinder, type MatchFinder } from "./match_finder.ts";
import { createOutput, type Output, OutputError, putText, writeOut } from "../files/output.ts";
import { plainLines } from "../files/plain_lines.ts";
import type { Progress } from "../files/progress.ts";
import { isExpected, readRecords, skippedText } from "../files/read_records.ts";
import { recordJson } from "../files/record_json.ts";
import { recordText } from "./record_text.ts";
import { createCountingSink, createKeepingSink, createPrintingSink, type PutRecord } from "../files/sinks.ts";
import type { Terminal } from "../files/terminal.ts";

/** Something matched. */
const FOUND = 0;
/** Nothing did. */
const NOT_FOUND = 1;
/** Something went wrong, whatever else was found. */
const FAILED = 2;

/** What one run of the command works with. */
interface Run {
  readonly command: GrepCommand;
  readonly terminal: Terminal;
  readonly search: Search | undefined;
  /** Finds matches, where they are to be shown. */
  readonly finder: MatchFinder | undefined;
  readonly isColourful: boolean;
  readonly progress: Progress;
  /** Threads that look ahead in long files. */
  readonly workers: WorkerPool;
  readonly out: Output;
  readonly flush: () => Promise<void>;
}

/** Does what the command asks for; resolves to the exit code. */
export async function grep(command: GrepCommand, terminal: Terminal): Promise<number> {
  const out = createOutput();
  try {
    const pattern = patternOf(command);
    // Every record matches an empty pattern, so that no verdict is needed.
    const search = pattern === "" && !command.invert ? undefined : compilePattern(pattern);
    const wanted = command.invert && search !== undefined ? invertedSearch(search) : search;
    if (command.explain) {
      putText(out, explain(pattern, wanted));
      await writeOut(out, terminal);
      return FOUND;
    }
    const isColourful = command.show === "text" &&
      (command.color === "always" || (command.color === "auto" && terminal.wantsColours));
    const progress = terminal.progress(await totalBytes(command.files));
    using workers = createWorkerPool();
    return await grepFiles({
      command,
      terminal,
      search: wanted,
      finder: isColourful && !command.invert ? finderOf(pattern, search) : undefined,
      isColourful,
      progress,
      workers: countedWorkers(workers, progress),
      out,
      flush: async (): Promise<void> => {
        if (out.length > 0) progress.clear();
        await writeOut(out, terminal);
      },
    });
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return FOUND;
    if (!isExpected(error)) throw error;
    terminal.warn(`Error: ${error.message}`);
    return FAILED;
  }
}

/** The pattern as it was typed: a blank is a blank, also at its ends. */
function patternOf({ patterns: [pattern = ""], ignoreCase }: GrepCommand): string {
  return ignoreCase && pattern !== "" ? `(?i)${pattern}` : pattern;
}

function finderOf(pattern: string, search: Search | undefined): MatchFinder | undefined {
  return search === undefined ? undefined : createMatchFinder(createMatcher(readPattern(pattern)), search.plan);
}

/** How many bytes the files have together, where that can be known. */
async function totalBytes(files: readonly string[]): Promise<number | undefined> {
  const sizes = await Promise.all(files.map(async (name) => {
    if (name === "-") return undefined;
    const stat = await Deno.stat(name).catch(() => undefined);
    // A file that cannot be read is reported when it is opened.
    return stat === undefined ? 0 : stat.isFile ? stat.size : undefined;
  }));
  return sizes.reduce((sum, size) => sum === undefined || size === undefined ? undefined : sum + size, 0);
}

async function grepFiles(run: Run): Promise<number> {
  const { command: { files }, terminal, progress } = run;
  let found = 0;
  let hasFailed = false;
  for (const name of files) {
    try {
      using input = await openInput(name, { onRead: progress.add });
      found += await grepInput(name, input, run);
      const failure = input.failure();
      if (failure !== undefined) throw failure;
    } catch (error) {
      // Where nothing can be written, the next file's records could not be, either.
      if (!isExpected(error) || error instanceof OutputError) throw error;
      hasFailed = true;
      progress.clear();
      terminal.warn(`Error: ${error.message}`);
    }
  }
  progress.clear();
  return hasFailed ? FAILED : found > 0 ? FOUND : NOT_FOUND;
}

/** Prints what is wanted of one input; resolves to how many records that was. */
async function grepInput(path: string, input: Input, run: Run): Promise<number> {
  const { command, terminal, search, progress, workers: workers, out, flush } = run;
  const { since, until, head, tail, show } = command;
  const name = path === "-" ? "(standard input)" : path;
  const query = { start: since, stop: until, search };
  const format = await formatOf(input, name, command);
  const put = putterOf(run, { name, hasTimes: format !== plainLines });
  const isReported = (skipped: number): void => {
    if (skipped === 0) return;
    progress.clear();
    terminal.warn(skippedText(skipped, name));
  };

  if (show === "count" || show === "count as json") {
    const sink = createCountingSink({ limit: head ?? tail });
    isReported(await readRecords(input, query, { sink, format, workers, direction: "forward" }));
    putText(out, countText(sink.taken(), { name, command }));
    await flush();
    return sink.taken();
  }
  if (tail !== undefined) {
    const direction = input.canSeek ? "backward" : "forward";
    const sink = createKeepingSink({ put, limit: tail, backward: direction === "backward" });
    isReported(await readRecords(input, query, { sink, format, workers, direction }));
    sink.putKept(out);
    await flush();
    return sink.taken();
  }
  const sink = createPrintingSink({ out, put, flush, limit: head });
  isReported(await readRecords(input, query, { sink, format, workers, direction: "forward" }));
  return sink.taken();
}

/** How the lines of an input read. */
async function formatOf({ file }: Input, name: string, { since, until }: GrepCommand): Promise<LineFormat> {
  const { format, isEmpty } = await sniffLines(file);
  // Where there is no line, none is without a time.
  if (format !== plainLines || isEmpty || (since === undefined && until === undefined)) return format;
  throw new FlagError(`Cannot use --${since === undefined ? "until" : "since"} on ${name}: its lines tell no times`);
}

function putterOf(run: Run, file: { readonly name: string; readonly hasTimes: boolean }): PutRecord {
  const { command, terminal: { isForTerminal }, finder, isColourful } = run;
  const named = { file: isNamed(command) ? file.name : undefined, hasTimes: file.hasTimes };
  return command.show === "json" ? recordJson(named) : recordText({ ...named, isColourful, isForTerminal, finder });
}

/** Whether the name of a file is printed with what comes from it. */
function isNamed({ fileNames, files }: GrepCommand): boolean {
  return fileNames === "auto" ? files.length > 1 : fileNames === "always";
}

function countText(count: number, { name, command }: { readonly name: string; readonly command: GrepCommand }): string {
  const isShown = isNamed(command);
  if (command.show === "count as json") return `${JSON.stringify(isShown ? { file: name, count } : { count })}\n`;
  return `${isShown ? `${name}:` : ""}${count}\n`;
}
