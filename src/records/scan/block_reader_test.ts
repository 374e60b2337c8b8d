import assert from "#assert";
import type { LogFile, LogPath, OpenLogFile } from "../../logs/log_file.ts";
import { createBlockPool } from "./block_pool.ts";
import { createBlockReader } from "./block_reader.ts";

const { signal } = new AbortController();

/** A file whose reads end when the test says so; byte n is n % 251. */
function slowFile(): LogFile & { readonly asked: [position: number, length: number][]; answer(failure?: Error): void } {
  const answers: ((failure?: Error) => void)[] = [];
  const asked: [number, number][] = [];
  return {
    path: "/logs/0.log" as LogPath,
    asked,
    size: () => 10_000,
    read: (into, position) => {
      asked.push([position, into.length]);
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      answers.push((failure) => {
        if (failure !== undefined) return reject(failure);
        for (let i = 0; i < into.length; i++) into[i] = (position + i) % 251;
        resolve(into.length);
      });
      return promise;
    },
    answer: (failure) => answers.shift()?.(failure),
    [Symbol.dispose]: () => {},
  };
}

const BYTES = 1000;
const free = async (pool: ReturnType<typeof createBlockPool>): Promise<number> => {
  await new Promise((resolve) => setImmediate(resolve));
  let count = 0;
  using stack = new DisposableStack();
  for (let lent = pool.takeSpare(0); lent !== undefined; lent = pool.takeSpare(0), count++) stack.use(lent);
  return count;
};

Deno.test("load() gives the bytes asked for in a block, and the block back when it is disposed of", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  const loading = reader.load(300, 10);
  await new Promise((resolve) => setImmediate(resolve));
  file.answer();
  {
    using block = await loading;
    assert.deepEqual([...block.bytes], [49, 50, 51, 52, 53, 54, 55, 56, 57, 58]);
    assert.equal(block.read, 10);
    assert.equal(await free(pool), 3);
  }
  assert.equal(await free(pool), 4);
});

Deno.test("load() takes what was read ahead, and reads nothing twice", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(500, 20);
  reader.ahead(600, 20);
  file.answer();
  using block = await reader.load(500, 20);
  assert.equal(block.bytes[0], 500 % 251);
  assert.deepEqual(file.asked, [[500, 20]]);
});

Deno.test("load() of something else drops what was read ahead, with its block", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  for (const [position, length] of [[700, 20], [500, 30]] as const) {
    reader.ahead(500, 20);
    const loading = reader.load(position, length);
    file.answer();
    await new Promise((resolve) => setImmediate(resolve));
    file.answer();
    using block = await loading;
    assert.deepEqual([block.bytes.length, block.bytes[0]], [length, position % 251]);
  }
  assert.equal(await free(pool), 4);
});

Deno.test("load() of a backward scan that goes on behind what it was expected to reads all of it anew", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(500, 20);
  const loading = reader.load(505, 20);
  file.answer();
  await new Promise((resolve) => setImmediate(resolve));
  file.answer();
  using block = await loading;
  assert.deepEqual([...block.bytes], Array.from({ length: 20 }, (_, n) => (505 + n) % 251));
  assert.equal(block.read, 20);
});

Deno.test("ahead() takes no block that others may need", async () => {
  const pool = createBlockPool({ blocks: 2, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(500, 20);
  assert.deepEqual(file.asked, []);
  await reader.idle();
});

Deno.test("a read ahead that fails is no failure until somebody asks for it", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  const failure = new Error("bad sector");
  reader.ahead(500, 20);
  file.answer(failure);
  await reader.idle();
  assert.equal(await free(pool), 4);
  reader.ahead(500, 20);
  file.answer(failure);
  await assert.rejects(reader.load(500, 20), failure);
  assert.equal(await free(pool), 4);
});

Deno.test("settled() waits for what is being read: a file must not be closed before", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(500, 20);
  let settled = 0;
  const settling = reader.idle().then(() => settled++);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(settled, 0);
  file.answer();
  await settling;
  assert.equal(await free(pool), 4);
});

