/**
 * `cluster-agent list`: the table of the node's logs.
 *
 * @module
 */
import { basename } from "node:path";
import { siblingFiles } from "../../logs/rotated_files.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { InputError } from "../files/input.ts";
import { createOutput, putText, writeOut } from "../files/output.ts";
import { isExpected } from "../files/read_records.ts";
import type { Terminal } from "../files/terminal.ts";
import { secondText } from "../files/time_text.ts";
import { findLogs } from "./find_logs.ts";
import { NODE_LOGS } from "./find_sources.ts";
import type { ListCommand } from "./list_command.ts";
import { isSelected, type LogSelector, parseSelector, selectAll } from "./log_selector.ts";
import { labelSources } from "./log_source.ts";
import { type NodeLog, RESTARTS_FILE } from "./node_log.ts";
import { notFoundText } from "./not_found_text.ts";
import { realPath } from "./real_path.ts";

const DONE = 0;
const NOT_FOUND = 1;
const FAILED = 2;

/** A row of the table. */
interface Row {
  readonly log: NodeLog;
  /** The container's name; with its instance where there are several of that name. */
  readonly container: string;
  /** How often the container was restarted before; as far as the name of its file tells. */
  readonly restarts: number | undefined;
  /** Bytes on the disk, with the rotated files. */
  readonly totalSize: number;
  /** How many rotated files there are. */
  readonly rotatedFiles: number;
}

/** Does what the command asks for; resolves to the exit code. */
export async function list(command: ListCommand, terminal: Terminal): Promise<number> {
  const { signal } = new AbortController();
  const out = createOutput();
  let hasFailed = false;
  const warn = (message: string): void => {
    hasFailed = true;
    terminal.warn(`Error: ${message}`);
  };
  try {
    const logs = await selectedLogs(command, { warn, note: terminal.warn, signal });
    const rows = rowsOf(logs, { signal });
    const table = await Array.fromAsync(rows);
    if (command.json) { for (const row of table) putText(out, `${JSON.stringify(jsonOf(row))}\n`); }
    else if (table.length > 0) putText(out, tableOf(table, command));
    await writeOut(out, terminal);
    return hasFailed ? FAILED : table.length > 0 ? DONE : NOT_FOUND;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return DONE;
    if (!isExpected(error)) throw error;
    warn(error.message);
    return FAILED;
  }
}

interface SelectOptions {
  readonly warn: (message: string) => void;
  /** Is told why there is nothing, where that is no error. */
  readonly note: (message: string) => void;
  readonly signal: AbortSignal;
}

async function selectedLogs(command: ListCommand, { warn, note, signal }: SelectOptions): Promise<readonly NodeLog[]> {
  const { logs: folder = NODE_LOGS, pods } = command;
  const words = pods.map((text) => ({ text, selector: selectorOf(text, command) }));
  const selectors = words.length === 0 ? [selectAll(command)] : words.map(({ selector }) => selector);
  const isWanted = (log: Parameters<typeof isSelected>[0]): boolean =>
    selectors.some((selector) => isSelected(log, selector));
  const all = await findLogs(folder, {
    includes: () => true,
    onSkip: (path, reason, names) => {
      if (names === undefined || isWanted(names)) warn(`Cannot read ${path}: ${reason}`);
    },
    signal,
  });
  for (const word of words) {
    if (!all.some((log) => isSelected(log, word.selector))) warn(notFoundText(word, { folder, logs: all }));
  }
  const wanted = all.filter(isWanted);
  const [selector] = selectors;
  if (words.length === 0 && wanted.length === 0 && selector !== undefined) {
    note(notFoundText({ text: "", selector }, { folder, logs: all }));
  }
  return wanted;
}

function selectorOf(text: string, command: ListCommand): LogSelector {
  const selector = parseSelector(text, command);
  if (selector === undefined) throw new InputError(`Cannot list ${text}: wanted POD, NAMESPACE/POD or a glob`);
  return selector;
}

async function* rowsOf(
  logs: readonly NodeLog[],
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<Row> {
  const labels = labelSources(logs.map((log) => ({ path: log.path, names: log })));
  for (const [at, log] of logs.entries()) {
    await nextSlice({ signal });
    const real = realPath(log.path);
    const { files } = siblingFiles(real);
    yield {
      log,
      container: labels[at]?.label.split("/").slice(2).join("/") ?? log.container,
      restarts: restartsOf(real),
      totalSize: files.reduce((sum, { size }) => sum + size, log.size),
      rotatedFiles: files.length,
    };
  }
}

function restartsOf(path: string): number | undefined {
  const restarts = RESTARTS_FILE.exec(basename(path))?.[1];
  return restarts === undefined ? undefined : Number(restarts);
}

function jsonOf({ log, restarts, totalSize, rotatedFiles }: Row): Record<string, unknown> {
  const { namespace, pod, container, instance, path, size, modifiedMs } = log;
  return {
    namespace,
    pod,
    container,
    ...(instance.includes("/") ? { pod_uid: instance.split("/")[0] } : { container_id: instance }),
    ...(restarts === undefined ? {} : { restarts }),
    path,
    size,
    size_with_history: totalSize,
    rotated_files: rotatedFiles,
    last_written: new Date(modifiedMs).toISOString(),
  };
}

const HEADINGS = ["NAMESPACE", "POD", "CONTAINER", "RESTARTS", "SIZE", "FILES", "LAST WRITTEN"] as const;
/** The columns of numbers, which end at the same column. */
const NUMBERS = new Set([3, 4, 5]);

function tableOf(rows: readonly Row[], { zone }: ListCommand): string {
  const cells = rows.map(({ log, container, restarts, totalSize, rotatedFiles }) => [
    shown(log.namespace),
    shown(log.pod),
    shown(container),
    restarts === undefined ? "-" : String(restarts),
    sizeText(totalSize),
    String(rotatedFiles + 1),
    secondText(log.modifiedMs, zone),
  ]);
  const widths = HEADINGS.map((heading, at) =>
    cells.reduce((widest, row) => Math.max(widest, row[at]?.length ?? 0), heading.length)
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => NUMBERS.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))
      .join("  ").trimEnd();
  return [HEADINGS, ...cells].map((row) => `${line(row)}\n`).join("");
}

/** A name as a terminal may show it. */
function shown(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, "\ufffd");
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

function sizeText(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
