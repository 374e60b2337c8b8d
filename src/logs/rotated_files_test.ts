import assert from "#assert";
import { basename } from "node:path";
import { replaced } from "../../tests/support/replaced.ts";
import { rotatedFiles } from "./rotated_files.ts";

interface Folder extends Disposable {
  put(...names: readonly string[]): void;
  remove(name: string): void;
  names(live: string): string[];
}

function createFolder(): Folder {
  const folder = Deno.makeTempDirSync({ prefix: "rotated-" });
  return {
    put: (...names) => {
      for (const name of names) Deno.writeTextFileSync(`${folder}/${name}`, name);
    },
    remove: (name) => Deno.removeSync(`${folder}/${name}`),
    names: (live) => rotatedFiles(`${folder}/${live}`).map(({ path }) => basename(path)),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("the kubelet's names are in the order of their times, a copy in the place of its original", () => {
  using folder = createFolder();
  folder.put("0.log", "0.log.20250304-050607", "0.log.20250304-050607.gz", "0.log.20250304-050606", "1.log");
  folder.put("0.log.20250304-050605.gz", "0.log.20250304-050604.tmp", "1.log.20250304-050605", "0.log.1", "0.log.gz");
  assert.deepEqual(folder.names("0.log"), [
    "0.log.20250304-050605.gz",
    "0.log.20250304-050606",
    "0.log.20250304-050607.gz",
  ]);
});

Deno.test("Docker's names are in the order of their numbers, backward", () => {
  using folder = createFolder();
  folder.put("a-json.log", "a-json.log.1", "a-json.log.2.gz", "a-json.log.10.gz", "a-json.log.20250304-050607");
  assert.deepEqual(folder.names("a-json.log"), ["a-json.log.10.gz", "a-json.log.2.gz", "a-json.log.1"]);
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
