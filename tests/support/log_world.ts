/**
 * One container's log on real files, and what is done to it: by its runtime, by the kubelet, and by whoever meddles.
 *
 * Lines are numbered; what was written is kept, so that a test can tell what a reader must have got.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { type LogFolders, resolveRoots } from "../../src/logs/log_file.ts";

/** A container's log. */
export interface LogWorld extends Disposable {
  /** Where it lies. */
  readonly folders: LogFolders;
  /** The name of its link. */
  readonly fileName: string;
  /** The messages of whole lines, in the order in which they were written. */
  readonly written: string[];
  /** Messages that a reader may miss. */
  readonly optional: Set<string>;
  /** Writes a line. */
  write(options?: { readonly stream?: "stdout" | "stderr"; readonly tag?: "F" | "P"; readonly padding?: number }): void;
  /** Writes the first part of a line; the next write begins with the rest of it. */
  writeHalf(): void;
  /** Renames the log and begins a new one; `late` lines are written to the old one in between. */
  rotate(options?: { readonly late?: number }): void;
  /** Renames the log, and back, as when its runtime could not open a new one. */
  rotateBack(whileAway?: () => void): void;
  /** Compresses the rotated files, all but the newest. */
  compress(): void;
  /** Removes the oldest rotated file; its messages may be missed if `delivered` does not have them. */
  removeOldest(delivered: readonly string[]): void;
  /** Cuts the log to nothing; what is not in `delivered` may be missed. */
  truncate(delivered: readonly string[]): void;
  /** Removes the log and begins a new one; between the two, `whileAway` is called. */
  recreate(whileAway?: () => void): void;
  /** Puts a new file over the log in one step. */
  replace(): void;
  /** Has the link lead to a log in another folder. */
  swapLink(): void;
  /** Removes the link: the container is gone. */
  removeLink(): void;
  /** The paths of what rotations have left, oldest first. */
  rotated(): readonly string[];
  /** The path of the log's file. */
  path(): string;
}

const encoder = new TextEncoder();

/** A log in a folder of its own, which is removed with it. */
export function createLogWorld(): LogWorld {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "log-world-" }));
  const containers = `${root}/containers`;
  const fileName = `pod_ns_app-${"0".repeat(12)}.log`;
  const link = `${containers}/${fileName}`;
  const written: string[] = [];
  const optional = new Set<string>();
  /** What each file holds, by its path. */
  let contents = new Map<string, string[]>();
  let generation = 0;
  let seconds = 0;
  let count = 0;
  let half: { readonly message: string; readonly rest: string } | undefined;

  Deno.mkdirSync(containers);
  let folder = newFolder();
  let path = `${folder}/0.log`;
  let writer = begin(path);
  Deno.symlinkSync(path, link);

  function newFolder(): string {
    const made = `${root}/pods/ns_pod_${generation++}/app`;
    Deno.mkdirSync(made, { recursive: true });
    return made;
  }

  function begin(at: string): Deno.FsFile {
    contents.set(at, []);
    return Deno.openSync(at, { create: true, append: true });
  }

  function put(text: string): void {
    writer.writeSync(encoder.encode(text));
  }

  function noted(message: string): void {
    written.push(message);
    contents.get(path)?.push(message);
  }

  function finishHalf(): void {
    if (half === undefined) return;
    put(half.rest);
    noted(half.message);
    half = undefined;
  }

  function line(options: Parameters<LogWorld["write"]>[0] = {}): { message: string; text: string } {
    const { stream = "stdout", tag = "F", padding = 0 } = options;
    const message = `line ${++count} ${"x".repeat(padding)}.`;
    const nanos = String(count % 1_000_000_000).padStart(9, "0");
    return { message, text: `2025-03-04T05:06:07.${nanos}Z ${stream} ${tag} ${message}\n` };
  }

  function write(options?: Parameters<LogWorld["write"]>[0]): void {
    finishHalf();
    const { message, text } = line(options);
    put(text);
    noted(message);
  }

  function moveTo(at: string): void {
    writer.close();
    path = at;
    writer = begin(at);
  }

  function rename(to: string): void {
    Deno.renameSync(path, to);
    contents.set(to, contents.get(path) ?? []);
    contents.delete(path);
  }

  function rotatedName(): string {
    const time = new Date(Date.UTC(2025, 2, 4, 5, 6, 7) + 1000 * seconds++).toISOString().replace(/[-:]/g, "");
    return `${path}.${time.slice(0, 8)}-${time.slice(9, 15)}`;
  }

  function rotated(): string[] {
    return Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
      .filter((one) => one !== path && !one.endsWith(".tmp")).sort();
  }

  function mayMiss(messages: readonly string[] | undefined, delivered: readonly string[]): void {
    const got = new Set(delivered);
    for (const message of messages ?? []) if (!got.has(message)) optional.add(message);
  }

  return {
    folders: { containerLogsDir: containers, roots: resolveRoots([root]) },
    fileName,
    written,
    optional,
    write,
    writeHalf: () => {
      finishHalf();
      const { message, text } = line({ padding: 10 });
      const cut = 1 + (count * 7) % (text.length - 2);
      put(text.slice(0, cut));
      half = { message, rest: text.slice(cut) };
    },
    rotate: ({ late = 0 } = {}) => {
      finishHalf();
      const live = path;
      const to = rotatedName();
      rename(to);
      path = to;
      for (let n = 0; n < late; n++) write();
      moveTo(live);
    },
    rotateBack: (whileAway) => {
      const live = path;
      const to = rotatedName();
      rename(to);
      path = to;
      whileAway?.();
      rename(live);
      path = live;
    },
    compress: () => {
      for (const one of rotated().filter((name) => !name.endsWith(".gz")).slice(0, -1)) {
        Deno.writeFileSync(`${one}.tmp`, gzipSync(Deno.readFileSync(one)));
        Deno.renameSync(`${one}.tmp`, `${one}.gz`);
        Deno.removeSync(one);
        contents.set(`${one}.gz`, contents.get(one) ?? []);
        contents.delete(one);
      }
    },
    removeOldest: (delivered) => {
      const [oldest] = rotated();
      if (oldest === undefined) return;
      mayMiss(contents.get(oldest), delivered);
      Deno.removeSync(oldest);
    },
    truncate: (delivered) => {
      finishHalf();
      mayMiss(contents.get(path), delivered);
      contents.set(path, []);
      Deno.truncateSync(path);
    },
    recreate: (whileAway) => {
      finishHalf();
      Deno.removeSync(path);
      whileAway?.();
      moveTo(path);
    },
    replace: () => {
      finishHalf();
      const live = path;
      moveTo(`${live}.tmp`);
      rename(live);
      path = live;
    },
    swapLink: () => {
      finishHalf();
      folder = newFolder();
      contents = new Map();
      moveTo(`${folder}/0.log`);
      Deno.symlinkSync(path, `${link}.new`);
      Deno.renameSync(`${link}.new`, link);
    },
    removeLink: () => Deno.removeSync(link),
    rotated,
    path: () => path,
    [Symbol.dispose]: () => {
      writer.close();
      Deno.removeSync(root, { recursive: true });
    },
  };
}
