import assert from "#assert";
import { FlagError } from "../usage.ts";
import type { OptionRow } from "./option_row.ts";
import type { OptionName } from "./option_table.ts";
import { parseOptions } from "./parse_options.ts";

const base = { help: "x", group: "x", commands: ["grep"] } as const;
const ROWS: readonly OptionRow[] = [
  { ...base, name: "ignore-case", short: "i" },
  { ...base, name: "invert-match", short: "v" },
  { ...base, name: "head", short: "A", value: "N", aliases: ["first"] },
  { ...base, name: "grep", short: "e", value: "PATTERN", takesDash: true },
];

for (
  const [words, given, positionals] of [
    [[], {}, []],
    [["a", "-", "b"], {}, ["a", "-", "b"]],
    [["-A3"], { head: ["3"] }, []],
    [["-A", "3", "x"], { head: ["3"] }, ["x"]],
    [["-A=3"], { head: ["3"] }, []],
    [["--head=3"], { head: ["3"] }, []],
    [["--head", "3"], { head: ["3"] }, []],
    [["--first", "3"], { head: ["3"] }, []],
    [["--head="], { head: [""] }, []],
    [["--head", "-"], { head: ["-"] }, []],
    [["-ivA3", "x"], { "ignore-case": [""], "invert-match": [""], head: ["3"] }, ["x"]],
    [["-iA", "3", "x"], { "ignore-case": [""], head: ["3"] }, ["x"]],
    [["-e", "a", "x", "-eb", "--grep=-c"], { grep: ["a", "b", "-c"] }, ["x"]],
    [["-e", "-i"], { grep: ["-i"] }, []],
    [["-e", "--"], { grep: ["--"] }, []],
    [["-i", "--", "-v", "--"], { "ignore-case": [""] }, ["-v", "--"]],
    [["--head=a=b"], { head: ["a=b"] }, []],
  ] satisfies [string[], Partial<Record<OptionName, string[]>>, string[]][]
) {
  Deno.test(`parseOptions() reads ${JSON.stringify(words)}`, () => {
    const options = parseOptions(words, ROWS);
    assert.deepEqual(options.positionals, positionals);
    for (const name of ["ignore-case", "invert-match", "head", "grep"] as const) {
      const expected: readonly string[] = (given as Partial<Record<OptionName, string[]>>)[name] ?? [];
      assert.deepEqual(options.many(name), expected);
      assert.equal(options.has(name), expected.length > 0);
    }
  });
}

for (
  const [words, message] of [
    [["--heaf"], "Unknown option '--heaf'; did you mean --head?"],
    [["--inv"], "Unknown option '--inv'; did you mean --invert-match?"],
    [["--zzzzzz"], "Unknown option '--zzzzzz'"],
    [["-iz"], "Unknown option '-z'"],
    [["-I"], "Unknown option '-I'; did you mean -i, --ignore-case?"],
    [["--\x1b[31m"], "Unknown option '--\\u001b[31m'"],
    [["--head"], "Option '-A, --head <N>' argument missing"],
    [["-iA"], "Option '-A, --head <N>' argument missing"],
    [["-A", "-i"], "Option '-A, --head <N>' argument is ambiguous: '-i' looks like an option, write --head=…"],
    [["--ignore-case=yes"], "Option '-i, --ignore-case' does not take an argument"],
  ] as const
) {
  Deno.test(`parseOptions() refuses ${JSON.stringify(words)}`, () => {
    assert.throws(() => parseOptions(words, ROWS), { name: "FlagError", message });
  });
}

Deno.test("ParsedOptions tells the one argument, the last of several options, and how one was written", () => {
  const options = parseOptions(["-v", "--first=1", "-i", "-v", "-e1", "-e2"], ROWS);
  assert.equal(options.last("ignore-case", "invert-match"), "invert-match");
  assert.equal(options.last("ignore-case"), "ignore-case");
  assert.equal(options.last("help"), undefined);
  assert.equal(options.one("head"), "1");
  assert.equal(options.one("help"), undefined);
  assert.equal(options.spelling("head"), "first");
  assert.equal(options.spelling("grep"), "grep");
  assert.throws(() => options.one("grep"), new FlagError("--grep can be given only once"));
});
