/**
 * The logs that the loads of the memory bench read: a tree in a folder that goes away; long logs are links to those
 * that the other benches have made.
 *
 * @module
 */
import { type ContainerLog, createLogTree, type LogTree } from "../fakes/log_tree.ts";
import { openLogTree } from "../bench/log_files.ts";
import { LINE_BYTES, logLines } from "../bench/log_lines.ts";

/** A tree of logs. Disposing removes it. */
export interface MemoryLogs extends AsyncDisposable {
  /** The folder. */
  readonly root: string;
  /** The folders in it, as an agent is told of them. */
  readonly tree: LogTree;
  /** A log of about so many bytes. */
  plain(bytes: number): Promise<ContainerLog>;
  /** A log with `files` compressed ones beside it, of about so many bytes of content each. */
  packed(options: { readonly files: number; readonly bytes: number }): Promise<ContainerLog>;
  /** Logs with one short line each. */
  short(count: number): Promise<readonly ContainerLog[]>;
  /** A log of lines of so many bytes. */
  long(options: { readonly lines: number; readonly bytes: number }): Promise<ContainerLog>;
  /** A log of lines that patterns find hard. */
  hard(bytes: number): Promise<ContainerLog>;
}

const TIME = "2024-10-01T05:40:46.1Z";

/** Makes an empty tree. */
export async function makeMemoryLogs(): Promise<MemoryLogs> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "memory-logs-" }));
  const tree = await createLogTree(root);
  let pods = 0;
  const add = (): Promise<ContainerLog> =>
    tree.addCri({ namespace: "ns", pod: `pod-${pods++}`, container: "c", uid: `${pods}` });

  return {
    root,
    tree,
    plain: async (bytes) => {
      const { cri } = await (await openLogTree({ report: () => {} })).log(bytes);
      const log = await add();
      await Deno.remove(log.path);
      await Deno.link(cri.path, log.path);
      return log;
    },
    packed: async ({ files, bytes }) => {
      const log = await add();
      const lines = Math.round(bytes / LINE_BYTES);
      for (let file = 0; file < files; file++) {
        const content = new Blob([...logLines({ format: "cri", lines, seed: file + 1 })].map((part) => part.slice()));
        const packed = content.stream().pipeThrough(new CompressionStream("gzip"));
        await Deno.writeFile(`${log.path}.2024030${file + 1}-050741.gz`, packed);
      }
      for (const block of logLines({ format: "cri", lines, seed: files + 1 })) await log.append(block);
      return log;
    },
    short: async (count) => {
      const logs: ContainerLog[] = [];
      for (let i = 0; i < count; i++) {
        const log = await add();
        await log.append(["first"]);
        logs.push(log);
      }
      return logs;
    },
    long: async ({ lines, bytes }) => {
      const log = await add();
      const line = new TextEncoder().encode(`${TIME} stdout F ${"x".repeat(bytes)}\n`);
      for (let i = 0; i < lines; i++) await log.append(line);
      return log;
    },
    hard: async (bytes) => {
      const log = await add();
      const parts = ["a", "b", "ab", "a".repeat(300), "é", "я", " w1 ", "k", "x"];
      let text = "";
      let at = 1;
      for (let i = 0; text.length < bytes; i++) {
        let line = "";
        for (let k = 0; k < 100; k++) line += parts[(at = (at * 48_271) % 2_147_483_647) % parts.length];
        text += `${TIME} stdout F ${line}${i}\n`;
      }
      await log.append(new TextEncoder().encode(text));
      return log;
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
