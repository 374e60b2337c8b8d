import assert from "#assert";
import { createLogFolderCheck } from "./log_folder_check.ts";

Deno.test("a folder that can be read is no reason, one that cannot be is, by its kind and without its path", async () => {
  const folder = await Deno.makeTempDir();
  let nowMs = 0;
  const check = createLogFolderCheck({ containerLogsDir: folder, roots: [] }, { clock: () => nowMs });
  assert.equal(await check(), undefined);
  await Deno.remove(folder);
  nowMs += 1_000;
  assert.equal(await check(), "cannot read the log folder: NotFound");
  await Deno.writeTextFile(folder, "");
  nowMs += 1_000;
  assert.equal(await check(), "cannot read the log folder: NotADirectory");
  await Deno.remove(folder);
});

Deno.test("an answer is good for a second, whoever asks", async () => {
  let nowMs = 0;
  let reads = 0;
  const check = createLogFolderCheck({ containerLogsDir: "/logs", roots: [] }, {
    clock: () => nowMs,
    read: () => {
      reads++;
      return Promise.resolve(undefined);
    },
  });
  await Promise.all([check(), check()]);
  nowMs = 999;
  await check();
  assert.equal(reads, 1);
  nowMs = 1_000;
  await check();
  assert.equal(reads, 2);
});

Deno.test("a folder that hangs is told after two seconds, and is not read again before it answers", async () => {
  let nowMs = 0;
  let reads = 0;
  let answer = (): void => {};
  const ends: (() => void)[] = [];
  const check = createLogFolderCheck({ containerLogsDir: "/logs", roots: [] }, {
    clock: () => nowMs,
    read: () => {
      reads++;
      return new Promise((resolve) => answer = () => resolve(undefined));
    },
    startTimer: (ms, onEnd) => {
      assert.equal(ms, 2_000);
      ends.push(onEnd);
      return () => {};
    },
  });
  const first = check();
  nowMs = 10_000;
  const second = check();
  for (const end of ends) end();
  assert.deepEqual(await Promise.all([first, second]), Array(2).fill("cannot read the log folder: no answer"));
  assert.equal(reads, 1);
  const third = check();
  answer();
  assert.equal(await third, undefined);
  const fourth = check();
  assert.equal(reads, 2);
  answer();
  assert.equal(await fourth, undefined);
});
