import assert from "#assert";
import fs from "node:fs";
import { gzipSync } from "node:zlib";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { type LogFolders, openLog } from "../../logs/log_file.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { historyBackward, historyForward } from "./history.ts";

const pool = createBlockPool({ blockBytes: 64 * 1024 });
const { signal } = new AbortController();
const LINES = 500;
const FILES = 3;

/** A log of Docker's with rotated files: `….3` is the oldest. */
interface DockerLog extends Disposable {
  readonly folders: LogFolders;
  readonly fileName: string;
  readonly live: string;
  /** The messages of a rotated file, by its count. */
  messages(count: number): string[];
  /** Rotates once, as the driver does; with `gz` a plain file is compressed by that. */
  rotate(): void;
}

function dockerLog({ gz }: { readonly gz: boolean }): DockerLog {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "docker-log-" }));
  const live = `${root}/app-json.log`;
  let written = 0;
  const write = (path: string): void => {
    const lines = Array.from({ length: LINES }, () => {
      const time = new Date(Date.UTC(2026, 0, 1) + 1000 * ++written).toISOString();
      return `${JSON.stringify({ log: `line ${written}\n`, stream: "stdout", time })}\n`;
    });
    Deno.writeTextFileSync(path, lines.join(""));
  };
  const name = (count: number): string => `${live}.${count}${gz && count > 1 ? ".gz" : ""}`;
  const move = (from: string, to: string): void => {
    if (!to.endsWith(".gz") || from.endsWith(".gz")) return Deno.renameSync(from, to);
    Deno.writeFileSync(to, gzipSync(Deno.readFileSync(from)));
    Deno.removeSync(from);
  };
  const rotate = (): void => {
    for (let count = FILES - 1; count >= 1; count--) {
      if (fs.existsSync(name(count))) move(name(count), name(count + 1));
    }
    move(live, name(1));
    write(live);
  };
  write(live);
  for (let rotation = 0; rotation < FILES; rotation++) rotate();
  return {
    folders: { containerLogsDir: root, roots: [root] },
    fileName: "app-json.log",
    live,
    messages: (count) => Array.from({ length: LINES }, (_, at) => `line ${(FILES - count) * LINES + at + 1}`),
    rotate,
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

/** Reads the history; when so many records of it were sent, `meanwhile` is called. */
async function read(
  log: DockerLog,
  history: typeof historyForward,
  { after, meanwhile }: { readonly after: number; readonly meanwhile: () => void },
): Promise<{ messages: string[]; gaps: string[] }> {
  const gaps: string[] = [];
  let isDone = false;
  const sink = keepingSink({
    batchRows: 50,
    onBatch: () => {
      if (isDone || sink.records.length < after) return;
      isDone = true;
      meanwhile();
    },
  });
  using live = openLog(log.fileName, log.folders);
  const onGap = (path: string, reason: string): void => void gaps.push(`${path.slice(log.live.length)}: ${reason}`);
  await history(live, {}, { pool, signal, folders: log.folders, sink, onGap });
  assert(isDone);
  return { messages: sink.records.map(({ message }) => message), gaps };
}

for (const gz of [false, true]) {
  const kind = gz ? "compressed" : "plain";

  Deno.test(`Docker's ${kind} files that are rotated while they are read are read once each; one that is gone is told`, async () => {
    const last = gz ? ".gz" : "";
    for (const after of [50, LINES + 50, 2 * LINES + 50]) {
      using log = dockerLog({ gz });
      const forward = await read(log, historyForward, { after, meanwhile: log.rotate });
      // The oldest file is removed, and it is the first to be read: it is open.
      assert.deepEqual(forward, { messages: [3, 2, 1].flatMap(log.messages), gaps: [] }, `forward, ${after}`);
    }
    for (const after of [50, LINES + 50, 2 * LINES + 50]) {
      using log = dockerLog({ gz });
      const { messages, gaps } = await read(log, historyBackward, { after, meanwhile: log.rotate });
      const isOpen = after > 2 * LINES;
      assert.deepEqual(messages.reverse(), (isOpen ? [3, 2, 1] : [2, 1]).flatMap(log.messages), `backward, ${after}`);
      assert.deepEqual(gaps, isOpen ? [] : [`.3${last}: it was removed before it was read`]);
    }
  });

  Deno.test(`Docker's ${kind} files that are rotated away while they are read are told, and no newer one is taken for them`, async () => {
    using log = dockerLog({ gz });
    const rotations = (): void => {
      for (let rotation = 0; rotation < FILES; rotation++) log.rotate();
    };
    const { messages, gaps } = await read(log, historyForward, { after: 50, meanwhile: rotations });
    assert.deepEqual(messages, log.messages(3));
    assert.deepEqual(gaps, [gz ? ".2.gz" : ".2", ".1"].map((name) => `${name}: it was removed before it was read`));
  });
}

Deno.test("a file of Docker's that was rotated before anything was written to it is no gap", async () => {
  using log = dockerLog({ gz: false });
  await Deno.truncate(`${log.live}.1`);
  for (const history of [historyForward, historyBackward]) {
    const { gaps, messages } = await read(log, history, { after: 1, meanwhile: () => {} });
    assert.deepEqual(gaps, []);
    assert.equal(messages.length, 2 * LINES);
  }
});

Deno.test("an inode that was given to a newer file does not make it a part of the history", async () => {
  using log = dockerLog({ gz: false });
  const replace = (): void => {
    // Its content is another one, and the inode the same.
    const newer = Deno.readTextFileSync(`${log.live}.1`).replaceAll("2026-01-01", "2026-02-01").replaceAll(
      "line",
      "newer",
    );
    Deno.writeTextFileSync(`${log.live}.2`, newer);
  };
  const { messages, gaps } = await read(log, historyForward, { after: 50, meanwhile: replace });
  assert.deepEqual(messages, [3, 1].flatMap(log.messages));
  assert.deepEqual(gaps, [".2: it was removed before it was read"]);
});
