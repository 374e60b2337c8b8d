import assert from "#assert";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { createRandom } from "../../../tests/support/random.ts";
import { LogReadError } from "../../logs/log_file.ts";
import { type Input, InputError, openInput } from "./input.ts";

interface TemporaryFile extends AsyncDisposable {
  readonly path: string;
}

async function temporaryFile(bytes: Uint8Array): Promise<TemporaryFile> {
  const path = await Deno.makeTempFile({ prefix: "input-" });
  await Deno.writeFile(path, bytes);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

function randomBytes(length: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length }, () => random.int(256));
}

async function readAll({ file }: Input): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let position = 0;;) {
    const into = new Uint8Array(70_000);
    const read = await file.read(into, position);
    if (read === 0) return await new Blob(parts as BlobPart[]).bytes();
    parts.push(into.subarray(0, read));
    position += read;
  }
}

Deno.test("openInput() reads a file at any place, in reads of any size", async () => {
  const bytes = randomBytes(1_500_000, 1);
  bytes[0] = 1;
  await using stored = await temporaryFile(bytes);
  let told = 0;
  using input = await openInput(stored.path, { onRead: (count) => void (told += count) });
  const { file, canSeek } = input;
  assert(canSeek);
  assert.equal(file.size(), bytes.length);
  const random = createRandom(2);
  let given = 0;
  for (let turn = 0; turn < 60; turn++) {
    const into = new Uint8Array(random.pick([1, 100, 262_143, 262_144, 262_145, 1_048_576, 1_600_000]));
    const position = random.pick([0, random.int(bytes.length + 10), bytes.length - 1, bytes.length]);
    const read = await file.read(into, position);
    given += read;
    assert(
      Buffer.compare(into.subarray(0, read), bytes.subarray(position, position + into.length)) === 0,
      `${into.length} at ${position}`,
    );
  }
  assert.equal(told, given);
});

Deno.test("openInput() decompresses what is gzipped, one member after the other, however it is named", async () => {
  const [one, two] = [randomBytes(3_000_000, 1), new TextEncoder().encode("two\n".repeat(1000))];
  const gzipped = await new Blob([gzipSync(one), gzipSync(two), new Uint8Array(10)] as BlobPart[]).bytes();
  await using stored = await temporaryFile(gzipped);
  let told = 0;
  using input = await openInput(stored.path, { onRead: (count) => void (told += count) });
  assert(!input.canSeek);
  assert.deepEqual(Buffer.compare(await readAll(input), Buffer.concat([one, two])), 0);
  assert.equal(told, gzipped.length);
});

