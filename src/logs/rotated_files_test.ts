import assert from "#assert";
import { basename } from "node:path";
import { replaced } from "../../tests/support/replaced.ts";
import { rotatedFiles, siblingFiles } from "./rotated_files.ts";

interface Folder extends Disposable {
  readonly path: string;
  put(...names: readonly string[]): void;
  remove(name: string): void;
  names(live: string): string[];
}

function createFolder(): Folder {
  const folder = Deno.makeTempDirSync({ prefix: "rotated-" });
  return {
    path: folder,
    put: (...names) => {
      for (const name of names) Deno.writeTextFileSync(`${folder}/${name}`, name);
    },
    remove: (name) => Deno.removeSync(`${folder}/${name}`),
    names: (live) => rotatedFiles(`${folder}/${live}`).map(({ path }) => basename(path)),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("the kubelet's names are in the order of their times, the original before its copy", () => {
  using folder = createFolder();
  folder.put("0.log", "0.log.20250304-050607", "0.log.20250304-050607.gz", "0.log.20250304-050606", "1.log");
  folder.put("0.log.20250304-050605.gz", "0.log.20250304-050604.tmp", "1.log.20250304-050605", "0.log.gz");
  assert.deepEqual(folder.names("0.log"), [
    "0.log.20250304-050605.gz",
    "0.log.20250304-050606",
    "0.log.20250304-050607",
  ]);
});

Deno.test("Docker's names are in the order of their numbers, backward", () => {
  using folder = createFolder();
  folder.put("a-json.log", "a-json.log.1", "a-json.log.2.gz", "a-json.log.10.gz", "a-json.log.old");
  assert.deepEqual(folder.names("a-json.log"), ["a-json.log.10.gz", "a-json.log.2.gz", "a-json.log.1"]);
});

Deno.test("what has the log's name and any suffix lies beside it; other logs and what is being made do not", () => {
  using folder = createFolder();
  folder.put(
    "0.log",
    "1.log",
    "10.log",
    "0.logs",
    "0.log~",
    "0.log.tmp",
    "0.log-20250304.gz.tmp",
    "0.log.20250304-050607.tmp",
  );
  folder.put(
    "0.log.1",
    "0.log.2.gz",
    "0.log-20250304-1741064767.gz",
    "0.log-20250304",
    "0.log.3.xz",
    "0.log.bak",
    "0.log_old",
  );
  folder.put("1.log.1", "0.log.20250304-050607");
  Deno.symlinkSync("1.log", `${folder.path}/0.log.link`);
  Deno.mkdirSync(`${folder.path}/0.log.d`);
  const { files, omitted } = siblingFiles(`${folder.path}/0.log`);
  assert.deepEqual(files.map(({ path }) => basename(path)), [
    "0.log.3.xz",
    "0.log.bak",
    "0.log_old",
    "0.log.2.gz",
    "0.log.1",
    "0.log-20250304",
    "0.log-20250304-1741064767.gz",
    "0.log.20250304-050607",
  ]);
  assert.equal(omitted, 0);
  assert.deepEqual(files.filter(({ isByRuntime }) => isByRuntime).map(({ path }) => basename(path)), [
    "0.log.20250304-050607",
  ]);
  // Those whose names tell their order.
  assert.deepEqual(folder.names("0.log"), files.slice(3).map(({ path }) => basename(path)));
});

Deno.test("of a file and its copy an empty one does not count", () => {
  using folder = createFolder();
  folder.put("0.log.1", "0.log.2.gz", "0.log.3");
  for (const name of ["0.log.1.gz", "0.log.2", "0.log.3.gz"]) Deno.writeTextFileSync(`${folder.path}/${name}`, "");
  Deno.writeTextFileSync(`${folder.path}/0.log.3`, "");
  const { files } = siblingFiles(`${folder.path}/0.log`);
  assert.deepEqual(files.map(({ path }) => basename(path)), ["0.log.3", "0.log.2.gz", "0.log.1"]);
});

Deno.test("of more than a thousand files beside a log the newest by name are looked at", () => {
  using folder = createFolder();
  const name = (count: number): string => `0.log.20250304-${String(count).padStart(6, "0")}`;
  folder.put(...Array.from({ length: 1010 }, (_, count) => name(count)));
  const { files, omitted } = siblingFiles(`${folder.path}/0.log`);
  assert.equal(files.length, 1000);
  assert.equal(basename(files[0]?.path ?? ""), name(10));
  assert.equal(omitted, 10);
});

Deno.test("a file that is compressed while the folder is looked at is not missed", () => {
  using folder = createFolder();
  const name = "0.log.20250304-050607";
  folder.put("0.log", name);
  const compress = (): void => {
    folder.put(`${name}.gz`);
    folder.remove(name);
  };
  // After its name was read, and before it was looked at.
  const { lstatSync, readDirSync } = Deno;
  let done = false;
  {
    using _ = replaced(Deno, "lstatSync", (path) => {
      if (!done) compress();
      done = true;
      return lstatSync(path);
    });
    assert.deepEqual(folder.names("0.log"), [`${name}.gz`]);
  }
  folder.remove(`${name}.gz`);
  folder.put(name);
  // While the names are read: the copy's place was passed by, and then the original was gone.
  done = false;
  using _ = replaced(Deno, "readDirSync", (path) => {
    if (done) return readDirSync(path);
    done = true;
    const before = [...readDirSync(path)];
    compress();
    return before.filter((entry) => entry.name !== name).values();
  });
  assert.deepEqual(folder.names("0.log"), [`${name}.gz`]);
});
