import assert from "#assert";
import { checkReasons, dependents, PROGRAM_NAMES, ReasonError, rolesOf, takeInventory } from "./inventory.ts";
import type { Package } from "./packages.ts";
import { USES } from "./uses.ts";

/** The inventory of the project as it is, taken once. */
const inventory = await takeInventory();
const { entries, direct } = inventory;

Deno.test("each package of deno.json has a reason, and each reason a package", () => {
  assert.deepEqual(Object.keys(USES).toSorted(), direct.map((key) => entries.get(key)?.name).toSorted());
});

Deno.test("a package of deno.json without a reason is an error that names it", () => {
  assert.throws(
    () => checkReasons({ all: new Map(), direct: ["yaml", "left-pad"] }),
    (error: unknown) => error instanceof ReasonError && /what left-pad is for/.test(error.message),
  );
});

Deno.test("a package whose reason is that a program holds it is in a program, and no other is", () => {
  const told = direct.map((key) => [key, USES[entries.get(key)?.name ?? ""]?.role === "run"]);
  assert.deepEqual(told, direct.map((key) => [key, entries.get(key)?.role === "run"]));
});

Deno.test("what no program holds is not told to be for the programs: tools that generate import it, or tests alone", async () => {
  const importers = new Map<string, string[]>();
  for (const folder of ["src/", "tools/", "tests/"]) {
    for await (const [path, text] of filesBelow(folder)) {
      for (const [, name = ""] of text.matchAll(/\bfrom "((?:@[\w.-]+\/)?[\w.-]+)[^"]*"|^import "([^"]+)"/gm)) {
        if (Object.hasOwn(USES, name)) importers.set(name, [...importers.get(name) ?? [], path]);
      }
    }
  }
  const isTest = (path: string): boolean => path.startsWith("tests/") || /_(test|bench)\.ts$/.test(path);
  for (const [name, { role }] of Object.entries(USES)) {
    const program = (importers.get(name) ?? []).filter((path) => !isTest(path));
    if (role === "test") assert.deepEqual(program, [], name);
    assert(role !== "run" || program.length > 0, name);
  }
});

Deno.test("the programs have packages, each with bytes, and more bytes than their packages", () => {
  for (const program of PROGRAM_NAMES) {
    const counts = [...entries.values()].flatMap(({ bytes }) => bytes[program] ?? []);
    assert(counts.length >= 10, `${program} has ${counts.length} packages`);
    assert(counts.every((count) => count > 0));
    assert(counts.reduce((sum, count) => sum + count, 0) < inventory.bytes[program]);
  }
  const grpc = entries.get(direct.find((key) => key.startsWith("@grpc/grpc-js@")) ?? "");
  assert((grpc?.bytes.agent ?? 0) > 100_000);
});

Deno.test("a package that another one of the program names is by way of that", () => {
  const map = [...entries.keys()].find((key) => key.startsWith("@js-sdsl/ordered-map@")) ?? "";
  assert.deepEqual(dependents(map, inventory), ["@grpc/grpc-js"]);
});

Deno.test("what a bundled package names and the bundler leaves out is unused, and the first of several roles counts", () => {
  const one = (key: string, ...dependencies: readonly string[]): [string, Package] => {
    const [name = "", version = ""] = key.split("@");
    return [key, { name, version, dependencies, integrity: "", folder: "" }];
  };
  const all = new Map([
    one("yaml@1", "inner@1", "left@1"),
    one("inner@1", "deep@1"),
    one("left@1", "deep@1", "deeper@1"),
    one("deep@1"),
    one("deeper@1"),
    one("assemblyscript@1", "deep@1", "binaryen@1"),
    one("binaryen@1"),
    one("fast-check@1", "pure-rand@1", "binaryen@1"),
    one("pure-rand@1", "fast-check@1"),
  ]);
  const roles = rolesOf(
    { all, direct: ["assemblyscript@1", "fast-check@1", "yaml@1"] },
    (key) => ["yaml@1", "inner@1"].includes(key),
  );
  assert.deepEqual(Object.fromEntries(roles), {
    "yaml@1": "run",
    "inner@1": "run",
    "left@1": "unused",
    "deep@1": "unused",
    "deeper@1": "unused",
    "assemblyscript@1": "build",
    "binaryen@1": "build",
    "fast-check@1": "test",
    "pure-rand@1": "test",
  });
});

/** The TypeScript files of a folder of the project, with their texts. */
async function* filesBelow(folder: string): AsyncGenerator<readonly [string, string]> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(`../../${folder}`, import.meta.url))) {
    if (isDirectory) yield* filesBelow(`${folder}${name}/`);
    else if (name.endsWith(".ts")) {
      yield [folder + name, await Deno.readTextFile(new URL(`../../${folder}${name}`, import.meta.url))];
    }
  }
}