/** Input of a file, or through a pipe, which can only be read once. */
async function opened(stored: TemporaryFile, way: "file" | "pipe"): Promise<Input & AsyncDisposable> {
  if (way === "file") {
    const input = await openInput(stored.path);
    return { ...input, [Symbol.asyncDispose]: () => Promise.resolve(input[Symbol.dispose]()) };
  }
  // In a folder of its own: Deno's watcher of a folder opens what is made there, and waits at a pipe for who writes.
  const folder = await Deno.makeTempDir({ prefix: "input-" });
  const pipe = `${folder}/pipe`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const writing = new Deno.Command("sh", { args: ["-c", `cat ${stored.path} > ${pipe}`], stderr: "null" }).output();
  const end = async (): Promise<void> => {
    await Deno.remove(folder, { recursive: true });
    await writing;
  };
  try {
    const input = await openInput(pipe);
    return {
      ...input,
      [Symbol.asyncDispose]: async () => {
        input[Symbol.dispose]();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

const WAYS = ["file", "pipe"] as const;

for (
  const [what, spoil, soundBytes] of [
    ["cut short", (gzipped: Uint8Array) => gzipped.slice(0, 1_500_000), 1_500_000],
    ["cut short by its last bytes", (gzipped: Uint8Array) => gzipped.slice(0, -5), Infinity],
    ["damaged", (gzipped: Uint8Array) => gzipped.with(1_500_000, (gzipped[1_500_000] ?? 0) ^ 0xff), 1_484_000],
    ["followed by something else", (gzipped: Uint8Array) => Uint8Array.from([...gzipped, 1, 2, 3]), Infinity],
    [
      "followed by half a member",
      (gzipped: Uint8Array) => Uint8Array.from([...gzipped, ...gzipped.slice(0, 9)]),
      2_000_000,
    ],
  ] as const
) {
  for (const way of WAYS) {
    Deno.test(`openInput() reads what is gzipped and ${what} up to there, and tells so: ${way}`, async () => {
      const content = randomBytes(2_000_000, 1);
      const gzipped = gzipSync(content);
      // What is sound is decoded by zlib itself.
      const sound = gunzipSync(gzipped.subarray(0, soundBytes), { finishFlush: constants.Z_SYNC_FLUSH });
      await using stored = await temporaryFile(spoil(gzipped));
      await using input = await opened(stored, way);
      const read = await readAll(input);
      assert.equal(Buffer.compare(read.subarray(0, sound.length), sound), 0);
      const failure = input.failure();
      assert(failure instanceof LogReadError, `${failure}`);
      assert.match(
        failure?.message ?? "",
        /^Cannot decompress .*: it is damaged or cut short; \d+ bytes of its content come before/,
      );
    });
  }
}

for (const way of WAYS) {
  Deno.test(`openInput() reads a log in damaged gzip up to the damage: ${way}`, async () => {
    const random = createRandom(1);
    const log = Array.from({ length: 40_000 }, (_, at) => `2025-03-04T05:00:00Z stdout F ${at} ${random.int(1e9)}\n`);
    const gzipped = gzipSync(log.join(""));
    for (const at of [50_000, 90_000, 125_000, 160_000]) {
      const spoilt = Uint8Array.from(gzipped).fill(0xff, at, at + 200);
      const sound = gunzipSync(gzipped.subarray(0, at), { finishFlush: constants.Z_SYNC_FLUSH });
      await using stored = await temporaryFile(spoilt);
      await using input = await opened(stored, way);
      const read = await readAll(input);
      assert(read.length >= sound.length, `${read.length} of ${sound.length} bytes`);
      assert.equal(Buffer.compare(read.subarray(0, sound.length), sound.subarray(0, read.length)), 0);
      assert(input.failure() !== undefined);
    }
  });
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, order: "little" | "big"): Uint8Array => {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), order === "little");
  return new Uint8Array(view.buffer);
};
const TEXT = `first ü\n${"😀 second\n".repeat(100_000)}\ufefflast`;

for (
  const [what, bytes, expected] of [
    ["text as it is", encode(TEXT), TEXT],
    ["text behind a byte order mark", encode(`\ufeff${TEXT}`), TEXT],
    ["text behind NUL bytes", Uint8Array.from([...new Uint8Array(300_000), ...encode(TEXT)]), TEXT],
    ["text behind a byte order mark and NUL bytes", encode(`\ufeff\0\0${TEXT}`), TEXT],
    ["nothing but NUL bytes", new Uint8Array(300_000), ""],
    ["text in UTF-16, little-endian", utf16(`\ufeff${TEXT}`, "little"), TEXT],
    ["text in UTF-16, big-endian", utf16(`\ufeff${TEXT}`, "big"), TEXT],
    ["what is nearly compressed", encode("BZh no\n"), "BZh no\n"],
  ] as const
) {
  for (const way of WAYS) {
    for (const packing of ["", "gzipped "]) {
      Deno.test(`openInput() reads ${packing}${what}: ${way}`, async () => {
        await using stored = await temporaryFile(packing === "" ? bytes : gzipSync(bytes));
        await using input = await opened(stored, way);
        assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readAll(input)), expected);
        assert.equal(input.failure(), undefined);
      });
    }
  }
}

Deno.test("openInput() decompresses once, also what would decompress to itself for ever", async () => {
  for (const way of WAYS) {
    await using stored = await temporaryFile(gzipSync(gzipSync("text")));
    await assert.rejects(opened(stored, way), { name: "InputError", message: /: it is gzipped twice,/ });
  }
});

for (
  const [name, magic] of [
    ["xz", "fd377a585a00"],
    ["zstd", "28b52ffd"],
    ["bzip2", "425a6839314159265359"],
    ["lz4", "04224d18"],
    ["lzip", "4c5a495001"],
    ["zip", "504b0304"],
    ["7z", "377abcaf271c"],
    ["compress", "1f9d"],
    ["snappy", "ff060000734e61507059"],
  ] as const
) {
  for (const way of WAYS) {
    Deno.test(`openInput() refuses what is compressed by ${name}, and says so: ${way}`, async () => {
      const bytes = Uint8Array.from([...Uint8Array.fromHex(magic), ...randomBytes(1000, 1)]);
      await using stored = await temporaryFile(bytes);
      await assert.rejects(
        opened(stored, way),
        (error: unknown) =>
          error instanceof InputError &&
          error.message.includes(`: it is compressed by ${name}, and only gzip is decompressed`),
      );
    });
  }
}

for (const bytes of [[], [0x1f], [0x1f, 0x20], [0x0a]]) {
  Deno.test(`openInput() reads a file of the bytes [${bytes}] as it is`, async () => {
    await using stored = await temporaryFile(Uint8Array.from(bytes));
    using input = await openInput(stored.path);
    assert.deepEqual([...await readAll(input)], bytes);
  });
}

Deno.test("openInput() gives back a gzipped file that is not read to its end, or not at all", async () => {
  await using stored = await temporaryFile(gzipSync(randomBytes(3_000_000, 1)));
  {
    using input = await openInput(stored.path);
    assert.equal(await input.file.read(new Uint8Array(10), 0), 10);
  }
  {
    using input = await openInput(stored.path);
    assert(!input.canSeek);
  }
});

Deno.test("openInput() names what it cannot open, and why", async () => {
  const folder = await Deno.makeTempDir({ prefix: "input-" });
  try {
    const missing = `${folder}/missing`;
    await assert.rejects(
      openInput(missing),
      new InputError(`Cannot open ${missing}: No such file or directory (os error 2)`),
    );
    await assert.rejects(openInput(folder), new InputError(`Cannot read ${folder}: Is a directory`));
  } finally {
    await Deno.remove(folder);
  }
});
