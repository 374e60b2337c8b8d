import assert from "#assert";

const ROOT = new URL("../../", import.meta.url);
const NOT_CASES = /^(case|what|-+)$/;

/** The rows of `tests/faults.md`: what stands in each column. */
async function rows(): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL("tests/faults.md", ROOT));
  return text.split("\n").filter((line) => line.startsWith("|")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  ).filter(([first = ""]) => !NOT_CASES.test(first));
}

/** Numbers from the one to the other. */
const through = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("the table of faults has each case once, and each has a test or a reason", async () => {
  const cases = (await rows()).filter((row) => row.length === 4 && /^\d+$/.test(row[0] ?? ""));
  assert.deepEqual(cases.map(([number]) => Number(number)), through(1, 110));
  for (const [number, , test = "", result = ""] of cases) {
    assert.ok(test === "–" ? !result.startsWith("ok") && result !== "" : result.startsWith("ok"), `case ${number}`);
  }
});

/** Where a result says what only FULL=1 tries: once, at its end. */
const FULL_PART = /; with `FULL=1`: ([^;`]+)$/;

/** Every test file of the project that reads FULL, with what it says that this tries. */
async function fullTests(): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const folder of ["src", "tests", "tools"]) {
    for await (const name of Deno.readDir(new URL(folder, ROOT))) {
      await visit(`${folder}/${name.name}`, name.isDirectory);
    }
  }
  async function visit(path: string, isDirectory: boolean): Promise<void> {
    if (isDirectory) {
      for await (const entry of Deno.readDir(new URL(path, ROOT))) {
        await visit(`${path}/${entry.name}`, entry.isDirectory);
      }
    } else if (path.endsWith("_test.ts")) {
      const text = await Deno.readTextFile(new URL(path, ROOT));
      if (!/^const \w+ = Deno\.env\.get\("FULL"\)/m.test(text)) return;
      found.set(path, [...text.matchAll(/^\/\/ With FULL=1: (.+)$/gm)].map(([, what = ""]) => what));
    }
  }
  return found;
}

Deno.test("a result that holds only with FULL=1 says so, in the words of the test", async () => {
  const tests = await fullTests();
  assert.ok(tests.has("tests/load/rotation_test.ts"), "the tests are found");
  const told = new Map([...tests].map(([path, whats]) => [path, new Set(whats)]));
  for (const [path, whats] of tests) assert.ok(whats.length > 0, `${path} does not say what it tries with FULL=1`);
  for (const row of await rows()) {
    const result = row.at(-1) ?? "";
    const [, what] = FULL_PART.exec(result) ?? [];
    assert.equal(result.includes("FULL"), what !== undefined, `not the form "; with \`FULL=1\`: …": ${result}`);
    if (what === undefined) continue;
    const named = [...row.join(" ").matchAll(/`((?:[\w/]+\/)?\w+_test\.ts)`/g)]
      .map(([, path = ""]) => path.includes("/") ? path : `tests/faults/${path}`);
    const from = named.filter((path) => tests.get(path)?.includes(what));
    assert.notEqual(from.length, 0, `none of ${named.join()} says "With FULL=1: ${what}"`);
    for (const path of from) told.get(path)?.delete(what);
  }
  for (const [path, left] of told) assert.deepEqual([...left], [], `${path}: no result in tests/faults.md says so`);
});

Deno.test("no fault stands in the tables twice", async () => {
  const faults = (await rows()).map(([first = "", second = ""]) => /^\d+$/.test(first) ? second : first);
  assert.deepEqual(faults.filter((fault, index) => faults.indexOf(fault) < index), []);
});

Deno.test("the tests that the table of faults names are there, and those of its folder name the case", async () => {
  for (const [number = "", ...cells] of await rows()) {
    for (const [, path = ""] of cells.join(" ").matchAll(/`((?:[\w/]+\/)?\w+_test\.ts)`/g)) {
      const isOwn = !path.includes("/");
      const text = await Deno.readTextFile(new URL(isOwn ? `tests/faults/${path}` : path, ROOT));
      assert.ok(!isOwn || text.includes(`fault ${number}: `), `${path} has no test of case ${number}`);
    }
  }
});
