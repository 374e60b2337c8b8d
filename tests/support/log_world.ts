/**
 * One container's log on real files, and what is done to it: by its runtime, by the kubelet, and by whoever meddles.
 *
 * Lines are numbered; what was written is kept, so that a test can tell what a reader must have got.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { type LogFolders, resolveRoots } from "../../src/logs/log_file.ts";
import { type LogKind, rotationNames } from "./rotation_names.ts";

/** A container's log. */
export interface LogWorld extends Disposable {
  /** Where it lies. */
  readonly folders: LogFolders;
  /** The name of its link. */
  readonly fileName: string;
  /** The messages of whole lines, in the order in which they were written. */
  readonly written: string[];
  /**
   * Messages that a follow may miss, and whether it has to report that: it cannot know of what came and went between
   * two checks.
   */
  readonly optional: Map<string, "reported" | "unknown">;
  /**
   * Messages that were cut before anything of their file was read, and are in a copy: a follow does not know of the
   * copy before the next rotation.
   */
  readonly late: Set<string>;
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
  /**
   * Renames the log and begins a new one; `late` lines are written to the old one in between. Where no more files are
   * kept, the oldest is gone; its messages may be missed if `delivered` does not have them.
   */
  rotate(options?: { readonly late?: number; readonly delivered?: readonly string[] }): void;
  /**
   * Renames the log and makes an empty new one, as far as it may be seen: what is written goes to the renamed one until
   * the function that is returned is called.
   */
  rename(): () => void;
  /**
   * Copies the log and cuts it, as logrotate's `copytruncate` does; of `late` lines that are written in between there
   * is no copy.
   */
  copyAndCut(options: { readonly late?: number; readonly delivered: readonly string[] }): void;
  /** Renames the log, and back, as when its runtime could not open a new one. */
  rotateBack(whileAway?: () => void): void;
  /** Compresses the rotated files; all but the newest, where it is not Docker who does. */
  compress(): void;
  /**
   * Whether a file of the log was removed at some time, or was compressed beyond recognition: a follow that was in it
   * cannot know what came between it and the next.
   */
  wasReplaced(): boolean;
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
export function createLogWorld({ kind = "kubelet" }: { readonly kind?: LogKind } = {}): LogWorld {
  const names = rotationNames(kind);
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "log-world-" }));
  const containers = `${root}/containers`;
  const fileName = `pod_ns_app-${"0".repeat(12)}.log`;
  const link = `${containers}/${fileName}`;
  const written: string[] = [];
  const optional: LogWorld["optional"] = new Map();
  const late: LogWorld["late"] = new Set();
  /** What each file holds, by its path. */
  let contents = new Map<string, string[]>();
  let generation = 0;
  let rotations = 0;
  let replaced = false;
  let count = 0;
  let deleted = false;
  let half: { readonly message: string; readonly rest: string } | undefined;

  Deno.mkdirSync(containers);
  let folder = newFolder();
  let path = `${folder}/${names.live}`;
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
    if (names.json) {
      const json = { log: `${message}${tag === "F" ? "\n" : ""}`, stream, time: `2025-03-04T05:06:07.${nanos}Z` };
      return { message, text: `${JSON.stringify(json)}\n` };
    }
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

  function move(from: string, to: string): void {
    Deno.renameSync(from, to);
    contents.set(to, contents.get(from) ?? []);
    contents.delete(from);
  }

  /** A free name for a rotated file; what is counted is counted on. */
  function rotatedName(delivered: readonly string[] = []): string {
    if (names.counts) {
      for (const one of rotated()) {
        const [, n = "", rest = ""] = /\.(\d+)(\.gz)?$/.exec(one) ?? [];
        if (Number(n) >= names.keeps) remove(one, delivered);
        else move(one, `${path}.${Number(n) + 1}${rest}`);
      }
    }
    return `${path}${names.ending(rotations++)}`;
  }

  function remove(one: string, delivered: readonly string[]): void {
    mayMiss(contents.get(one) ?? [], delivered, "reported");
    replaced = true;
    contents.delete(one);
    Deno.removeSync(one);
  }

  function rotated(): string[] {
    return Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
      .filter((one) => one !== path && !one.endsWith(".tmp"))
      .sort((a, b) => names.compare(a.slice(path.length), b.slice(path.length)));
  }

  function mayMiss(messages: readonly string[], delivered: readonly string[], how: "reported" | "unknown"): void {
    const got = new Set(delivered);
    // What a follow cannot know of stays so.
    for (const message of messages) if (!got.has(message) && !optional.has(message)) optional.set(message, how);
  }

  /** Cuts the log; these messages are nowhere else. */
  function cut(lost: readonly string[], delivered: readonly string[]): void {
    mayMiss(lost, delivered, isRead(delivered) ? "reported" : "unknown");
    contents.set(path, []);
    Deno.truncateSync(path);
  }

  /** Whether something of the log's file was delivered. */
  function isRead(delivered: readonly string[]): boolean {
    const got = new Set(delivered);
    return contents.get(path)?.some((message) => got.has(message)) ?? false;
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
    late,
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
    rotate: ({ late = 0, delivered } = {}) => {
      settle();
      const live = path;
      const to = rotatedName(delivered);
      move(path, to);
      path = to;
      for (let n = 0; n < late; n++) write();
      moveTo(live);
    },
    rename: () => {
      settle();
      const live = path;
      const to = rotatedName();
      move(path, to);
      path = to;
      Deno.writeFileSync(live, new Uint8Array(), { createNew: true });
      return () => {
        finishHalf();
        moveTo(live);
      };
    },
    copyAndCut: ({ late: lines = 0, delivered }) => {
      settle();
      const to = rotatedName(delivered);
      Deno.copyFileSync(path, to);
      contents.set(to, contents.get(path) ?? []);
      if (!isRead(delivered)) {
        const unseen = contents.get(path) ?? [];
        for (const message of unseen) late.add(message);
        mayMiss(unseen, delivered, "unknown");
      }
      const lost = Array.from({ length: lines }, () => {
        write();
        return written.at(-1) ?? "";
      });
      cut(lost, delivered);
      // They are in no copy.
      contents.set(to, (contents.get(to) ?? []).filter((message) => !lost.includes(message)));
    },
    rotateBack: (whileAway) => {
      if (names.counts) return;
      if (deleted) settle();
      const live = path;
      const to = rotatedName();
      move(path, to);
      path = to;
      whileAway?.();
      move(path, live);
      path = live;
    },
    compress: () => {
      const plain = rotated().filter((name) => !name.endsWith(".gz"));
      for (const one of names.json ? plain : plain.slice(0, -1)) {
        const content = Deno.readFileSync(one);
        // All copies of nothing are alike.
        if (content.length === 0) replaced = true;
        Deno.writeFileSync(`${one}.tmp`, gzipSync(content));
        Deno.renameSync(`${one}.tmp`, `${one}.gz`);
        Deno.removeSync(one);
        contents.set(`${one}.gz`, contents.get(one) ?? []);
        contents.delete(one);
      }
    },
    removeOldest: (delivered) => {
      const [oldest, newer] = rotated();
      if (oldest === undefined || newer === undefined) return;
      // Another one is left, by which a loss is known.
      remove(oldest, delivered);
    },
    truncate: (delivered) => {
      settle();
      cut(contents.get(path) ?? [], delivered);
    },
    wasReplaced: () => replaced,
    recreate: (whileAway) => {
      settle();
      replaced = true;
      Deno.removeSync(path);
      whileAway?.();
      moveTo(path);
    },
    delete: () => {
      if (deleted) return;
      finishHalf();
      replaced = true;
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
      replaced = true;
      moveTo(`${live}.tmp`);
      move(path, live);
      path = live;
    },
    swapLink: () => {
      finishHalf();
      deleted = false;
      folder = newFolder();
      contents = new Map();
      moveTo(`${folder}/${names.live}`);
      turnLink();
    },
    detour: (meanwhile) => {
      settle();
      const before = { folder, path, writer, contents };
      folder = newFolder();
      path = `${folder}/${names.live}`;
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
