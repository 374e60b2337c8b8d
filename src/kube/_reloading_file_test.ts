import assert from "#assert";
import { createReloadingFile } from "./_reloading_file.ts";

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const refuseSkip = (notice: string): never => {
  throw new Error(`not to be skipped: ${notice}`);
};

Deno.test("text() reads again after a change, once the check is due", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/token`;
  await Deno.writeTextFile(path, "one");
  let clock = 0;
  const file = createReloadingFile(path, { now: () => clock, checkMs: 1_000, onSkip: refuseSkip });
  assert.equal(await file.text(), "one");
  await Deno.writeTextFile(path, "second");
  clock = 999;
  assert.equal(await file.text(), "one");
  clock = 1_000;
  assert.equal(await file.text(), "second");
});

Deno.test("text() follows a link that is swapped to a file of the same size and time", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["a", "b"]) {
    await Deno.writeTextFile(`${folder.path}/${name}`, name);
    await Deno.utime(`${folder.path}/${name}`, 1, 1);
  }
  const path = `${folder.path}/token`;
  await Deno.symlink(`${folder.path}/a`, path);
  let clock = 0;
  const file = createReloadingFile(path, { now: () => clock, onSkip: refuseSkip });
  assert.equal(await file.text(), "a");
  await Deno.symlink(`${folder.path}/b`, `${folder.path}/next`);
  await Deno.rename(`${folder.path}/next`, path);
  clock = 2_000;
  assert.equal(await file.text(), "b");
});

Deno.test("text() keeps the earlier text while the file is gone, and reports that once", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/token`;
  await Deno.writeTextFile(path, "one");
  let clock = 0;
  const notices: string[] = [];
  const file = createReloadingFile(path, { now: () => clock, onSkip: (notice) => notices.push(notice) });
  await file.text();
  await Deno.remove(path);
  clock = 1_000;
  assert.equal(await file.text(), "one");
  clock = 2_000;
  assert.equal(await file.text(), "one");
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /^Cannot use \/.*token, going on with its earlier text: NotFound/);
  await Deno.writeTextFile(path, "two");
  clock = 3_000;
  assert.equal(await file.text(), "two");
  await Deno.remove(path);
  clock = 4_000;
  assert.equal(await file.text(), "two");
  assert.equal(notices.length, 2);
});

Deno.test("text() keeps the earlier text while the file is blank, and fails on one that always was", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/token`;
  await Deno.writeTextFile(path, "\n");
  let clock = 0;
  const notices: string[] = [];
  const file = createReloadingFile(path, { now: () => clock, onSkip: (notice) => notices.push(notice) });
  await assert.rejects(file.text(), { message: `${path} is empty` });
  await Deno.writeTextFile(path, "one");
  assert.equal(await file.text(), "one");
  await Deno.writeTextFile(path, "");
  clock = 1_000;
  assert.equal(await file.text(), "one");
  assert.equal(notices.length, 1);
});

Deno.test("text() reads at once where that is asked for", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/token`;
  await Deno.writeTextFile(path, "one");
  const file = createReloadingFile(path, { now: () => 0, onSkip: refuseSkip });
  await file.text();
  await Deno.writeTextFile(path, "two");
  assert.deepEqual([await file.text(), await file.text({ fresh: true }), await file.text()], ["one", "two", "two"]);
});

Deno.test("text() does not take what cannot be used, reports each reason once, and fails on what never could", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/ca.crt`;
  await Deno.writeTextFile(path, "bad 1");
  let clock = 0;
  const notices: string[] = [];
  const check = (text: string): void => {
    if (text.startsWith("bad")) throw new RangeError(`${text} is bad`);
  };
  const file = createReloadingFile(path, { now: () => clock, onSkip: (notice) => notices.push(notice), check });
  await assert.rejects(file.text(), RangeError);
  for (
    const [written, taken] of [["good 1", "good 1"], ["bad 1", "good 1"], ["bad 1", "good 1"], ["bad 2", "good 1"]]
  ) {
    await Deno.writeTextFile(path, written ?? "");
    clock += 1_000;
    assert.equal(await file.text(), taken);
  }
  assert.deepEqual(notices.map((notice) => notice.split(": ").at(-1)), ["bad 1 is bad", "bad 2 is bad"]);
  await Deno.writeTextFile(path, "good 2");
  clock += 1_000;
  assert.equal(await file.text(), "good 2");
});

Deno.test("text() fails on a file that never was there", async () => {
  const file = createReloadingFile("/nowhere/token", { now: () => 0, onSkip: refuseSkip });
  await assert.rejects(file.text(), Deno.errors.NotFound);
  await assert.rejects(file.text(), Deno.errors.NotFound);
});

Deno.test("text() does not read a file that is too long, and keeps the earlier text of one that becomes so", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/token`;
  await Deno.writeTextFile(path, "one");
  let clock = 0;
  const notices: string[] = [];
  const file = createReloadingFile(path, { now: () => clock, onSkip: (notice) => notices.push(notice) });
  assert.equal(await file.text(), "one");
  await Deno.truncate(path, 2 ** 30);
  clock = 1_000;
  assert.equal(await file.text(), "one");
  assert.match(notices[0] ?? "", /it has 1073741824 bytes, at most 1048576 are allowed$/);
  await assert.rejects(createReloadingFile(path, { onSkip: refuseSkip }).text(), { name: "FileTooLargeError" });
});
