import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { gzipSync, type ZlibOptions } from "node:zlib";
import { memoryLog } from "../../tests/support/memory_log.ts";
import { createRandom } from "../../tests/support/random.ts";
import { nextSlice } from "../scheduling/time_slice.ts";
import { type GzipLog, openGzipLog } from "./gzip_log.ts";
import { GZIP_POOL_BYTES, GzipPool, type GzipPoolOptions } from "./gzip_pool.ts";
import { type LogFile, LogReadError } from "./log_file.ts";

const { signal } = new AbortController();

/** Lines that compress as those of a log do. */
function logText(bytes: number): Uint8Array {
  const random = createRandom(bytes);
  let text = "";
  for (let at = 0; text.length < bytes; at++) text += `2026-01-01T00:00:00Z stdout F ${at} of ${random.int(1e9)}\n`;
  return new TextEncoder().encode(text.slice(0, bytes));
}

/** A file that is known by its identity, and counts what is read of it. */
interface CountedFile extends LogFile {
  readonly id: string;
  readonly state: () => { size: number; links: number; modifiedMs: number };
  readBytes: number;
  isOpen: boolean;
}

function countedFile(bytes: Uint8Array, id = "1 1"): CountedFile {
  const file: CountedFile = {
    ...memoryLog(bytes, { path: "/logs/0.log.20260101-000000.gz" }),
    id,
    state: () => ({ size: bytes.length, links: 1, modifiedMs: 1 }),
    readBytes: 0,
    isOpen: true,
    read: (into, position) => {
      assert(file.isOpen, "a closed file is read");
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      file.readBytes += part.length;
      return Promise.resolve(part.length);
    },
    [Symbol.dispose]: () => void (file.isOpen = false),
  };
  return file;
}

const KIB = 1024;
/** Small enough that a megabyte is much. */
const SMALL: GzipPoolOptions = { windowBytes: 256 * KIB, spacingBytes: 64 * KIB };

/** A pool whose timer rings when it is told to. */
function smallPool(options: GzipPoolOptions = {}): { readonly pool: GzipPool; readonly ring: () => void } {
  let callback: (() => void) | undefined;
  const later = (ring: () => void): Disposable => {
    callback = ring;
    return { [Symbol.dispose]: () => void (callback = undefined) };
  };
  const ring = (): void => {
    const ringing = callback;
    callback = undefined;
    ringing?.();
  };
  return { pool: new GzipPool({ ...SMALL, later, ...options }), ring };
}

async function readAt(log: GzipLog, from: number, to: number): Promise<Uint8Array> {
  const into = new Uint8Array(to - from);
  return into.subarray(0, await log.read(into, from));
}

/** Reads a log in pieces from its end to its start. */
async function readBackward(log: GzipLog, pieceBytes: number, content: Uint8Array): Promise<void> {
  for (let end = log.size(); end > 0; end -= pieceBytes) {
    const from = Math.max(0, end - pieceBytes);
    assert.equal(Buffer.compare(await readAt(log, from, end), content.subarray(from, end)), 0, `${from}`);
  }
}

const content = logText(4 * KIB * KIB);
const gzip = new Uint8Array(gzipSync(content, { memLevel: 5 }));

for (
  const [what, options] of [
    ["small blocks", { memLevel: 3 }],
    ["the usual blocks", {}],
    ["a few large blocks", { level: 1 }],
    ["stored blocks", { level: 0 }],
  ] satisfies [string, ZlibOptions][]
) {
  Deno.test(`a gzip log is read at any place as if it were not compressed: ${what}`, async () => {
    const bytes = new Uint8Array(gzipSync(content, options));
    for (const windows of [1, 3]) {
      const { pool } = smallPool({ windows });
      const random = createRandom(windows);
      using log = await openGzipLog(countedFile(bytes), { signal, pool });
      using other = await openGzipLog(countedFile(bytes), { signal, pool });
      assert.equal(log.size(), content.length);
      assert(log.isWhole && other.isWhole);
      await Promise.all(Array.from({ length: 60 }, async (_, index) => {
        const from = random.int(content.length);
        const to = from + random.int(random.pick([100, 100_000, 600_000]));
        const read = await readAt(index % 2 === 0 ? log : other, from, to);
        assert.equal(Buffer.compare(read, content.subarray(from, to)), 0, `${from}, ${to}`);
      }));
      assert.equal(await log.read(new Uint8Array(10), content.length), 0);
      assert.equal(await log.read(new Uint8Array(10), content.length + 10), 0);
    }
  });
}

