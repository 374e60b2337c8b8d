import assert from "#assert";
import { parseCommandLine } from "../flags.ts";
import { helpText, shortHelpText } from "./help_text.ts";
import type { CommandName, OptionRow } from "./option_row.ts";
import { COMMAND_NAMES, OPTION_TABLE, optionsOf } from "./option_table.ts";

/** A command line of each command, to which an option is added. */
const WORDS: Readonly<Record<CommandName, readonly string[]>> = {
  serve: ["--config=/x"],
  check: ["check", "--config=/x"],
  grep: ["grep", "x"],
  list: ["list"],
  "stream-forward": ["stream-forward", "/x"],
  "stream-backward": ["stream-backward", "/x"],
  completions: ["completions", "bash"],
};

/** Options without which one has nothing to change. */
const BEFORE: Readonly<Record<string, readonly string[]>> = { "case-sensitive": ["-i"] };

/** An argument for an option that has one: not what the option is without it. */
function argumentFor({ value, choices }: OptionRow): string {
  return choices?.at(-1) ??
    { N: "7", TIME: "2006-01-02T15:04:05Z", "KEY:VALUE": "a:b", ZONE: "Europe/Berlin" }[value ?? ""] ?? "other";
}

for (const command of COMMAND_NAMES) {
  for (const row of optionsOf(command)) {
    if (row.isIgnored || row.name === "config") continue;
    Deno.test(`${command} ${row.name} changes what is done`, () => {
      const words = [...WORDS[command], ...BEFORE[row.name] ?? []];
      const plain = parseCommandLine(words);
      const argument = argumentFor(row);
      const forms = [
        [`--${row.name}${row.value === undefined ? "" : `=${argument}`}`],
        ...(row.short === undefined ? [] : [[`-${row.short}`, ...row.value === undefined ? [] : [argument]]]),
        ...(row.aliases ?? []).map((alias) => [
          `${alias.length === 1 ? "-" : "--"}${alias}${row.value === undefined ? "" : `=${argument}`}`,
        ]),
      ];
      const commands = forms.map((form) => parseCommandLine([...words, ...form]));
      for (const [at, one] of commands.entries()) {
        assert.notEqual(one.kind, "usage-error", JSON.stringify(one));
        assert.notDeepEqual(one, plain, `${forms[at]}`);
        assert.deepEqual(one, commands[0], `${forms[at]}`);
      }
    });
  }

  for (const row of optionsOf(command).filter(({ isIgnored }) => isIgnored)) {
    Deno.test(`${command} ${row.name} is accepted, changes nothing, and the help says so`, () => {
      assert.deepEqual(parseCommandLine([...WORDS[command], `--${row.name}`]), parseCommandLine(WORDS[command]));
      assert.match(row.help, /^Accepted: /);
    });
  }

  Deno.test(`the help of ${command} tells each of its options, in lines that fit`, () => {
    const help = helpText(command);
    const told = [...help.matchAll(/^ {2}(?:(-\w), | {4})(--[\w-]+)/gm)].map(([, short, long]) => `${short} ${long}`);
    const rows = optionsOf(command);
    const expected = rows.map(({ short, name }) => `${short === undefined ? undefined : `-${short}`} --${name}`);
    assert.deepEqual(told.toSorted(), expected.toSorted());
    for (const line of help.split("\n")) {
      assert(line.length <= (line.startsWith("  -") || command === "serve" ? 120 : 105), line);
    }
  });
}

Deno.test("no two options of a command have the same name or letter", () => {
  for (const command of COMMAND_NAMES) {
    const forms = optionsOf(command).flatMap(({ name, short, aliases = [] }) => [name, short ?? name, ...aliases]);
    const rows = optionsOf(command).filter(({ short }) => short === undefined).length;
    assert.equal(new Set(forms).size, forms.length - rows, command);
  }
  assert(OPTION_TABLE.every(({ commands }) => commands.length > 0));
});

Deno.test("the short help of grep fits on a screen", () => {
  const lines = shortHelpText("grep").trimEnd().split("\n");
  assert(lines.length <= 24, `${lines.length} lines`);
  assert(lines.some((line) => line.startsWith("  -i, --ignore-case")));
});
