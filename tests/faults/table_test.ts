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
  assert.deepEqual(cases.map(([number]) => Number(number)), [...through(1, 70), ...through(80, 99)]);
  for (const [number, , test = "", result = ""] of cases) {
    assert.ok(test === "–" ? !result.startsWith("ok") && result !== "" : result.startsWith("ok"), `case ${number}`);
  }
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