for (const pieceBytes of [16 * KIB, 100 * KIB, 250 * KIB]) {
  Deno.test(`what is decoded backward is a small multiple of the content, not its square: ${pieceBytes / KIB} KiB a read`, async () => {
    const { pool } = smallPool({ windows: 1 });
    const file = countedFile(gzip);
    using log = await openGzipLog(file, { signal, pool });
    assert.equal(file.readBytes, gzip.length, "its size is known after it was decoded once");
    file.readBytes = 0;
    await readBackward(log, pieceBytes, content);
    assert(file.readBytes < 4 * gzip.length, `${file.readBytes} of ${gzip.length}`);
  });
}

Deno.test("samples of a gzip log cost what lies between two restart points, not what lies before them", async () => {
  const { pool } = smallPool({ windows: 1 });
  const file = countedFile(gzip);
  using log = await openGzipLog(file, { signal, pool });
  file.readBytes = 0;
  const samples = 40;
  for (let sample = samples; sample > 0; sample--) {
    const from = Math.floor((content.length - 1000) * sample / samples);
    assert.equal(Buffer.compare(await readAt(log, from, from + 1000), content.subarray(from, from + 1000)), 0);
  }
  assert(file.readBytes <= samples * 64 * KIB, `${file.readBytes}`);
});

Deno.test("a file of many members is read from the nearest of them", async () => {
  const parts = Array.from({ length: 48 }, (_, at) => content.subarray(at * 64 * KIB, (at + 1) * 64 * KIB));
  const { pool } = smallPool({ windows: 1 });
  const file = countedFile(new Uint8Array(Buffer.concat(parts.map((part) => gzipSync(part)))));
  using log = await openGzipLog(file, { signal, pool });
  file.readBytes = 0;
  for (let from = 47 * 64 * KIB; from > 0; from -= 128 * KIB) {
    assert.equal(Buffer.compare(await readAt(log, from, from + 1000), content.subarray(from, from + 1000)), 0);
  }
  assert(file.readBytes <= 24 * 64 * KIB, `${file.readBytes}`);
});

Deno.test("a hundred who have logs open and do not read hold no window, and read on later", async () => {
  const { pool, ring } = smallPool();
  const logs = await Promise.all(
    Array.from({ length: 100 }, (_, at) => openGzipLog(countedFile(gzip, `1 ${at}`), { signal, pool })),
  );
  await Promise.all(logs.map((log) => readAt(log, content.length - 1000, content.length)));
  assert(pool.heldWindows <= 4);
  // Twice: what was used since the last time is kept.
  ring();
  ring();
  assert.equal(pool.heldWindows, 0);
  for (const log of logs) {
    const end = content.length - 1000;
    assert.equal(Buffer.compare(await readAt(log, end - 5000, end), content.subarray(end - 5000, end)), 0);
  }
  assert(pool.heldWindows <= 4);
  for (const log of logs) log[Symbol.dispose]();
  assert.equal(pool.heldWindows, 0);
  assert.equal(pool.pointBytes, 0);
});

Deno.test("all restart points together keep within their bound, and nothing is lost by that", async () => {
  const pointBytes = 100 * KIB;
  const { pool } = smallPool({ pointBytes, windows: 2 });
  const logs: GzipLog[] = [];
  for (let at = 0; at < 20; at++) {
    logs.push(await openGzipLog(countedFile(gzip, `1 ${at}`), { signal, pool }));
    assert(pool.pointBytes <= pointBytes, `${pool.pointBytes}`);
    if (at === 0) assert(pool.pointBytes > pointBytes / 20, `${pool.pointBytes}`);
  }
  for (const log of logs) await readBackward(log, 200 * KIB, content);
  assert(pool.pointBytes <= pointBytes);
  for (const log of logs) log[Symbol.dispose]();
});

Deno.test("what the pool takes at most is less than one log's worth", () => {
  assert(GZIP_POOL_BYTES <= 20 * KIB * KIB);
});