Deno.test("load() gives the block back when the scan was ended meanwhile, and rejects with the reason", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const controller = new AbortController();
  const reader = createBlockReader(file, { pool, signal: controller.signal });
  const reason = new Error("gone");
  const loading = reader.load(0, 10);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort(reason);
  file.answer();
  await assert.rejects(loading, reason);
  assert.equal(await free(pool), 4);
});

/** A file of bytes that are there at once; tells what was asked for. */
function readyFile(size: number): LogFile & { readonly asked: [position: number, length: number][] } {
  const asked: [number, number][] = [];
  return {
    path: "/logs/0.log" as LogPath,
    asked,
    size: () => size,
    read: (into, position) => {
      asked.push([position, into.length]);
      const count = Math.max(0, Math.min(into.length, size - position));
      for (let i = 0; i < count; i++) into[i] = (position + i) % 251;
      return Promise.resolve(count);
    },
    [Symbol.dispose]: () => {},
  };
}

const LARGE = 100_000;
const OVERLAP = 16 * 1024;

Deno.test("ahead() also begins with the block after the next, a little before its own end; load() leaves out what comes before", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: LARGE });
  const file = readyFile(1_000_000);
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(50, LARGE, { to: 1_000_000 });
  const second = 50 + LARGE - OVERLAP;
  assert.deepEqual(file.asked, [[50, LARGE], [second, LARGE]]);
  (await reader.load(50, LARGE))[Symbol.dispose]();
  {
    using block = await reader.load(second + 1_000, LARGE);
    assert.equal(block.bytes.length, LARGE - 1_000);
    assert.equal(block.read, LARGE - 1_000);
    assert.ok(block.bytes.every((byte, i) => byte === (second + 1_000 + i) % 251));
    assert.equal(block.bytes.byteOffset, block.address);
  }
  assert.equal(file.asked.length, 2);
  assert.equal(await free(pool), 4);
});

Deno.test("load() of what begins before or far behind a guess reads anew", async () => {
  for (const from of [49, 50 + OVERLAP + 1]) {
    const pool = createBlockPool({ blocks: 4, blockBytes: LARGE });
    const file = readyFile(1_000_000);
    const reader = createBlockReader(file, { pool, signal });
    reader.ahead(50, LARGE, { to: 1_000_000 });
    using block = await reader.load(from, LARGE);
    assert.deepEqual(file.asked[2], [from, LARGE]);
    assert.ok(block.bytes.every((byte, i) => byte === (from + i) % 251));
  }
});

Deno.test("ahead() reads nothing behind the end of the scan, and of a guess only what the file has is read", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: LARGE });
  const file = readyFile(2 * LARGE - OVERLAP - 10);
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(0, LARGE, { to: LARGE - OVERLAP });
  assert.equal(file.asked.length, 1);
  (await reader.load(0, LARGE))[Symbol.dispose]();
  reader.ahead(LARGE - OVERLAP, LARGE, { to: file.size() });
  using block = await reader.load(LARGE - 10, LARGE);
  assert.equal(block.bytes.length, LARGE - OVERLAP + 10);
  assert.equal(block.read, block.bytes.length - 10);
});

Deno.test("settled() gives back the blocks of all guesses", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: LARGE });
  const reader = createBlockReader(readyFile(1_000_000), { pool, signal });
  reader.ahead(0, LARGE, { to: 1_000_000 });
  assert.equal(await free(pool), 2);
  await reader.idle();
  assert.equal(await free(pool), 4);
});

/** A file that tells which bytes were asked for at once, too. */
function peekedFile(size: number): ReturnType<typeof readyFile> & Pick<OpenLogFile, "peek"> & {
  readonly peeked: [position: number, length: number][];
} {
  const file = readyFile(size);
  const peeked: [number, number][] = [];
  return {
    ...file,
    peeked,
    peek: (into, position) => {
      peeked.push([position, into.length]);
      const count = Math.max(0, Math.min(into.length, size - position));
      for (let i = 0; i < count; i++) into[i] = (position + i) % 251;
      return count;
    },
  };
}

