import assert from "#assert";
import { bundleContents, BundleContentsError, packageOf } from "./bundle_contents.ts";
import type { Package } from "./packages.ts";

const CACHE = "/cache/npm";

function packagesOf(...keys: readonly string[]): { all: ReadonlyMap<string, Package>; cache: string } {
  const all = keys.map((key): [string, Package] => {
    const at = key.lastIndexOf("@");
    return [key, { name: key.slice(0, at), version: key.slice(at + 1), integrity: "", folder: "", dependencies: [] }];
  });
  return { all: new Map(all), cache: CACHE };
}

const packages = packagesOf("a@1.0.0", "a@2.0.0", "@s/b@1.2.3", "@js-sdsl/ordered-map@4.4.2", "tslib@2.0.0");

for (
  const [what, path, owner] of [
    ["a file of the project", "/work/src/main.ts", undefined],
    ["a file of a package", `${CACHE}/registry.test/a/2.0.0/lib/x.js`, "a@2.0.0"],
    ["a file of a package with a scope", `${CACHE}/registry.test/@s/b/1.2.3/x.js`, "@s/b@1.2.3"],
    ["a second copy of a package", `${CACHE}/registry.test/a/1.0.0_1/x.js`, "a@1.0.0"],
    ["a source that is named beside the versions", `${CACHE}/registry.test/@s/b/.build/x.ts`, "@s/b@1.2.3"],
    [
      "what a package has compiled in",
      `${CACHE}/registry.test/node_modules/tslib/tslib.js`,
      "@js-sdsl/ordered-map@4.4.2",
    ],
  ] satisfies [string, string, string | undefined][]
) {
  Deno.test(`the package of ${what} is ${owner ?? "none"}`, () => assert.equal(packageOf(path, packages), owner));
}

for (
  const [what, path] of [
    ["a package that the lock file does not have", `${CACHE}/registry.test/c/1.0.0/x.js`],
    ["a version that is not told, where there are two", `${CACHE}/registry.test/a/.build/x.js`],
    ["what is compiled in and not known", `${CACHE}/registry.test/node_modules/c/x.js`],
  ] satisfies [string, string][]
) {
  Deno.test(`${what} is an error`, () => assert.throws(() => packageOf(path, packages), BundleContentsError));
}

Deno.test("a program's bytes are those of the files that its entry loads, and no others", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bundle-contents-" });
  try {
    const source = "../".repeat(folder.split("/").length - 1) + `${CACHE.slice(1)}/registry.test/@s/b/1.2.3/x.js`;
    const write = async (name: string, text: string, mappings: string): Promise<void> => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      await Deno.writeTextFile(`${folder}/${name}.map`, JSON.stringify({ sources: ["../own.ts", source], mappings }));
    };
    // 18 bytes of the project, then the package's.
    await write("entry.js", 'import"./chunk.js";packaged', "AAAA,mBCAA");
    await write("chunk.js", 'import("./later.js")', "AAAA");
    await write("later.js", "ä;import'./entry.js'", "ACAA,EDAA");
    await write("other.js", "packaged", "ACAA");
    const { bytes, packages: counts } = await bundleContents({ folder, entry: "entry.js" }, packages);
    assert.equal(bytes, 27 + 20 + 21);
    assert.deepEqual([...counts], [["@s/b@1.2.3", 8 + 3]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
