import assert from "#assert";
import { type Package, PackagesError } from "./packages.ts";
import { LicenceError, thirdParty, thirdPartyOfBundle } from "./third_party.ts";

/** Runs with packages of a folder of their own, each of which has these files. */
async function withPackages(
  files: Readonly<Record<string, Readonly<Record<string, string>>>>,
  fn: (all: ReadonlyMap<string, Package>) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "third-party-" });
  try {
    const all = new Map<string, Package>();
    for (const [key, texts] of Object.entries(files)) {
      const at = key.lastIndexOf("@");
      const it = { name: key.slice(0, at), version: key.slice(at + 1), integrity: "", dependencies: [] };
      const folder = `${root}/${key}`;
      await Deno.mkdir(folder, { recursive: true });
      for (const [file, text] of Object.entries(texts)) await Deno.writeTextFile(`${folder}/${file}`, text);
      all.set(key, { ...it, folder });
    }
    await fn(all);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const MIT = { "package.json": '{"license":"MIT"}', "LICENSE": "Permission is granted\r\nto all.\n" };

Deno.test("each package has its licence and its notices in its own words", () =>
  withPackages({
    "a@1.0.0": MIT,
    "b@2.0.0": { "package.json": '{"license":"Apache-2.0"}', "licence.md": "Terms", "NOTICE": "Names", "README": "no" },
  }, async (all) => {
    const text = await thirdParty(all.keys(), all);
    assert(text.includes("a@1.0.0\nMIT\n\nPermission is granted\nto all.\n"));
    assert(text.includes("b@2.0.0\nApache-2.0\n\nNames\n\nTerms\n"));
    assert(!text.includes("\nno\n"));
    assert.match(text, /\nDeno, the runtime\nMIT\n\nMIT License\n\nCopyright 2018-\d{4} the Deno authors\n/);
  }));

Deno.test("what another package has compiled in has the licence of the newest version that is known", () =>
  withPackages({
    "@js-sdsl/ordered-map@4.4.2": MIT,
    "tslib@2.9.1": { "package.json": '{"license":"0BSD"}', "LICENSE.txt": "older" },
    "tslib@2.10.0": { "package.json": '{"license":"0BSD"}', "LICENSE.txt": "newer" },
  }, async (all) => {
    const text = await thirdParty(["@js-sdsl/ordered-map@4.4.2"], all);
    assert(text.includes("tslib, which is compiled into @js-sdsl/ordered-map@4.4.2\n0BSD\n\nnewer\n"));
    await assert.rejects(
      thirdParty(["@js-sdsl/ordered-map@4.4.2"], new Map([...all].slice(0, 1))),
      /Cannot find tslib, which is compiled into/,
    );
  }));

for (
  const [what, files, error] of [
    ["no text", { "package.json": '{"license":"MIT"}', "README.md": "MIT" }, LicenceError],
    ["an empty text", { "package.json": '{"license":"MIT"}', "LICENSE": " \n" }, LicenceError],
    ["no licence in its package.json", { "package.json": "{}", "LICENSE": "MIT" }, PackagesError],
    ["no files", {}, PackagesError],
  ] satisfies [string, Record<string, string>, typeof LicenceError | typeof PackagesError][]
) {
  Deno.test(`a package with ${what} stops it`, () =>
    withPackages({ "a@1.0.0": MIT, "c@1.0.0": files }, async (all) => {
      await assert.rejects(
        thirdParty(all.keys(), all),
        (thrown: unknown) => thrown instanceof error && thrown.message.includes("c@1.0.0"),
      );
    }));
}

Deno.test("the bundle's packages are told, and what only tests use is not", async () => {
  const text = await thirdPartyOfBundle();
  for (const name of ["@grpc/grpc-js", "@kubernetes/client-node", "protobufjs", "yaml"]) {
    assert.match(text, new RegExp(`^${name}@\\d+\\.\\d+\\.\\d+$`, "m"));
  }
  for (const name of ["fast-check", "assemblyscript", "yargs"]) assert(!text.includes(`\n${name}@`), name);
});
