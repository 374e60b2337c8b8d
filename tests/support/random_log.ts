/**
 * Logs of random records for tests of the command line, as files.
 *
 * @module
 */
import type { Random } from "./random.ts";

/** What a log is written as. */
export type LogKind = "cri" | "docker" | "plain";

/** A file of a test. */
export interface TestFile extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
}

/** Writes a file, in a folder of its own: what others put beside it, a FIFO for one, is seen by who follows it. */
export async function testFile(bytes: Uint8Array | string): Promise<TestFile> {
  const folder = await Deno.makeTempDir({ prefix: "grep-" });
  const path = `${folder}/test.log`;
  await Deno.writeFile(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

const WORDS = ["alpha", "beta", "Alpha", "ünï", "☃", "id=123", "id=45", "x".repeat(40), '"quoted"', "a\\b", "tail "];

/** The time of the first record, in milliseconds since 1970; each following one is up to two seconds later. */
export const FIRST_MS = Date.parse("2025-03-04T05:00:00Z");

/** A log of `lines` lines. Some of them are no records, unless it is plain. */
export function randomLog(random: Random, kind: LogKind, lines: number): string {
  const written: string[] = [];
  let ms = FIRST_MS;
  for (let line = 0; line < lines; line++) {
    const message = Array.from({ length: 1 + random.int(6) }, () => random.pick(WORDS)).join(" ");
    ms += random.int(2000);
    const time = new Date(ms).toISOString().replace("Z", `${String(random.int(1_000_000)).padStart(6, "0")}Z`);
    const isWhole = !random.oneIn(5);
    if (kind === "plain") written.push(message);
    else if (random.oneIn(20)) written.push(random.pick([`no record of ${message}`, "nothing"]));
    else if (kind === "cri") written.push(`${time} stdout ${isWhole ? "F" : "P"} ${message}`);
    else written.push(JSON.stringify({ log: message + (isWhole ? "\n" : ""), stream: "stdout", time }));
  }
  return written.map((line) => `${line}\n`).join("");
}
