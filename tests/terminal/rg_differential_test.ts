/**
 * What `cluster-agent grep` prints of plain text is what ripgrep prints, and so is its exit code: command lines by
 * chance, over files by chance. What differs on purpose is in `rg_differences.ts`, each with an example.
 *
 * The program is `rg`, or what RG names. `SEED=17 SEEDS=1` repeats one world of files with its command lines.
 *
 * @module
 */
import assert from "#assert";
import { OPTION_TABLE } from "../../src/cli/options/option_table.ts";
import { createRandom } from "../support/random.ts";
import { runCommand } from "../support/run_command.ts";
import { caseFiles, caseLine, type CaseWorld, SHARED_NAMES } from "./_rg_cases.ts";
import { hasRg } from "../support/rg.ts";
import { runRg } from "./_rg.ts";
import { comparable, DIFFERENCES, isCompared } from "./rg_differences.ts";
import { testFile } from "../support/random_log.ts";

const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);
const SEEDS = Number(Deno.env.get("SEEDS") ?? 10);
const LINES_PER_SEED = 40;

const known = new Set(
  OPTION_TABLE.filter(({ commands }) => commands.includes("grep")).flatMap((
    { name, aliases = [] },
  ) => [name, ...aliases]),
);

Deno.test("each option that is shared with rg is in the table of options", () => {
  assert.deepEqual(SHARED_NAMES.filter((name) => !known.has(name)), []);
});

Deno.test({
  name: `grep prints what rg prints, and ends as it does${hasRg ? "" : " (skipped: there is no rg)"}`,
  ignore: !hasRg,
  fn: async () => {
    const failures: string[] = [];
    const used = new Set<string>();
    let compared = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const folder = await Deno.makeTempDir({ prefix: "rg-" });
      try {
        const random = createRandom(seed);
        const files = caseFiles(random);
        for (const { name, bytes } of files) await Deno.writeFile(`${folder}/${name}`, bytes);
        let patternFiles = 0;
        const world: CaseWorld = {
          files,
          patternFile: (text) => {
            const path = `${folder}/patterns-${patternFiles++}`;
            Deno.writeTextFileSync(path, text);
            return path;
          },
        };
        for (let count = 0; count < LINES_PER_SEED; count++) {
          const line = caseLine(random, world, (name) => known.has(name));
          const chosen = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(files));
          const paths = [...new Set(chosen)].map(({ name }) => `${folder}/${name}`);
          if (!isCompared(line, chosen)) continue;
          const [ours, theirs] = await Promise.all([
            runCommand(["grep", ...line.ours, ...paths]),
            runRg([...line.rg, ...paths]),
          ]);
          const isSame = ours.code === theirs.code &&
            comparable(ours.stdout, line) === comparable(theirs.stdout, line);
          compared++;
          for (const name of line.names) used.add(name);
          if (isSame) continue;
          failures.push(
            `SEED=${seed} SEEDS=1: grep ${[...line.ours, ...paths].map((word) => JSON.stringify(word)).join(" ")}\n` +
              `  ours ${ours.code}: ${firstOther(ours.stdout, theirs.stdout)} ${ours.stderr.trim()}\n` +
              `  rg   ${theirs.code}: ${firstOther(theirs.stdout, ours.stdout)} ${theirs.stderr.trim()}`,
          );
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
    assert.equal(failures.length, 0, `${failures.length} of ${compared} differ:\n${failures.slice(0, 10).join("\n")}`);
    assert(SEEDS < 10 || compared >= 300, `only ${compared} command lines were compared`);
    if (SEEDS >= 10) assert.deepEqual(SHARED_NAMES.filter((name) => known.has(name) && !used.has(name)), []);
  },
});

/** The first line of `text` that is not in its place in `other`. */
function firstOther(text: string, other: string): string {
  const others = other.split("\n");
  const at = text.split("\n").findIndex((line, index) => line !== others[index]);
  if (at < 0) return "the same";
  const line = text.split("\n")[at] ?? "";
  const otherLine = others[at] ?? "";
  let column = 0;
  while (column < line.length && line[column] === otherLine[column]) column++;
  const from = Math.max(0, column - 40);
  return `line ${at + 1}, from ${from}: ${JSON.stringify(line.slice(from, from + 200))}`;
}

for (const { where, example } of DIFFERENCES) {
  Deno.test({
    name: `grep differs from rg as the table says: ${where}${hasRg ? "" : " (skipped: there is no rg)"}`,
    ignore: !hasRg,
    fn: async () => {
      await using file = await testFile(example.file);
      const bytesOf = (text: string | Uint8Array): Uint8Array =>
        typeof text === "string" ? new TextEncoder().encode(text) : text;
      for (
        const [said, ran] of [
          [example.here, await runCommand(["grep", ...example.here.words, file.path])],
          [example.rg, await runRg([...example.rg.words, file.path])],
        ] as const
      ) {
        assert.deepEqual([...ran.bytes], [...bytesOf(said.prints)], ran.stdout);
        assert.equal(ran.code, said.code);
      }
    },
  });
}
