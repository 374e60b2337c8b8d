import assert from "#assert";
import { readFileText } from "./file_text.ts";
import { createStableTexts, type StableTexts, type TextRead } from "./stable_texts.ts";

interface Rig extends AsyncDisposable {
  readonly folder: string;
  readonly texts: StableTexts;
  /** What was told, each file as its text or the name of its error. */
  readonly told: string[][];
  write(name: string, text: string): Promise<void>;
  /** How often a file was read. */
  reads(): number;
}

const shown = (read: TextRead): string => "text" in read ? read.text : read.error.name;

/** Two files, `a` and `b`, that hold their names. */
async function rig(): Promise<Rig> {
  const folder = await Deno.makeTempDir({ prefix: "stable-texts-" });
  const told: string[][] = [];
  const write = (name: string, text: string): Promise<void> => Deno.writeTextFile(`${folder}/${name}`, text);
  for (const name of ["a", "b"]) await write(name, name);
  let reads = 0;
  const texts = createStableTexts([`${folder}/a`, `${folder}/b`], {
    maxBytes: 100,
    known: ["a", "b"],
    onChange: (reads) => void told.push(reads.map(shown)),
    read: (path, limits) => {
      reads++;
      return readFileText(path, limits);
    },
  });
  return {
    reads: () => reads,
    folder,
    texts,
    told,
    write,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("texts that stay the same are not told", async () => {
  await using it = await rig();
  for (let poll = 0; poll < 3; poll++) await it.texts.poll();
  assert.deepEqual(it.told, []);
  assert.equal(it.reads(), 6, "files that were made just now may change without a trace");
});

Deno.test("a change is told once, when two reads have found it", async () => {
  await using it = await rig();
  await it.write("a", "new");
  await it.texts.poll();
  assert.deepEqual(it.told, []);
  for (let poll = 0; poll < 3; poll++) await it.texts.poll();
  assert.deepEqual(it.told, [["new", "b"]]);
});

Deno.test("a text of the same length, in the same file and with the same time, is a change", async () => {
  await using it = await rig();
  const { mtime, atime } = await Deno.stat(`${it.folder}/a`);
  await it.write("a", "z");
  await Deno.utime(`${it.folder}/a`, atime ?? 0, mtime ?? 0);
  for (let poll = 0; poll < 2; poll++) await it.texts.poll();
  assert.deepEqual(it.told, [["z", "b"]]);
});

/** Sets the clock an hour on, for as long as the test lasts: by it, no file has changed just now. */
function inAnHour(): Disposable {
  const { now } = Date;
  Date.now = () => now() + 3_600_000;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

Deno.test("files that have not changed for a while are not read again, and a change of them is seen", async () => {
  await using it = await rig();
  using _later = inAnHour();
  for (let poll = 0; poll < 5; poll++) await it.texts.poll();
  assert.equal(it.reads(), 2, "each file once");
  await it.write("a", "z");
  for (let poll = 0; poll < 2; poll++) await it.texts.poll();
  await it.write("b", "new");
  for (let poll = 0; poll < 2; poll++) await it.texts.poll();
  assert.deepEqual(it.told, [["z", "b"], ["z", "new"]]);
});

Deno.test("files that change one after the other are told together", async () => {
  await using it = await rig();
  await it.write("a", "new a");
  await it.texts.poll();
  await it.write("b", "new b");
  for (let poll = 0; poll < 3; poll++) await it.texts.poll();
  assert.deepEqual(it.told, [["new a", "new b"]]);
});

Deno.test("a change that is taken back before it is stable is not told", async () => {
  await using it = await rig();
  await it.write("a", "");
  await it.texts.poll();
  await it.write("a", "a");
  for (let poll = 0; poll < 3; poll++) await it.texts.poll();
  assert.deepEqual(it.told, []);
});

Deno.test("a folder that is swapped by its link, as the kubelet does, is a change", async () => {
  await using it = await rig();
  const { folder } = it;
  for (const version of ["1", "2"]) {
    await Deno.mkdir(`${folder}/..${version}`);
    await Deno.writeTextFile(`${folder}/..${version}/c`, version);
  }
  await Deno.symlink("..1", `${folder}/..data`);
  await Deno.symlink("..data/c", `${folder}/c`);
  const told: string[][] = [];
  const texts = createStableTexts([`${folder}/c`], {
    maxBytes: 100,
    known: ["1"],
    onChange: (reads) => void told.push(reads.map(shown)),
  });
  await texts.poll();
  await Deno.symlink("..2", `${folder}/..data_tmp`);
  await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
  await Deno.remove(`${folder}/..1`, { recursive: true });
  for (let poll = 0; poll < 2; poll++) await texts.poll();
  assert.deepEqual(told, [["2"]]);
});

Deno.test("a file that cannot be read is told once, while its size grows too, and again when it can be read", async () => {
  await using it = await rig();
  for (const bytes of [101, 102, 103]) {
    await it.write("a", "x".repeat(bytes));
    await it.texts.poll();
  }
  assert.deepEqual(it.told, [["FileTooLargeError", "b"]]);
  await Deno.remove(`${it.folder}/a`);
  for (let poll = 0; poll < 3; poll++) await it.texts.poll();
  await it.write("a", "a");
  for (let poll = 0; poll < 3; poll++) await it.texts.poll();
  assert.deepEqual(it.told, [["FileTooLargeError", "b"], ["NotFound", "b"], ["a", "b"]]);
});

Deno.test("a FIFO in the place of a file is told, and nobody waits for its writer", async () => {
  await using it = await rig();
  await Deno.remove(`${it.folder}/b`);
  await new Deno.Command("mkfifo", { args: [`${it.folder}/b`] }).output();
  for (let poll = 0; poll < 2; poll++) await it.texts.poll();
  assert.deepEqual(it.told, [["a", "NotRegularFileError"]]);
});
