import assert from "#assert";
import type { LogFile, LogPath } from "../logs/log_file.ts";
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
  await Promise.resolve();
  await Promise.resolve();
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

Deno.test("ahead() takes no block that others may need", async () => {
  const pool = createBlockPool({ blocks: 2, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  reader.ahead(500, 20);
  assert.deepEqual(file.asked, []);
  await reader.settled();
});

Deno.test("a read ahead that fails is no failure until somebody asks for it", async () => {
  const pool = createBlockPool({ blocks: 4, blockBytes: BYTES });
  const file = slowFile();
  const reader = createBlockReader(file, { pool, signal });
  const failure = new Error("bad sector");
  reader.ahead(500, 20);
  file.answer(failure);
  await reader.settled();
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
  const settling = reader.settled().then(() => settled++);
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
