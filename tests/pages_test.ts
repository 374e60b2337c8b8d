import assert from "#assert";
import { anchorsOf, hasTest, linksOf, meanSentence, pathsOf, proseLines, sentencesOf } from "./_pages.ts";
import { projectFolder, projectText, sourceTexts } from "./support/project.ts";

const MAX_MEAN_SENTENCE = 20;
const MAX_README_LINES = 150;
const MAX_COLUMNS = 120;

/** The pages of the project, by their paths. */
async function pages(): Promise<ReadonlyMap<string, string>> {
  const names = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];
  for await (const { name } of Deno.readDir(new URL("docs/", projectFolder))) {
    if (name.endsWith(".md")) names.push(`docs/${name}`);
  }
  return new Map(await Promise.all(names.sort().map(async (name) => [name, await projectText(name)] as const)));
}

const all = await pages();

/** Folders of the project whose paths in backticks have to be there. */
const FOLDERS = ["src", "tests", "proto", "deploy", "docs", "tools", ".ci"];
/** Files that recipes tell to write. */
const TO_BE_WRITTEN = new Set(["src/logs/logfmt.ts", "src/collector/webhook_sink.ts"]);

async function isThere(path: string, from = ""): Promise<boolean> {
  try {
    await Deno.stat(new URL(path, new URL(from, projectFolder)));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("the pages are there that README leads to", () => {
  const wanted = [
    "architecture",
    "collector",
    "configuration",
    "differences",
    "operating",
    "performance",
    "permissions",
    "security",
    "sizing",
    "symptoms",
    "upgrading",
  ];
  const linked = linksOf(all.get("README.md") ?? "").map(({ target }) => target);
  for (const path of ["CONTRIBUTING.md", "SECURITY.md", ...wanted.map((name) => `docs/${name}.md`)]) {
    assert.ok(all.has(path) && linked.includes(path), path);
  }
});

Deno.test(`README has at most ${MAX_README_LINES} lines`, () => {
  const lines = (all.get("README.md") ?? "").trimEnd().split("\n").length;
  assert.ok(lines <= MAX_README_LINES, `${lines} lines`);
});

for (const [name, page] of all) {
  Deno.test(`${name} has sentences of at most ${MAX_MEAN_SENTENCE} words on average`, () => {
    const mean = meanSentence(page);
    const longest = sentencesOf(page).toSorted((a, b) => b.length - a.length).slice(0, 3).map((it) => it.join(" "));
    assert.ok(mean <= MAX_MEAN_SENTENCE, `${mean.toFixed(1)} words; the longest: ${longest.join(" / ")}`);
  });

  Deno.test(`${name} has prose of at most ${MAX_COLUMNS} columns`, () => {
    const wide = proseLines(page).filter(({ text }) => text.length > MAX_COLUMNS);
    assert.deepEqual(wide.map(({ line }) => line), []);
  });

  Deno.test(`the links of ${name} lead to files and headings that are there`, async () => {
    const broken: string[] = [];
    for (const { target, line } of linksOf(page)) {
      if (/^https?:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const there = path === "" ? name : new URL(path, new URL(name, "file:///")).pathname.slice(1);
      if (!await isThere(there)) broken.push(`${line}: ${target}`);
      else if (anchor !== undefined && !anchorsOf(await projectText(there)).has(anchor)) {
        broken.push(`${line}: ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  Deno.test(`the paths in backticks of ${name} are there`, async () => {
    const missing: string[] = [];
    for (const { target, line } of pathsOf(page, FOLDERS)) {
      if (!TO_BE_WRITTEN.has(target) && !await isThere(target)) missing.push(`${line}: ${target}`);
    }
    assert.deepEqual(missing, []);
  });
}

Deno.test("docs/architecture.md walks through a grep, a follow, a list and an event, by files", () => {
  const page = all.get("docs/architecture.md") ?? "";
  for (const walk of ["One grep", "One follow", "One list", "One event"]) {
    const [, section = ""] = page.split(`\n## ${walk}\n`);
    const files = pathsOf(section.split("\n## ")[0] ?? "", ["src"]).filter(({ target }) => target.endsWith(".ts"));
    assert.ok(files.length >= 4, `${walk} names ${files.length} files`);
  }
});

Deno.test("docs/architecture.md has each room of src in its table, and no other", async () => {
  const rooms = (await Array.fromAsync(Deno.readDir(new URL("src/", projectFolder)))).filter((it) => it.isDirectory);
  const told = [...(all.get("docs/architecture.md") ?? "").matchAll(/^\| `(src\/\w+)`/gm)].map(([, room]) => room);
  assert.deepEqual(told.toSorted(), rooms.map(({ name }) => `src/${name}`).toSorted());
});

Deno.test("each log line that docs/symptoms.md begins a row with is written somewhere", async () => {
  const [, table = ""] = (all.get("docs/symptoms.md") ?? "").split("\n## From a line of the log\n");
  const rows = table.split("\n## ")[0]?.split("\n").filter((line) => line.startsWith("|")).slice(2) ?? [];
  const messages = rows.flatMap((row) => /^\|[^|]*\|\s*`([^`]+)`/.exec(row)?.[1] ?? []);
  assert.ok(messages.length > 10, `${messages.length} messages`);
  const sources = await sourceTexts();
  assert.deepEqual(messages.filter((message) => !sources.some((text) => text.includes(message))), []);
});

for (const name of ["docs/permissions.md", "SECURITY.md"]) {
  Deno.test(`each link of ${name} to a test has the title of one that is there`, async () => {
    // In a table a line has many links, with titles that have brackets of their own.
    const links = [...(all.get(name) ?? "").matchAll(/\[([^[\]]+)\]\(([^()\s]*_(?:test|checks)\.ts)\)/g)];
    const folder = new URL(name, projectFolder);
    const missing: string[] = [];
    for (const [, title = "", target = ""] of links) {
      const source = await Deno.readTextFile(new URL(target, folder));
      if (!hasTest(source, title.replaceAll("\\", ""))) missing.push(`${target}: ${title}`);
    }
    assert.deepEqual(missing, []);
    assert.ok(name !== "docs/permissions.md" || links.length > 40, `${links.length} links`);
  });
}

Deno.test("each row of docs/permissions.md names a test, or says why there is none", () => {
  const rows = (all.get("docs/permissions.md") ?? "").split("\n## What they ask for\n")[0]?.split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[-| ]+\|$/.test(line) && !/\| test +\|$/.test(line)) ?? [];
  assert.ok(rows.length > 40, `${rows.length} rows`);
  assert.deepEqual(rows.filter((row) => !/_(test|checks)\.ts\)|\| – \w/.test(row)), []);
});

Deno.test("titles of tests are found: of tests, of steps, with templates, of both programs", () => {
  const source =
    'Deno.test("a, \\"b\\"", f); await t.step(`c ${x} and then more`, f); Deno.test(`the agent: ${x}`, f); Deno.test({ name: "e" }); testBoth("f", g);';
  for (const title of ['a, "b"', "c 1 and then more", "e", "the agent: f", "the collector: f"]) {
    assert.ok(hasTest(source, title), title);
  }
  for (const title of ["a", "c d", "f", "E", "c 1 and then more e", "the agent: g"]) {
    assert.ok(!hasTest(source, title), title);
  }
});

const SAMPLE = `# A title of very many words that are no sentence

One two three. Four \`five. five\` six! [Seven](x.md) eight
nine.

- Ten eleven
- Twelve. Thirteen

| a table. | of words. |

\`\`\`text
code. is. none. \`src/none.ts\` [none](none.md)
\`\`\`
![none](image.svg)
`;

Deno.test("sentences are those of the prose, and a list's items each begin one", () => {
  assert.deepEqual(sentencesOf(SAMPLE).map((words) => words.length), [3, 3, 3, 2, 1, 1]);
  assert.equal(meanSentence("One two.\n\nThree four five six.\n"), 3);
  assert.equal(meanSentence(`${"word ".repeat(21)}.\n`), 21);
});

Deno.test("links, anchors and paths are found outside of code", () => {
  assert.deepEqual(linksOf(SAMPLE).map(({ target }) => target), ["x.md", "image.svg"]);
  assert.deepEqual([...anchorsOf("# What's new\n## `a.ts` & b\n")], ["whats-new", "ats--b"]);
  assert.deepEqual(pathsOf("`src/a.ts`, `other/b.ts`\n```\n`src/c.ts`\n```\n`src`", ["src"]), [
    { target: "src/a.ts", line: 1 },
    { target: "src", line: 5 },
  ]);
});