const MIB = 1024 * 1024;

Deno.test("load() of what was read and not used up reads more with it, and takes the next parts of that without another thread", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: 2 * MIB });
  const file = peekedFile(4 * MIB);
  let clockMs = 0;
  const reader = createBlockReader(file, { pool, signal, clock: () => clockMs });
  const positions = [0, 50_000, 100_000, 50_000 + MIB - 1_000, 2 * MIB, 2 * MIB + 10, 2 * MIB + 20];
  for (const position of positions) {
    using block = await reader.load(position, 64_000);
    assert.deepEqual([block.bytes.length, block.read], [64_000, 64_000]);
    assert.ok(block.bytes.every((byte, i) => byte === (position + i) % 251), String(position));
    // What was read long ago may have to be read from the disk.
    if (position === 2 * MIB + 10) clockMs += 1_000;
  }
  assert.deepEqual(file.peeked, [[100_000, 64_000], [2 * MIB + 10, 64_000]]);
  assert.deepEqual(file.asked, [
    [0, 64_000],
    [50_000, MIB],
    [50_000 + MIB - 1_000, MIB],
    [2 * MIB, MIB],
    [2 * MIB + 20, MIB],
  ]);
});

Deno.test("load() of what is at hand and many bytes asks another thread; where a file has less, less is read", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: 2 * MIB });
  const file = peekedFile(MIB);
  const reader = createBlockReader(file, { pool, signal, clock: () => 0 });
  for (const position of [0, 10, 20]) {
    using block = await reader.load(position, 300_000);
    assert.equal(block.read, 300_000);
  }
  assert.deepEqual(file.peeked, []);
  // The last one has come to the end of the file: a short rest is what there is, however much is asked for.
  for (const position of [MIB - 200_000, MIB - 1_000]) {
    using block = await reader.load(position, 400_000);
    assert.equal(block.read, MIB - position);
  }
  assert.deepEqual(file.peeked, [[MIB - 1_000, 400_000]]);
});

Deno.test("load() of what comes before, with a part of what was read, reads more of what comes before", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: 2 * MIB });
  const file = peekedFile(4 * MIB);
  const reader = createBlockReader(file, { pool, signal, clock: () => 0 });
  for (const position of [3 * MIB, 3 * MIB - 50_000, 3 * MIB - 100_000, 2 * MIB + 14_000, 1 * MIB, 1_000]) {
    using block = await reader.load(position, 64_000);
    assert.deepEqual([block.bytes.length, block.read], [64_000, 64_000]);
    assert.equal(block.bytes.byteOffset, block.address);
    assert.ok(block.bytes.every((byte, i) => byte === (position + i) % 251), String(position));
  }
  const end = 3 * MIB - 50_000 + 64_000;
  assert.deepEqual(file.peeked, [[3 * MIB - 100_000, 64_000], [2 * MIB + 14_000, 64_000]]);
  assert.deepEqual(file.asked, [[3 * MIB, 64_000], [end - MIB, MIB], [MIB, 64_000], [1_000, 64_000]]);
  {
    using _ = await reader.load(900, 64_000);
  }
  assert.deepEqual(file.asked.at(-1), [0, MIB]);
});

const SHARED = 300_000;

/** A slow file that other scans have open, too. */
const sharedFile = (id = "1:2"): ReturnType<typeof slowFile> & { readonly id: string } => ({ ...slowFile(), id });

