/**
 * The thread that writes a soak's logs: numbered lines at a rate, rotated as the kubelet does, compressed later.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import { runtimeTime } from "../fakes/log_tree.ts";
import { LINE_BYTES, soakText } from "./lines.ts";
import { NUMBERS, type WriterOrder, type WriterReport } from "./writer.ts";

const compress = promisify(gzip);
/** One round of writing; every log gets its part. */
const ROUND_MS = 40;
/** Rotated files that are kept beside the live one. */
const KEPT_FILES = 4;

interface Scope {
  onmessage: (event: MessageEvent<WriterOrder | "stop">) => void;
  postMessage(report: WriterReport): void;
}

const scope = globalThis as unknown as Scope;
const report: { bytes: number; lines: number; rotations: number } = { bytes: 0, lines: 0, rotations: 0 };
let isStopped = false;

/** One log: its live file, and its rotated ones. */
class WrittenLog {
  readonly #number: number;
  readonly #path: string;
  readonly #progress: Int32Array;
  #file: Deno.FsFile;
  #next = 0;
  #rotated: { path: string; first: number }[] = [];
  #liveFirst = 0;

  constructor(number: number, { path, progress }: { readonly path: string; readonly progress: Int32Array }) {
    this.#number = number;
    this.#path = path;
    this.#progress = progress;
    this.#file = Deno.openSync(path, { append: true, create: true });
  }

  /** Writes so many lines in one piece; they count when they are in the file. */
  write(count: number): void {
    const time = runtimeTime(BigInt(Date.now()) * 1_000_000n);
    let text = "";
    for (let at = 0; at < count; at += 1) {
      const { text: line, stream } = soakText(this.#number, this.#next + at);
      text += `${time} ${stream} F ${line}\n`;
    }
    const bytes = new TextEncoder().encode(text);
    Atomics.store(this.#progress, NUMBERS * this.#number + 2, this.#next + count);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    this.#next += count;
    Atomics.store(this.#progress, NUMBERS * this.#number, this.#next);
    report.bytes += bytes.length;
    report.lines += count;
  }

  /** Renames the live file; its writer goes on for a moment, then has the new one. */
  async rotate({ reopenMs }: { readonly reopenMs: number }): Promise<void> {
    const time = new Date().toISOString().replace(/[-:]|\..*/g, "").replace("T", "-");
    const path = `${this.#path}.${time}`;
    const [packed] = this.#rotated.slice(-1);
    Deno.renameSync(this.#path, path);
    const next = Deno.openSync(this.#path, { append: true, create: true });
    // The runtime learns of a rotation so much later, and writes to the old file until then.
    if (reopenMs > 0) await pause(reopenMs);
    this.#file.close();
    this.#file = next;
    this.#rotated.push({ path, first: this.#liveFirst });
    this.#liveFirst = this.#next;
    report.rotations += 1;
    if (packed !== undefined) await this.#pack(packed);
    while (this.#rotated.length > KEPT_FILES) {
      const [oldest] = this.#rotated.splice(0, 1);
      Atomics.store(this.#progress, NUMBERS * this.#number + 1, this.#rotated[0]?.first ?? this.#liveFirst);
      if (oldest !== undefined) await Deno.remove(oldest.path);
    }
  }

  /** As the kubelet: the file before the newest, into a temporary one that is renamed. */
  async #pack(file: { path: string }): Promise<void> {
    const { path } = file;
    const bytes = await compress(await Deno.readFile(path), { level: 1 });
    await Deno.writeFile(`${path}.tmp`, bytes);
    await Deno.rename(`${path}.tmp`, `${path}.gz`);
    file.path = `${path}.gz`;
    await Deno.remove(path);
  }

  close(): void {
    this.#file.close();
  }
}

async function write({ paths, progress, bytesPerSecond, rotateMs, reopenMs }: WriterOrder): Promise<void> {
  const counts = new Int32Array(progress);
  const logs = paths.map((path, number) => new WrittenLog(number, { path, progress: counts }));
  const rotations = logs.map((log, at) =>
    rotateOften(log, { firstMs: rotateMs * (at + 1) / logs.length, rotateMs, reopenMs })
  );
  const start = performance.now();
  let rest = 0;
  let last = start;
  while (!isStopped) {
    const now = performance.now();
    // A machine that cannot keep up writes less; what is behind is not made good by one large write.
    rest += Math.min(now - last, 4 * ROUND_MS) / 1_000 * bytesPerSecond / LINE_BYTES / logs.length;
    last = now;
    const count = Math.floor(rest);
    rest -= count;
    if (count > 0) { for (const log of logs) log.write(count); }
    await pause(ROUND_MS);
  }
  await Promise.all(rotations);
  for (const log of logs) log.close();
  scope.postMessage({ ...report, isEnd: true });
}

async function rotateOften(
  log: WrittenLog,
  { firstMs, rotateMs, reopenMs }: { readonly firstMs: number; readonly rotateMs: number; readonly reopenMs: number },
): Promise<void> {
  let due = performance.now() + firstMs;
  while (!isStopped) {
    if (performance.now() >= due) {
      await log.rotate({ reopenMs });
      due += rotateMs;
    }
    await pause(100);
  }
}

scope.onmessage = ({ data }): void => {
  if (data === "stop") isStopped = true;
  else {
    void write(data);
    setInterval(() => scope.postMessage({ ...report, isEnd: false }), 1_000);
  }
};