Deno.test("a hundred who open the same file decode it once, whoever leaves meanwhile", async () => {
  const { pool } = smallPool({ windows: 1 });
  const files = Array.from({ length: 100 }, () => countedFile(gzip));
  const leaving = new AbortController();
  const opening = files.map((file, at) => openGzipLog(file, { signal: at < 10 ? leaving.signal : signal, pool }));
  leaving.abort(new Error("left"));
  const opened = await Promise.allSettled(opening);
  const reads = files.reduce((sum, { readBytes }) => sum + readBytes, 0);
  assert(reads <= 2 * gzip.length, `${reads} of ${gzip.length}`);
  for (const [at, result] of opened.entries()) {
    assert.equal(result.status, at < 10 ? "rejected" : "fulfilled");
    if (result.status === "rejected") continue;
    using log = result.value;
    const read = await readAt(log, 1_000_000, 1_001_000);
    assert.equal(Buffer.compare(read, content.subarray(1_000_000, 1_001_000)), 0);
  }
  assert.equal(pool.heldWindows, 0);
});

Deno.test("those who wait for a window have their turns in order, and one who leaves gives theirs up", async () => {
  const { pool } = smallPool({ windows: 1 });
  const leaving = new AbortController();
  const logs = await Promise.all(
    Array.from(
      { length: 6 },
      (_, at) => openGzipLog(countedFile(gzip, `1 ${at}`), { signal: at === 2 ? leaving.signal : signal, pool }),
    ),
  );
  const served: number[] = [];
  const reading = logs.map(async (log, at) => {
    await readAt(log, 0, 100_000);
    served.push(at);
  });
  leaving.abort(new Error("left"));
  const results = await Promise.allSettled(reading);
  assert.deepEqual(served, [0, 1, 3, 4, 5]);
  assert.equal(results[2]?.status, "rejected");
  for (const log of logs) log[Symbol.dispose]();
});

Deno.test("others have their turns while a file is decoded, a file of nothing but empty members, too", async () => {
  const empty = new Uint8Array(gzipSync(""));
  const members = new Uint8Array(empty.length * 10_000);
  for (let at = 0; at < members.length; at += empty.length) members.set(empty, at);
  for (const [bytes, leastTurns] of [[members, 100], [new Uint8Array(gzipSync(new Uint8Array(1e7))), 15]] as const) {
    let turns = 0;
    let isOver = false;
    const others = (async () => {
      for (; !isOver; turns++) {
        await nextSlice({ signal });
        await setImmediate();
      }
    })();
    const { pool } = smallPool();
    using log = await openGzipLog(countedFile(bytes), { signal, pool });
    isOver = true;
    await others;
    assert(log.isWhole);
    assert(turns >= leastTurns, `${turns} turns`);
  }
});

for (
  const [what, bytes] of [["cut short", gzip.subarray(0, gzip.length >> 1)], [
    "of a wrong CRC",
    gzip.with(-5 + gzip.length, 0),
  ]] as const
) {
  Deno.test(`a file ${what} is read up to the fault, both ways, and said not to be whole`, async () => {
    const { pool } = smallPool();
    using log = await openGzipLog(countedFile(bytes), { signal, pool });
    assert(!log.isWhole);
    assert(log.size() > content.length / 3);
    await readBackward(log, 100 * KIB, content);
    assert.equal(Buffer.compare(await readAt(log, 0, content.length), content.subarray(0, log.size())), 0);
  });
}

Deno.test("content beyond the cap is not read, and told", async () => {
  const { pool } = smallPool();
  using log = await openGzipLog(countedFile(gzip), { signal, pool, maxBytes: 1_000_000 });
  assert.equal(log.size(), 1_000_000);
  assert(!log.isWhole);
  await readBackward(log, 300_000, content);
});

Deno.test("a file that is not what it was when it was opened fails to be read, and others are not harmed", async () => {
  const { pool } = smallPool({ windows: 1 });
  let bytes = gzip;
  const changing = countedFile(gzip, "1 1");
  const file = {
    ...changing,
    read: (into: Uint8Array, position: number) => {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return Promise.resolve(part.length);
    },
  };
  using log = await openGzipLog(file, { signal, pool });
  using other = await openGzipLog(countedFile(gzip, "1 2"), { signal, pool });
  bytes = new Uint8Array();
  await assert.rejects(readAt(log, 2_000_000, 2_100_000), LogReadError);
  assert.equal((await readAt(other, 2_000_000, 2_100_000)).length, 100_000);
});

Deno.test("a log that is closed while it is read gives its window back", async () => {
  const { pool } = smallPool();
  const log = await openGzipLog(countedFile(gzip), { signal, pool });
  const file = { ...countedFile(gzip), [Symbol.dispose]: () => {} };
  const second = await openGzipLog(file, { signal, pool });
  const reading = readAt(second, 0, 500_000);
  await setImmediate();
  second[Symbol.dispose]();
  log[Symbol.dispose]();
  await reading;
  assert.equal(pool.heldWindows, 0);
});
