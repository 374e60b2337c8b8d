/**
 * From the words of a command line to the inputs that are read.
 *
 * A word with `/`, `./` or `../` before it is a path, and so is one that exists; `-` is standard input. Every other
 * word names pods of the folder of logs. Folders are walked. A word that is neither gets an error, which names near
 * pods, and the other words count.
 *
 * @module
 */
import { InputError } from "../files/input.ts";
import { FlagError } from "../usage.ts";
import { isGlob } from "./glob.ts";
import { labelSources, type LogSource, type NamedPath } from "./log_source.ts";
import { isSelected, type LogSelector, parseSelector, selectAll, type SelectorDefaults } from "./log_selector.ts";
import type { NodeLog, PathNames } from "./node_log.ts";
import { walkFiles } from "./walk_files.ts";

/** The words, and what the options tell about them. */
export interface SourceWords {
  /** Paths and names of pods; none: all logs. */
  readonly files: readonly string[];
  /** The folder of logs by name; `undefined`: the node's. */
  readonly logs: string | undefined;
  /** The namespace of the pods. */
  readonly namespace: string | undefined;
  /** The containers of the pods; none: all. */
  readonly containers: readonly string[];
  /** Whether the rotated files of a log belong to it. */
  readonly history: boolean;
}

/** What is reported, and what ends the search. */
export interface FindSourcesOptions {
  /** Called with what cannot be read, in words. */
  readonly onError: (message: string) => void;
  /** Ends the search; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** The inputs. */
export interface FoundSources {
  /** In the order of the words. */
  readonly sources: readonly LogSource[];
  /** Whether a word may stand for several inputs, even where it stands for one now. */
  readonly mayBeMany: boolean;
  /** Which logs are named by their pods. */
  readonly selectors: readonly LogSelector[];
}

/** Where logs are, unless an option tells. */
export const NODE_LOGS = "/var/log/containers";

/** What a path begins with that is none of a pod's names. */
const IS_PATH = /^\.{0,2}\//;

/** What a word is. */
type Word =
  | { readonly kind: "file" | "folder"; readonly path: string }
  | { readonly kind: "pods"; readonly text: string; readonly selector: LogSelector };

/**
 * Finds the inputs.
 *
 * @throws {InputError} when there is no folder of logs, and one is needed
 */
export async function findSources(words: SourceWords, options: FindSourcesOptions): Promise<FoundSources> {
  const { files, history } = words;
  const read = files.map((text) => readWord(text, words));
  if (files.length > 0) refuseUnused(read, words);
  if (files.length === 0) read.push({ kind: "pods", text: "", selector: selectAll(words) });
  const selectors = read.flatMap((word) => word.kind === "pods" ? [word.selector] : []);
  const logs = selectors.length === 0 ? [] : await logsOf(read, words, options);
  const seen = new Set<string>();
  const paths: NamedPath[] = [];
  for (const word of read) {
    if (word.kind === "pods") {
      for (const log of logs) {
        if (isSelected(log, word.selector) && isNew(log.path, seen)) paths.push({ path: log.path, names: log });
      }
    } else if (word.kind === "file") {
      paths.push({ path: word.path });
    } else {
      const onSkip = (path: string, reason: string): void => options.onError(`Cannot read ${path}: ${reason}`);
      for await (const path of walkFiles(word.path, { ...options, onSkip })) {
        if (isNew(path, seen)) paths.push({ path });
      }
    }
  }
  return {
    sources: labelSources(history ? await withoutHistory(paths, options) : paths),
    mayBeMany: read.length > 1 || read.some((word) =>
      word.kind === "folder" ||
      word.kind === "pods" && (files.length === 0 || isGlob(word.text))
    ),
    selectors,
  };
}

async function withoutHistory(paths: readonly NamedPath[], options: FindSourcesOptions): Promise<NamedPath[]> {
  if (paths.length < 2) return [...paths];
  const { withoutRotated } = await import("./without_rotated.ts");
  const kept = new Set(await withoutRotated(paths.map(({ path }) => path), options));
  return paths.filter(({ path }) => kept.has(path));
}

function readWord(text: string, defaults: SelectorDefaults): Word {
  const stat = text === "-" ? undefined : statOf(text);
  if (stat !== undefined) return { kind: stat.isDirectory ? "folder" : "file", path: text };
  const selector = text === "-" || IS_PATH.test(text) ? undefined : parseSelector(text, defaults);
  return selector === undefined ? { kind: "file", path: text } : { kind: "pods", text, selector };
}

/** Refuses options for pods where they would have no effect. */
function refuseUnused(read: readonly Word[], { files, namespace, containers }: SourceWords): void {
  const option = namespace !== undefined ? "namespace" : containers.length > 0 ? "container" : undefined;
  if (option === undefined) return;
  const at = read.findIndex((word, index) => word.kind !== "pods" && !IS_PATH.test(files[index] ?? ""));
  const text = files[at];
  if (text !== undefined) {
    throw new FlagError(
      text === "-"
        ? `Cannot use --${option} with standard input`
        : `Cannot use --${option} with ${text}: there is such a file; write ${
          namespace ?? "NAMESPACE"
        }/${text} for the ` +
          `pod, or ./${text} for the file`,
    );
  }
  if (read.every(({ kind }) => kind !== "pods")) throw new FlagError(`Cannot use --${option}: all words are paths`);
}

/** What a path leads to; `undefined` where there is nothing. */
function statOf(path: string): Pick<Deno.FileInfo, "isDirectory"> | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    // A link that leads nowhere, or what may not be read, is a path all the same: opening it reports the error.
    try {
      return { ...Deno.lstatSync(path), isDirectory: false };
    } catch {
      return undefined;
    }
  }
}

/** Reports whether the file behind a path has not been seen. */
function isNew(path: string, seen: Set<string>): boolean {
  let real = path;
  try {
    real = Deno.realPathSync(path);
  } catch {
    // Opening it reports the error.
  }
  if (seen.has(real)) return false;
  seen.add(real);
  return true;
}

/** Finds all logs of the folder; reports words that select none, and selected logs that cannot be read. */
async function logsOf(
  words: readonly Word[],
  { logs: folder = NODE_LOGS, files }: SourceWords,
  { onError, signal }: FindSourcesOptions,
): Promise<readonly NodeLog[]> {
  // Loaded where they are needed: a search of a file does not wait for them.
  const [{ findLogs }, { notFoundText }] = await Promise.all([import("./find_logs.ts"), import("./not_found_text.ts")]);
  const named = words.filter((word) => word.kind === "pods");
  const missing = new Map(named.map((word) => [word.text, word]));
  const find = (names: PathNames): void => {
    for (const { text, selector } of missing.values()) if (isSelected(names, selector)) missing.delete(text);
  };
  let logs: readonly NodeLog[] = [];
  let listError: InputError | undefined;
  try {
    logs = await findLogs(folder, {
      includes: () => true,
      onSkip: (path, reason, names) => {
        if (names !== undefined && !named.some(({ selector }) => isSelected(names, selector))) return;
        if (names !== undefined) find(names);
        onError(`Cannot read ${path}: ${reason}`);
      },
      signal,
    });
  } catch (error) {
    if (files.length === 0 || !(error instanceof InputError)) throw error;
    listError = error;
  }
  for (const log of logs) {
    if (missing.size === 0) break;
    find(log);
  }
  for (const word of missing.values()) onError(notFoundText(word, { folder, logs, listError }));
  return logs;
}
