import assert from "#assert";
import { FileTooLargeError, NotRegularFileError, readFileText } from "./file_text.ts";

async function withFile(make: (path: string) => Promise<void>, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "file-text-" });
  try {
    await make(path);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const text of ["", "a", "ä€𝄞\n", "x".repeat(4_096), "\uFEFFa"]) {
  Deno.test(`readFileText() returns ${text.length} characters from ${JSON.stringify(text.slice(0, 3))}`, async () => {
    await withFile((path) => Deno.writeTextFile(path, text), async (path) => {
      assert.equal(await readFileText(path, { maxBytes: 4_096 }), await Deno.readTextFile(path));
    });
  });
}

Deno.test("readFileText() refuses a file of a gigabyte before it reads it", async () => {
  await withFile((path) => Deno.truncate(path, 2 ** 30), async (path) => {
    const before = Deno.memoryUsage();
    await assert.rejects(readFileText(path, { maxBytes: 1_000 }), {
      name: "FileTooLargeError",
      message: "it has 1073741824 bytes, at most 1000 are allowed",
    });
    assert(Deno.memoryUsage().external - before.external < 2 ** 24);
  });
});

Deno.test("readFileText() reads no more than allowed of a file without an end", async () => {
  await assert.rejects(readFileText("/dev/zero", { maxBytes: 100_000 }), FileTooLargeError);
});

Deno.test("readFileText() reads all of a file that does not say how long it is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "file-text-" });
  try {
    const path = `${folder}/fifo`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const text = "0123456789".repeat(5_000);
    const [read] = await Promise.all([readFileText(path, { maxBytes: 50_000 }), Deno.writeTextFile(path, text)]);
    assert.equal(read, text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readFileText() of regular files only reads the same text, to the same limit", async () => {
  const limits = { maxBytes: 4_096, onlyRegular: true };
  for (const text of ["", "a", "ä€𝄞\n", "x".repeat(4_096), "\uFEFFa"]) {
    await withFile((path) => Deno.writeTextFile(path, text), async (path) => {
      assert.equal(await readFileText(path, limits), await Deno.readTextFile(path));
    });
  }
  await withFile((path) => Deno.truncate(path, 4_097), async (path) => {
    await assert.rejects(readFileText(path, limits), FileTooLargeError);
  });
  await withFile((path) => Deno.writeTextFile(path, ""), async (path) => {
    await assert.rejects(readFileText(`${path}-none`, limits), Deno.errors.NotFound);
  });
});

Deno.test("readFileText() of regular files only does not wait for the writer of a FIFO, nor read a device", async () => {
  const folder = await Deno.makeTempDir({ prefix: "file-text-" });
  try {
    const fifo = `${folder}/fifo`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    for (const path of [fifo, "/dev/zero", folder]) {
      await assert.rejects(readFileText(path, { maxBytes: 100, onlyRegular: true }), NotRegularFileError);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
