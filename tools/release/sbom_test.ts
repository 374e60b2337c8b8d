import assert from "#assert";
import type { Inventory, InventoryEntry } from "./inventory.ts";
import { type Sbom, sbomOf } from "./sbom.ts";

const INTEGRITY = `sha512-${"A".repeat(86)}==`;

function entry(key: string, rest: Partial<InventoryEntry> = {}): [string, InventoryEntry] {
  const at = key.lastIndexOf("@");
  return [key, {
    name: key.slice(0, at),
    version: key.slice(at + 1),
    license: "MIT",
    description: "",
    integrity: INTEGRITY,
    folder: "",
    dependencies: [],
    role: "test",
    bytes: {},
    ...rest,
  }];
}

function inventoryOf(...entries: readonly (readonly [string, InventoryEntry])[]): Inventory {
  return { entries: new Map(entries), direct: ["@s/run@1.0.0", "test@1.0.0"], bytes: { agent: 10, collector: 10 } };
}

const INVENTORY = inventoryOf(
  entry("@s/run@1.0.0", { role: "run", bytes: { agent: 5 }, dependencies: ["left@1.0.0"], description: "It runs." }),
  entry("left@1.0.0", { role: "unused" }),
  entry("test@1.0.0"),
);

const bill = (inventory = INVENTORY): Sbom => sbomOf(inventory, { denoVersion: "2.0.0" });

Deno.test("a package of a program is required and names the program; others are excluded and tell why", () => {
  const found = bill().components.map(({ purl, scope, properties }) => [purl, scope, properties]);
  assert.deepEqual(found, [
    ["pkg:github/denoland/deno@v2.0.0", "required", undefined],
    ["pkg:npm/%40s/run@1.0.0", "required", [
      { name: "cluster-agent:role", value: "run" },
      { name: "cluster-agent:program", value: "agent" },
    ]],
    ["pkg:npm/left@1.0.0", "excluded", [{ name: "cluster-agent:role", value: "unused" }]],
    ["pkg:npm/test@1.0.0", "excluded", [{ name: "cluster-agent:role", value: "test" }]],
  ]);
});

Deno.test("a component has its group, name, licence and checksum", () => {
  const { group, name, version, description, licenses, hashes } = bill().components[1] ?? {};
  assert.deepEqual({ group, name, version, description, licenses, hashes }, {
    group: "@s",
    name: "run",
    version: "1.0.0",
    description: "It runs.",
    licenses: [{ license: { id: "MIT" } }],
    hashes: [{ alg: "SHA-512", content: "0".repeat(128) }],
  });
});

Deno.test("a program depends on the runtime and on what it holds, and each package on what it names", () => {
  const found = bill().dependencies.map(({ ref, dependsOn }) => [ref.replace(/@\d[^#]*/, ""), dependsOn]);
  const runtime = "pkg:github/denoland/deno@v2.0.0";
  assert.deepEqual(found, [
    ["pkg:generic/cluster-agent", [runtime, "pkg:npm/%40s/run@1.0.0", "pkg:npm/test@1.0.0"]],
    ["pkg:generic/cluster-agent#agent", [runtime, "pkg:npm/%40s/run@1.0.0"]],
    ["pkg:generic/cluster-agent#collector", [runtime]],
    ["pkg:npm/%40s/run", ["pkg:npm/left@1.0.0"]],
    ["pkg:npm/left", []],
    ["pkg:npm/test", []],
  ]);
});

Deno.test("the same packages give the same bytes, and others another number", () => {
  assert.equal(JSON.stringify(bill()), JSON.stringify(bill()));
  const other = bill(inventoryOf(...INVENTORY.entries, entry("more@1.0.0")));
  assert.match(
    other.serialNumber ?? "",
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.notEqual(other.serialNumber, bill().serialNumber);
});

Deno.test("what a package has compiled in is a part of it, at no version", () => {
  const key = "@js-sdsl/ordered-map@4.4.2";
  const found = bill({ ...inventoryOf(entry(key)), direct: [] }).components.find(({ name }) => name === "ordered-map");
  assert.deepEqual(found?.components, [{ type: "library", name: "tslib" }]);
});

Deno.test("a package without a checksum, or that is not there, is refused", () => {
  assert.throws(() => bill(inventoryOf(entry("@s/run@1.0.0", { integrity: "sha1-x" }), entry("test@1.0.0"))), {
    name: "TypeError",
    message: "Cannot take @s/run@1.0.0: deno.lock has no SHA-512 of it",
  });
  assert.throws(() => bill(inventoryOf(entry("test@1.0.0"))), /no package @s\/run@1\.0\.0/);
});
