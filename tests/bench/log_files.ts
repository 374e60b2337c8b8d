/**
 * The logs that the bench reads: a tree as on a node, made once into a cache folder and used again.
 *
 * The folder's name has a hash of the code that makes the lines, so that a change there makes them anew; older folders
 * are left alone.
 *
 * @module
 */

import {
  APPLICATION_LINE_BYTES,
  DEFAULT_SEED,
  LINE_BYTES,
  type LogFormat,
  logLines,
  type LogSpeakers,
} from "./log_lines.ts";

/** A log, as a request names it and as the disk has it. */
export interface LogFile {
  /** The words of a request. */
  readonly name: {
    readonly namespace: string;
    readonly pod_name: string;
    readonly container_name: string;
    readonly container_id: string;
  };
  /** The file itself. */
  readonly path: string;
  /** How its lines are written. */
  readonly format: LogFormat;
  /** Its lines. */
  readonly lines: number;
  /** Its bytes. */
  readonly bytes: number;
}

/** A log in both formats, with the same records. */
export type LogTwins = Readonly<Record<LogFormat, LogFile>>;

/** A cache folder. */
export interface LogTree {
  /** The folder itself. */
  readonly root: string;
  /** What an agent is told as its containers folder. */
  readonly containers: string;
  /**
   * The log of about so many bytes in CRI's form, and its twin; made where it is missing.
   *
   * @param speakers Who speaks in it. @default {"words"}
   */
  log(bytes: number, speakers?: LogSpeakers): Promise<LogTwins>;
}

/** How to open the cache. */
export interface LogTreeOptions {
  /** Told of each log that had to be made. */
  readonly report: (text: string) => void;
  /** The folder in which the cache's folder is. @default the folder for temporary files */
  readonly parent?: string;
}

/** Opens the cache. */
export async function openLogTree({ report, parent = temporaryFolder() }: LogTreeOptions): Promise<LogTree> {
  const root = `${parent}/node-log-bench-${await sourceHash()}`;
  const containers = `${root}/containers`;
  await Deno.mkdir(containers, { recursive: true });
  return {
    root,
    containers,
    log: async (bytes, speakers = "words") => {
      const lines = Math.round(bytes / (speakers === "words" ? LINE_BYTES : APPLICATION_LINE_BYTES));
      const name = `${speakers === "words" ? "" : "applications-"}${Math.round(bytes / 1024)}k`;
      const make = (format: LogFormat): Promise<LogFile> =>
        makeLog({ root, containers, report }, { format, lines, name, speakers });
      return { cri: await make("cri"), docker: await make("docker") };
    },
  };
}

function temporaryFolder(): string {
  return Deno.env.get("TMPDIR")?.replace(/\/+$/, "") || "/tmp";
}

async function sourceHash(): Promise<string> {
  const sources = ["log_lines.ts", "_log_bodies.ts", "_application_bodies.ts", "../support/random.ts"];
  const texts = await Promise.all(sources.map((file) => Deno.readTextFile(new URL(file, import.meta.url))));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("\n")));
  return new Uint8Array(digest).toHex().slice(0, 12);
}

interface LinesOfFile {
  readonly format: LogFormat;
  readonly lines: number;
  readonly speakers: LogSpeakers;
}

async function makeLog(
  { root, containers, report }: Pick<LogTree, "root" | "containers"> & { readonly report: (text: string) => void },
  { format, lines, name, speakers }: LinesOfFile & { readonly name: string },
): Promise<LogFile> {
  const id = `${format}${name}`;
  const folder = format === "cri" ? `${root}/pods/bench_${name}_0/app` : `${root}/docker/${id}`;
  // The peer tells the formats apart by this ending.
  const path = `${folder}/${format === "cri" ? "0.log" : `${id}-json.log`}`;
  const link = `${containers}/${name}-${format}_bench_app-${id}.log`;
  await Deno.mkdir(folder, { recursive: true });
  if (await sizeOf(path) === undefined) {
    const start = performance.now();
    await writeLines(path, { format, lines, speakers });
    report(`made ${path} of seed ${DEFAULT_SEED} in ${Math.round(performance.now() - start)} ms`);
  }
  if (await sizeOf(link) === undefined) await Deno.symlink(path, link);
  const bytes = await sizeOf(path) ?? 0;
  const logName = { namespace: "bench", pod_name: `${name}-${format}`, container_name: "app", container_id: id };
  return { name: logName, path, format, lines, bytes };
}

/** Under another name until it is whole. */
async function writeLines(path: string, options: LinesOfFile): Promise<void> {
  const unfinished = `${path}.unfinished`;
  {
    using file = await Deno.open(unfinished, { write: true, create: true, truncate: true });
    for (const block of logLines(options)) {
      for (let written = 0; written < block.length;) written += await file.write(block.subarray(written));
    }
    // The system is done with it before anything is measured.
    await file.syncData();
  }
  await Deno.rename(unfinished, path);
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