Deno.test("scans of one file that ask for the same bytes read them once, and the block is free when all have given it back", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: SHARED });
  const file = sharedFile();
  const one = createBlockReader(file, { pool, signal });
  const other = createBlockReader(file, { pool, signal });
  const loading = [one.load(5, SHARED)];
  await new Promise((resolve) => setImmediate(resolve));
  // While they are read, and when they have been.
  loading.push(other.load(5, SHARED));
  file.answer();
  const blocks = await Promise.all(loading);
  const third = createBlockReader(file, { pool, signal });
  third.ahead(5, SHARED);
  blocks.push(await third.load(5, SHARED));
  assert.deepEqual(file.asked, [[5, SHARED]]);
  for (const [index, block] of blocks.entries()) {
    assert.deepEqual([block.read, block.bytes[0], block.bytes[1]], [SHARED, 5, 6]);
    assert.equal(await free(pool), 3, `${index} have given it back`);
    block[Symbol.dispose]();
  }
  assert.equal(await free(pool), 4);
  const again = one.load(5, SHARED);
  await new Promise((resolve) => setImmediate(resolve));
  file.answer();
  (await again)[Symbol.dispose]();
  assert.equal(file.asked.length, 2);
});

Deno.test("scans that wait for a block, and for the same bytes, take one block", async () => {
  const pool = createBlockPool({ blocks: 2, blockBytes: SHARED });
  const file = sharedFile();
  const held = [await pool.take({ signal }), await pool.take({ signal })];
  const loading = [0, 1].map(() => createBlockReader(file, { pool, signal }).load(0, SHARED));
  await new Promise((resolve) => setImmediate(resolve));
  for (const each of held) each[Symbol.dispose]();
  await new Promise((resolve) => setImmediate(resolve));
  file.answer();
  for (const block of await Promise.all(loading)) block[Symbol.dispose]();
  assert.deepEqual(file.asked, [[0, SHARED]]);
  assert.equal(await free(pool), 2);
});

Deno.test("other bytes, other files, files that nobody else can have open and few bytes are not shared", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: SHARED });
  const [file, other, nameless] = [sharedFile(), sharedFile("1:3"), slowFile()];
  const held: Disposable[] = [];
  for (
    const [each, position, length] of [
      [file, 0, SHARED],
      [file, 1, SHARED],
      [other, 0, SHARED],
      [nameless, 0, SHARED],
    ] as const
  ) {
    const loading = createBlockReader(each, { pool, signal }).load(position, length);
    await new Promise((resolve) => setImmediate(resolve));
    each.answer();
    held.push(await loading);
  }
  assert.deepEqual([file, other, nameless].map(({ asked }) => asked.length), [2, 1, 1]);
  for (const each of held) each[Symbol.dispose]();
  const small = [0, 1].map(() => createBlockReader(file, { pool, signal }).load(0, 64 * 1024));
  await new Promise((resolve) => setImmediate(resolve));
  file.answer();
  file.answer();
  for (const block of await Promise.all(small)) block[Symbol.dispose]();
  assert.equal(file.asked.length, 4);
});

Deno.test("what another scan could not read, or not as a whole, is read again", async () => {
  for (const outcome of ["failure", "short"]) {
    for (const isAhead of [false, true]) {
      const pool = createBlockPool({ blocks: 4, blockBytes: SHARED });
      const file = sharedFile();
      let reads = 0;
      const read = async (into: Uint8Array, position: number): Promise<number> => {
        reads++;
        const count = await file.read(into, position);
        return reads === 1 && outcome === "short" ? count - 10 : count;
      };
      const first = createBlockReader({ ...file, read }, { pool, signal }).load(0, SHARED);
      await new Promise((resolve) => setImmediate(resolve));
      const reader = createBlockReader({ ...file, read }, { pool, signal });
      if (isAhead) reader.ahead(0, SHARED);
      const second = reader.load(0, SHARED);
      await new Promise((resolve) => setImmediate(resolve));
      const failure = new Error("bad sector");
      file.answer(outcome === "failure" ? failure : undefined);
      if (outcome === "failure") await assert.rejects(first, failure);
      else (await first)[Symbol.dispose]();
      await new Promise((resolve) => setImmediate(resolve));
      file.answer();
      using block = await second;
      assert.deepEqual([block.read, file.asked.length], [SHARED, 2], `${outcome} ${isAhead}`);
    }
  }
});
