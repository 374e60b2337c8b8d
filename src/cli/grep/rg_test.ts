/**
 * Patterns mean what they mean to ripgrep. The program is `rg`, or what RG names.
 *
 * @module
 */
import assert from "#assert";
import { createRandom, type Random } from "../../../tests/support/random.ts";
import { testFile } from "../../../tests/support/random_log.ts";
import { hasRg, rgOutput } from "../../../tests/support/rg.ts";
import { runGrep } from "../../../tests/support/run_grep.ts";

/** Why rg before 14 refuses patterns that later ones take: an escaped blank, and a class of nothing. */
const OLD_REFUSALS = /unrecognized escape sequence|empty character class/;

interface Found {
  readonly code: number;
  readonly lines: string;
  readonly told: string;
}

async function ours(words: readonly string[]): Promise<Found> {
  const { code, text, warnings } = await runGrep(words);
  return { code, lines: text, told: warnings.join("\n") };
}

async function theirs(words: readonly string[]): Promise<Found> {
  const { code, stdout, stderr } = await rgOutput(["--no-filename", "--no-line-number", "--text", ...words]);
  return { code, lines: new TextDecoder().decode(stdout), told: new TextDecoder().decode(stderr) };
}

const ATOMS = [
  " ",
  " ",
  " ",
  "  ",
  "a",
  "b",
  ":",
  "é",
  ".",
  "\\s",
  "\\S",
  "\\ ",
  "\\t",
  "\\w",
  "(a b)",
  "(?: |b)",
  "^",
  "$",
];
const CLASSES = ["[ ]", "[^ ]", "[ a]", "[a b]", "[^ :]", "[ -a]", "[a\\ ]", "[[:space:]]", "[^\\s]", "[ &&[^a]]"];
const REPEATS = ["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "+?", "*?"];

/** A pattern with blanks: in classes, before quantifiers, behind backslashes, at its ends. */
function blankPattern(random: Random): string {
  const part = (): string => {
    const atom = random.pick(random.oneIn(3) ? CLASSES : ATOMS);
    return atom + (/^[$^]$/.test(atom) ? "" : random.pick(REPEATS));
  };
  const parts = Array.from({ length: 1 + random.int(5) }, part).join("");
  return random.pick(["", "", "", " ", "(?i)"]) + parts + random.pick(["", "", "", " ", "|b "]);
}

/**
 * Lines of words, blanks of several kinds, and colour codes around them; none is empty, none ends in white space, which
 * is not printed.
 */
function plainText(random: Random): string {
  const pieces = ["a", "b", "A", ":", "é", " ", " ", "  ", "\t", "\x1b[1m \x1b[0m", "\u00a0", "a b", "b: a"];
  const line = (): string => `${Array.from({ length: random.int(9) }, () => random.pick(pieces)).join("")}.`;
  return Array.from({ length: 150 }, () => `${line()}\n`).join("");
}

Deno.test({
  name: `grep() finds what rg finds: patterns with blanks${hasRg ? "" : " (skipped: there is no rg)"}`,
  ignore: !hasRg,
  fn: async () => {
    let compared = 0;
    const firstSeed = Number(Deno.env.get("SEED") ?? 1);
    for (let seed = firstSeed; seed < firstSeed + 6; seed++) {
      const random = createRandom(seed);
      await using file = await testFile(plainText(random));
      for (let count = 0; count < 50; count++) {
        const pattern = blankPattern(random);
        const flags = random.pick([[], [], ["-i"], ["-v"], ["-c"]]);
        const words = [...flags, "--", pattern, file.path];
        const [found, expected] = await Promise.all([ours(words), theirs(words)]);
        const about = `SEED=${seed}, ${JSON.stringify(words.slice(0, -1))}`;
        if (expected.code === 2) {
          assert(found.code === 2 || OLD_REFUSALS.test(expected.told), `${about}: ${expected.told}`);
          continue;
        }
        // rg prints no count of nothing.
        if (flags[0] === "-c" && expected.lines === "") assert.equal(found.lines, "0\n", about);
        else assert.equal(found.lines, expected.lines, about);
        assert.equal(found.code, expected.code, about);
        compared++;
      }
    }
    assert(compared > 200, `${compared} patterns`);
  },
});

Deno.test({
  name: `grep() finds what rg finds: files with a byte order mark${hasRg ? "" : " (skipped: there is no rg)"}`,
  ignore: !hasRg,
  fn: async () => {
    const text = "\ufefftest 1\n  test 2\ntest é 3\n😀 test\n";
    const utf16 = new Uint8Array(Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)).buffer);
    for (const bytes of [new TextEncoder().encode(text), utf16]) {
      await using file = await testFile(bytes);
      for (const pattern of ["^test", "^\\s*test", "é", "😀", "."]) {
        assert.deepEqual(await ours(["-c", pattern, file.path]), await theirs(["-c", pattern, file.path]), pattern);
      }
    }
  },
});
