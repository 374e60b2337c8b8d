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
  /** Messages that a follow may miss, and whether it has to tell: it cannot know of what came and went before it looked. */
  readonly optional: Map<string, "told" | "unknown">;
  /** The messages that are there to be read now, oldest first; none when the log was deleted. */
  present(): readonly string[];
  /** The message of which only the first part was written. */
  half(): string | undefined;
  /** Whether there is no file of the log's name. */
  isDeleted(): boolean;
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
  /** Removes the oldest of several rotated files; its messages may be missed if `delivered` does not have them. */
  removeOldest(delivered: readonly string[]): void;
  /** Cuts the log to nothing; what is not in `delivered` may be missed. */
  truncate(delivered: readonly string[]): void;
  /** Removes the log and begins a new one; between the two, `whileAway` is called. */
  recreate(whileAway?: () => void): void;
  /** Removes the log, which its runtime goes on to write to; what is done to it next makes a new one first. */
  delete(): void;
  /** Makes a new log where there is none. */
  create(): void;
  /** Puts a new file over the log in one step. */
  replace(): void;
  /** Has the link lead to a log in another folder. */
  swapLink(): void;
  /** Has the link lead to a log in another folder while `meanwhile` is called, and then back. */
  detour(meanwhile: () => void): void;
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
  const optional: LogWorld["optional"] = new Map();
  /** What each file holds, by its path. */
  let contents = new Map<string, string[]>();
  let generation = 0;
  let seconds = 0;
  let count = 0;
  let deleted = false;
  let half: { readonly message: string; readonly rest: string } | undefined;

  Deno.mkdirSync(containers);
  let folder = newFolder();
  let path = `${folder}/0.log`;
  let writer = begin(path);
  Deno.symlinkSync(path, link);

  function newFolder(): string {
    // Short paths: most of the time of a random program goes into following them.
    const made = `${root}/${generation++}`;
    Deno.mkdirSync(made);
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

  function mayMiss(messages: readonly string[], delivered: readonly string[], how: "told" | "unknown"): void {
    const got = new Set(delivered);
    for (const message of messages) if (!got.has(message)) optional.set(message, how);
  }

  function turnLink(): void {
    Deno.symlinkSync(path, `${link}.new`);
    Deno.renameSync(`${link}.new`, link);
  }

  /** To be called before whatever ends the log's file as it is. */
  function settle(): void {
    finishHalf();
    if (!deleted) return;
    deleted = false;
    moveTo(path);
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
    present: () => deleted ? [] : [...rotated(), path].flatMap((one) => contents.get(one) ?? []),
    half: () => half?.message,
    isDeleted: () => deleted,
    rotate: ({ late = 0 } = {}) => {
      settle();
      const live = path;
      const to = rotatedName();
      rename(to);
      path = to;
      for (let n = 0; n < late; n++) write();
      moveTo(live);
    },
    rotateBack: (whileAway) => {
      if (deleted) settle();
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
      const [oldest, newer] = rotated();
      if (oldest === undefined || newer === undefined) return;
      // Another one is left, and tells.
      mayMiss(contents.get(oldest) ?? [], delivered, "told");
      contents.delete(oldest);
      Deno.removeSync(oldest);
    },
    truncate: (delivered) => {
      settle();
      const got = new Set(delivered);
      const wasRead = contents.get(path)?.some((message) => got.has(message));
      mayMiss(contents.get(path) ?? [], delivered, wasRead ? "told" : "unknown");
      contents.set(path, []);
      Deno.truncateSync(path);
    },
    recreate: (whileAway) => {
      settle();
      Deno.removeSync(path);
      whileAway?.();
      moveTo(path);
    },
    delete: () => {
      if (deleted) return;
      finishHalf();
      Deno.removeSync(path);
      contents.delete(path);
      deleted = true;
    },
    create: () => {
      if (deleted) settle();
    },
    replace: () => {
      settle();
      const live = path;
      moveTo(`${live}.tmp`);
      rename(live);
      path = live;
    },
    swapLink: () => {
      finishHalf();
      deleted = false;
      folder = newFolder();
      contents = new Map();
      moveTo(`${folder}/0.log`);
      turnLink();
    },
    detour: (meanwhile) => {
      settle();
      const before = { folder, path, writer, contents };
      folder = newFolder();
      path = `${folder}/0.log`;
      contents = new Map();
      writer = begin(path);
      turnLink();
      meanwhile();
      finishHalf();
      writer.close();
      ({ folder, path, writer, contents } = before);
      turnLink();
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
