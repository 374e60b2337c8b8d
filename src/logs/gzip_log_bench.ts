/**
 * Measures reads of a gzipped log of 100 MiB: forward, backward, at 256 offsets, and by 20 readers at once.
 *
 * The bar: backward takes at most twice the time of forward. `deno bench -A src/logs/gzip_log_bench.ts`
 *
 * @module
 */
import { createGzip } from "node:zlib";
import { type GzipLog, openGzipLog } from "./gzip_log.ts";
import type { LogPath } from "./log_file.ts";

const CONTENT_BYTES = 100 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const { signal } = new AbortController();
const gzipped = await gzippedLines();
const into = new Uint8Array(READ_BYTES);

async function gzippedLines(): Promise<Uint8Array> {
  // At level 1 the runtime's compressor writes one block, which has no restart points.
  const gzip = createGzip();
  const parts: Uint8Array[] = [];
  gzip.on("data", (part: Uint8Array) => parts.push(part));
  const ended = new Promise((resolve) => gzip.once("end", resolve));
  let at = 0;
  for (let written = 0; written < CONTENT_BYTES;) {
    let text = "";
    for (let line = 0; line < 10_000; line++, at++) {
      const nanos = String((at * 7_919_777) % 1_000_000_000).padStart(9, "0");
      text += `2026-03-04T05:06:07.${nanos}Z stdout F request=${at * 2_654_435_761 % 4_294_967_296} status=200\n`;
    }
    written += text.length;
    await new Promise((resolve) => gzip.write(text, resolve));
  }
  gzip.end();
  await ended;
  return Buffer.concat(parts);
}

/** Opens the log; each identity is another file. */
function open(identity: number): Promise<GzipLog> {
  return openGzipLog({
    path: "/logs/0.log.20260304-050607.gz" as LogPath,
    id: `1 ${identity}`,
    state: () => ({ size: gzipped.length, links: 1, modifiedMs: 1 }),
    size: () => gzipped.length,
    read: (bytes, position) => {
      const part = gzipped.subarray(position, position + bytes.length);
      bytes.set(part);
      return Promise.resolve(part.length);
    },
    [Symbol.dispose]: () => {},
  }, { signal });
}

Deno.bench("opened and read forward", { group: "direction", baseline: true }, async () => {
  using log = await open(1);
  for (let from = 0; from < log.size(); from += READ_BYTES) await log.read(into, from);
});

Deno.bench("opened and read backward", { group: "direction" }, async () => {
  using log = await open(1);
  for (let end = log.size(); end > 0; end -= READ_BYTES) {
    const from = Math.max(0, end - READ_BYTES);
    await log.read(into.subarray(0, end - from), from);
  }
});

Deno.bench("opened and sampled at 256 offsets, last to first", { group: "direction" }, async () => {
  using log = await open(1);
  const sample = into.subarray(0, 16 * 1024);
  for (let at = 255; at >= 0; at--) await log.read(sample, Math.floor(log.size() * at / 256));
});

Deno.bench("the first 8 MiB, read by 20 readers of 20 files at once", { group: "readers" }, async () => {
  const logs = await Promise.all(Array.from({ length: 20 }, (_, identity) => open(identity)));
  await Promise.all(logs.map(async (log) => {
    const own = new Uint8Array(READ_BYTES);
    for (let from = 0; from < 8 * READ_BYTES; from += READ_BYTES) await log.read(own, from);
  }));
  for (const log of logs) log[Symbol.dispose]();
});
