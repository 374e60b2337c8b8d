/**
 * `cluster-agent grep`: one pattern, some files, and what is printed of them.
 *
 * Reads the files in order. A file that cannot be read gets a line on standard error, and the others are read. Ends
 * quietly when nobody reads standard output any more.
 *
 * @module
 */
import { createWorkerPool, type WorkerPool } from "../../records/parallel/worker_pool.ts";
import { abortable } from "../../scheduling/abortable.ts";
import type { Poller } from "../../scheduling/poller.ts";
import { watchInterrupts } from "../files/interrupts.ts";
import { findSources, type FoundSources } from "../logs/find_sources.ts";
import type { LogSource } from "../logs/log_source.ts";
import { countedWorkers } from "./counted_workers.ts";
import { explain } from "./explain.ts";
import { explainFiles } from "./explain_files.ts";
import type { GrepCommand } from "./grep_command.ts";
import { grepInput } from "./grep_input.ts";
import { grepSearch } from "./grep_search.ts";
import { FlagError } from "../usage.ts";
import type { GrepRun } from "./grep_run.ts";
import { namespaceNote } from "./namespace_note.ts";
import { openInput } from "../files/input.ts";
import { createOutput, OutputError, putText, writeOut } from "../files/output.ts";
import { noProgress } from "../files/progress.ts";
import { isExpected } from "../files/read_records.ts";
import type { Terminal } from "../files/terminal.ts";

/** Something matched. */
const FOUND = 0;
/** Nothing did. */
const NOT_FOUND = 1;
/** Something went wrong, whatever else was found. */
const FAILED = 2;

/** What can be set. */
export interface GrepOptions {
  /** Threads that look ahead in long files; ended with the command. @default {createWorkerPool()} */
  readonly workers?: WorkerPool | undefined;
  /** Ends a follow. @default {SIGINT and SIGTERM} */
  readonly signal?: AbortSignal | undefined;
  /** Looks for logs that appear. @default {one of its own} */
  readonly poller?: Poller | undefined;
}

/** Does what the command asks for; resolves to the exit code. */
export async function grep(command: GrepCommand, terminal: Terminal, options: GrepOptions = {}): Promise<number> {
  const out = createOutput();
  using workers = options.workers ?? createWorkerPool({ folder: "." });
  // In a pipe, a reader that waits stops this thread, and only the signal itself ends the process.
  const isWatched = options.signal === undefined && (command.follow || terminal.isForTerminal);
  using interrupts = isWatched ? watchInterrupts() : undefined;
  const signal = options.signal ?? interrupts?.signal ?? new AbortController().signal;
  let progress = noProgress;
  try {
    const isColourful = command.show === "text" && !command.json &&
      (command.color === "always" || (command.color === "auto" && terminal.wantsColours));
    const { text, search, finder } = grepSearch(command, { isShown: isColourful });
    if (command.explain) {
      putText(out, explain(text, search));
      const isAllRead = search === undefined || await explainFiles(command.files, search, { terminal, out });
      await writeOut(out, terminal);
      return isAllRead ? FOUND : FAILED;
    }
    if (command.maxCount === 0) return NOT_FOUND;
    let hasFailed = false;
    const onError = (reason: string | Error): void => {
      hasFailed = true;
      progress.clear();
      if (command.isQuietAboutFiles && !(reason instanceof FlagError)) return;
      terminal.warn(`Error: ${typeof reason === "string" ? reason : reason.message}`);
    };
    const note = namespaceNote(command);
    if (note !== undefined && !command.isQuietAboutFiles) terminal.warn(note);
    const found = await findSources(command, { onError, signal });
    const { sources, mayBeMany } = found;
    progress = terminal.progress(totalBytes(sources));
    const { fileNames } = command;
    const run: GrepRun = {
      command,
      terminal,
      search,
      finder,
      isColourful,
      groups: { hasPrinted: false },
      progress,
      workers: countedWorkers(workers, progress),
      out,
      flush: async (): Promise<void> => {
        if (out.length > 0) progress.clear();
        await writeOut(out, terminal);
      },
      isNamed: fileNames === "auto"
        ? mayBeMany || sources.length > 1 || (command.follow && found.selectors.length > 0)
        : fileNames === "always",
      onError,
      onNote: (message): void => {
        if (command.isQuietAboutFiles) return;
        progress.clear();
        terminal.warn(message);
      },
      signal,
    };
    const searching = grepAll(found, run, options);
    // A follow ends by itself. What else is waited for, such as standard input, may take forever.
    const count = await (command.follow ? searching : abortable(searching, { signal }));
    progress.clear();
    const code = interrupts?.exitCode();
    if (code !== undefined) return await endEarly(code, terminal);
    return hasFailed && !(command.show === "nothing" && count > 0) ? FAILED : count > 0 ? FOUND : NOT_FOUND;
  } catch (error) {
    const code = interrupts?.exitCode();
    if (code !== undefined) {
      progress.clear();
      return await endEarly(code, terminal);
    }
    if (error instanceof Deno.errors.BrokenPipe) return FOUND;
    if (!isExpected(error)) throw error;
    terminal.warn(`Error: ${error.message}`);
    return FAILED;
  }
}

/** Leaves the terminal without a colour: it drops what it has not shown yet, also the end of one. */
async function endEarly(code: number, terminal: Terminal): Promise<number> {
  if (!terminal.isForTerminal) return code;
  const out = createOutput();
  putText(out, "\x1b[0m");
  await writeOut(out, terminal);
  return code;
}

/** How many bytes the sources have together, where that can be known. */
function totalBytes(sources: readonly LogSource[]): number | undefined {
  let total = 0;
  for (const { path } of sources) {
    if (path === "-") return undefined;
    try {
      const { isFile, size } = Deno.statSync(path);
      if (!isFile) return undefined;
      total += size;
    } catch {
      // A file that cannot be read is reported when it is opened.
    }
  }
  return total;
}

/** Prints what is wanted of all sources; resolves to how many records that was. */
async function grepAll(found: FoundSources, run: GrepRun, options: GrepOptions): Promise<number> {
  const { follow, merge, show } = run.command;
  // Loaded where they are needed: a search of a file does not wait for them.
  if (follow) return await (await import("./grep_followed.ts")).grepFollowed(found, run, options);
  if (merge && show === "text") return await (await import("./grep_merged.ts")).grepMerged(found.sources, run);
  return await grepSources(found.sources, run);
}

/** Prints what is wanted of the sources, one after the other; resolves to how many records that was. */
async function grepSources(sources: readonly LogSource[], run: GrepRun): Promise<number> {
  const { command: { show }, progress, onError } = run;
  let found = 0;
  for (const source of sources) {
    try {
      using input = await openInput(source.path, { onRead: progress.add });
      found += await grepInput(source, input, run);
      const failure = input.failure();
      if (failure !== undefined) throw failure;
    } catch (error) {
      // Where nothing can be written, the next file's records could not be, either.
      if (!isExpected(error) || error instanceof OutputError) throw error;
      onError(error);
    }
    // The exit code is all that is wanted.
    if (show === "nothing" && found > 0) return found;
  }
  return found;
}
