import assert from "#assert";
import { gzipSync } from "node:zlib";
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
  bytes[0] = 0;
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

Deno.test("openInput() unpacks what is packed with gzip, one member after the other, however it is named", async () => {
  const [one, two] = [randomBytes(3_000_000, 1), new TextEncoder().encode("two\n".repeat(1000))];
  const packed = await new Blob([gzipSync(one), gzipSync(two), new Uint8Array(10)] as BlobPart[]).bytes();
  await using stored = await temporaryFile(packed);
  let told = 0;
  using input = await openInput(stored.path, { onRead: (count) => void (told += count) });
  assert(!input.canSeek);
  assert.deepEqual(Buffer.compare(await readAll(input), Buffer.concat([one, two])), 0);
  assert.equal(told, packed.length);
});

for (
  const [what, spoil] of [
    ["cut short", (packed: Uint8Array) => packed.slice(0, -5)],
    ["damaged", (packed: Uint8Array) => packed.with(5000, (packed[5000] ?? 0) ^ 0xff)],
    ["followed by something else", (packed: Uint8Array) => Uint8Array.from([...packed, 1, 2, 3])],
  ] as const
) {
  Deno.test(`openInput() fails to read what is packed and ${what}, and names it`, async () => {
    await using stored = await temporaryFile(spoil(gzipSync(randomBytes(10_000, 1))));
    using input = await openInput(stored.path);
    await assert.rejects(
      readAll(input),
      (error: unknown) => error instanceof LogReadError && error.message.startsWith(`Cannot unpack ${stored.path}: `),
    );
  });
}

for (const bytes of [[], [0x1f], [0x1f, 0x20], [0x0a]]) {
  Deno.test(`openInput() reads a file of the bytes [${bytes}] as it is`, async () => {
    await using stored = await temporaryFile(Uint8Array.from(bytes));
    using input = await openInput(stored.path);
    assert.deepEqual([...await readAll(input)], bytes);
  });
}

Deno.test("openInput() gives back a file that is packed and not read to its end, or not at all", async () => {
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
