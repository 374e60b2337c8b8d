/**
 * The options that grep shares with rg: what each prints, and that rg prints the same.
 *
 * @module
 */
import assert from "#assert";
import { hasRg } from "../../../tests/support/rg.ts";
import { runGrep, runRg } from "../../../tests/support/run_grep.ts";

const FILES = {
  a: "foo bar\nFOO baz\nx\nfoo\n-foo-\nfoobar\n",
  b: "nothing\n",
  crlf: "foo\r\nx foo.\r\n",
  words: "naïve foo-bar\n_foo\nfoo\nFoo\nfoo2 foo\nÉfoo é\n",
  binary: "bin\0foo\nfoo\nbar\n",
  patterns: "fo\nbaz\n",
  nothing: "",
  dots: "a.b\naxb\na+b\n(\n",
  digits: "1 22 333\nno\n",
  context: "a1\nm\na2\na3\na4\nm\nm\na5\nm\na6\n",
  more: "m\nq\nz\nm",
};

/** Words, what is printed, and the exit code: 0 unless it is given. */
const CASES: readonly (readonly [words: readonly string[], text: string, code?: number])[] = [
  [["-e", "baz", "-e", "^x", "a"], "FOO baz\nx\n"],
  [["-e", "-foo", "a"], "-foo-\n"],
  [["-f", "patterns", "a"], "foo bar\nFOO baz\nfoo\n-foo-\nfoobar\n"],
  [["-f", "patterns", "-e", "x", "-c", "a"], "6\n"],
  [["-f", "nothing", "a"], "", 1],
  [["-F", "a.b", "dots"], "a.b\n"],
  [["-F", "(", "dots"], "(\n"],
  [["-F", "-e", "a+b", "-e", "(", "dots"], "a+b\n(\n"],
  [["-Fi", "A.B", "dots"], "a.b\n"],
  [["-w", "foo", "words"], "naïve foo-bar\nfoo\nfoo2 foo\n"],
  [["-w", "na", "words"], "", 1],
  [["-w", "-e", "-bar", "words"], "", 1],
  [["-w", "foo|Foo", "words"], "naïve foo-bar\nfoo\nFoo\nfoo2 foo\n"],
  [["-x", "foo", "words"], "foo\n"],
  [["-x", "-i", "foo", "words"], "foo\nFoo\n"],
  [["-xF", "-e", "-foo-", "a"], "-foo-\n"],
  [["-x", "foo|bar", "a"], "foo\n"],
  [["-x", "-w", "foo", "a"], "foo bar\nfoo\n-foo-\n"],
  [["-w", "-x", "foo", "a"], "foo\n"],
  [["-i", "-s", "FOO", "a"], "FOO baz\n"],
  [["-s", "-i", "^FOO$", "a"], "foo\n"],
  [["-S", "foo", "-c", "a"], "5\n"],
  [["-S", "Foo", "a"], "", 1],
  [["-S", "\\Soo", "-c", "a"], "5\n"],
  [["-S", "É", "-c", "words"], "1\n"],
  [["foo$", "crlf"], "", 1],
  [["--crlf", "-c", "oo$", "crlf"], "1\n"],
  [["--crlf", "-c", "-x", "foo", "crlf"], "1\n"],
  [["-x", "foo", "crlf"], "", 1],
  [["-o", "foo", "a", "b"], "a:foo\na:foo\na:foo\na:foo\n"],
  [["-o", "[0-9]+", "digits"], "1\n22\n333\n"],
  [["-o", "[0-9]*", "digits"], "1\n22\n333\n\n\n\n"],
  [["-o", "é|ï", "words"], "ï\né\n"],
  [["-ov", "foo", "a"], "FOO baz\nx\n"],
  [["-o", "-m1", "o", "a"], "o\no\n"],
  [["-c", "-o", "o", "a"], "8\n"],
  [["-c", "-v", "foo", "a"], "2\n"],
  [["-l", "foo", "a", "b"], "a\n"],
  [["-l", "-v", "foo", "a", "b"], "a\nb\n"],
  [["-lc", "foo", "a"], "4\n"],
  [["--files-without-match", "foo", "a", "b"], "b\n"],
  [["--files-without-match", "foo", "a"], "", 1],
  [["-m1", "foo", "a"], "foo bar\n"],
  [["--max-count=2", "foo", "a", "words"], "a:foo bar\na:foo\nwords:naïve foo-bar\nwords:_foo\n"],
  [["-m0", "foo", "a"], "", 1],
  [["-m1", "-c", "foo", "a"], "1\n"],
  [["-q", "foo", "a"], ""],
  [["-q", "zzz", "a"], "", 1],
  [["-q", "foo", "a", "missing"], ""],
  [["--no-messages", "foo", "missing"], "", 2],
  [["-E", "foo", "a"], "foo bar\nfoo\n-foo-\nfoobar\n"],
  [["-P", "f[o]+$", "a"], "foo\n"],
  [["-z", "-N", "--line-buffered", "x", "a"], "x\n"],
  [["-R", "--recursive", "--no-heading", "x", "a"], "x\n"],
  [["-uuu", "--no-ignore", "--hidden", "x", "a"], "x\n"],
  [["foo", "binary"], 'binary file matches (found "\\0" byte around offset 3)\n'],
  [["-H", "foo", "binary"], 'binary: binary file matches (found "\\0" byte around offset 3)\n'],
  [["-v", "bar", "binary"], 'binary file matches (found "\\0" byte around offset 3)\n'],
  [["zzz", "binary"], "", 1],
  [["-a", "foo", "binary"], "bin\0foo\nfoo\n"],
  [["-c", "foo", "binary"], "2\n"],
  [["-l", "foo", "binary"], "binary\n"],
  [["-M6", "foo", "a"], "[Omitted long matching line]\nfoo\n-foo-\n[Omitted long matching line]\n"],
  [["-M", "0", "^foo ", "a"], "foo bar\n"],
  [["-M3", "-o", "foo", "a"], "foo\nfoo\nfoo\nfoo\n"],
  [["-I", "x", "a", "dots"], "x\naxb\n"],
  [["-A1", "m", "context"], "m\na2\n--\nm\nm\na5\nm\na6\n"],
  [["-B", "1", "m", "context"], "a1\nm\n--\na4\nm\nm\na5\nm\n"],
  [["-C1", "m", "context"], "a1\nm\na2\n--\na4\nm\nm\na5\nm\na6\n"],
  [["-B2", "m", "context"], "a1\nm\n--\na3\na4\nm\nm\na5\nm\n"],
  [["--context=9", "m", "context"], FILES.context],
  [["-A0", "m", "more"], "m\nm\n"],
  [
    ["-A1", "m", "context", "more"],
    "context:m\ncontext-a2\n--\ncontext:m\ncontext:m\ncontext-a5\ncontext:m\ncontext-a6\n--\n" +
    "more:m\nmore-q\n--\nmore:m\n",
  ],
  [["-HA1", "q", "more"], "more:q\nmore-z\n"],
  [["-A1", "-v", "^a", "context"], "m\na2\n--\nm\nm\na5\nm\na6\n"],
  [["-m1", "-A3", "m", "context"], "m\na2\na3\na4\n"],
  [
    ["-H", "-m2", "-A3", "m", "context"],
    "context:m\ncontext-a2\ncontext-a3\ncontext-a4\ncontext:m\ncontext:m\ncontext-a5\ncontext:m\n",
  ],
  [["-m1", "-B3", "a4", "context"], "m\na2\na3\na4\n"],
  [["-A1", "-o", "[mq]", "more"], "m\nq\nz\nm\n"],
  [["-c", "-A1", "m", "context"], "4\n"],
  [["-l", "-C5", "m", "context", "b"], "context\n"],
  [["-M2", "-A1", "1", "context"], "[Omitted long matching line]\nm\n"],
  [["-M2", "-A1", "^m", "-m1", "context"], "m\n[Omitted long context line]\n"],
];

/** Options that rg has in another meaning, or not; `-E` there takes an argument. */
const NOT_OF_RG: ReadonlySet<string> = new Set(["-E", "-P", "-R"]);

/** Runs a function in a folder that holds the files. */
async function inFolder(run: (inside: (words: readonly string[]) => string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "grep-options-" });
  try {
    for (const [name, text] of Object.entries(FILES)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const isFile = (word: string): boolean => word in FILES || word === "missing";
    await run((words) => words.map((word) => isFile(word) ? `${folder}/${word}` : word));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Names of files without their folder. */
const plain = (text: string): string => text.replaceAll(/\/\S*\/grep-options-\w+\//g, "");

for (const [words, text, code = 0] of CASES) {
  Deno.test(`grep ${words.join(" ")} prints what rg prints`, async () => {
    await inFolder(async (inside) => {
      const ours = await runGrep(inside(words));
      assert.deepEqual([plain(ours.text), ours.code], [text, code]);
      if (!hasRg || words.some((word) => NOT_OF_RG.has(word))) return;
      const theirs = await runRg(inside(words));
      // With --crlf, rg ends its own lines so, too.
      assert.deepEqual([plain(theirs.text).replaceAll("\r", ""), theirs.code], [text, code], "rg");
    });
  });
}

Deno.test("grep -L prints the names of files without a match, as JSON, too", async () => {
  await inFolder(async (inside) => {
    assert.equal(plain((await runGrep(inside(["-L", "foo", "a", "b"]))).text), "b\n");
    assert.equal(plain((await runGrep(inside(["-L", "--json", "foo", "a", "b"]))).text), '{"file":"b"}\n');
  });
});

Deno.test("grep takes flags of a pattern for that pattern only, and no pattern for one that matches nothing", async () => {
  await inFolder(async (inside) => {
    const ran = async (...words: string[]): Promise<string> => (await runGrep(inside(words))).text;
    // Before its version 14, rg has another mind about these.
    assert.equal(await ran("-e", "(?i)baz", "-e", "BAR", "a"), "FOO baz\n");
    assert.equal(await ran("-e", "(?x) b a z", "-e", "^x", "a"), "FOO baz\nx\n");
    assert.equal(await ran("-v", "-f", "nothing", "b"), "nothing\n");
    // -A and -B are more exact than -C.
    assert.equal(await ran("-C1", "-A0", "m", "more"), "m\n--\nz\nm\n");
    assert.equal(await ran("-A0", "-C1", "m", "more"), "m\n--\nz\nm\n");
    assert.equal((await runGrep(inside(["-e", "a)", "-e", "(b", "a"]))).code, 2);
  });
});

Deno.test("grep --exclude leaves out records that match, too", async () => {
  await inFolder(async (inside) => {
    const ran = async (...words: string[]): Promise<string> => (await runGrep(inside(words))).text;
    assert.equal(await ran("foo", "--exclude", "bar", "a"), "foo\n-foo-\n");
    assert.equal(await ran("foo", "--exclude", "bar", "--exclude=-", "a"), "foo\n");
    assert.equal(await ran("-i", "foo", "--exclude", "BAR", "a"), "FOO baz\nfoo\n-foo-\n");
    assert.equal(await ran("-v", "foo", "--exclude", "x", "a"), "FOO baz\n");
    assert.equal(await ran("", "--exclude", "foo", "a"), "FOO baz\nx\n");
    assert.equal(await ran("-x", "foo", "--exclude", "o", "a"), "");
    assert.equal(await ran("-c", "fo+\\b|x", "--exclude", "-", "a"), "3\n");
  });
});

Deno.test("grep tells whoever wants the numbers of lines what -n is", async () => {
  await inFolder(async (inside) => {
    const [path = ""] = inside(["a"]);
    const warnings = async (...words: string[]): Promise<readonly string[]> =>
      (await runGrep([...words, "--logs", path.slice(0, -1)])).warnings;
    const note =
      `-n foo is the namespace foo here, and ${path} the pattern; records have times in place of line numbers`;
    assert((await warnings("-n", "foo", path)).includes(note));
    assert(!(await warnings("-n", "foo", "no-file")).join().includes("line numbers"));
    assert(!(await warnings("--no-messages", "-n", "foo", path)).includes(note));
  });
});

Deno.test("grep refuses files of patterns that it cannot read, or that are too big", async () => {
  const refused = async (...words: string[]): Promise<string> => (await runGrep(words)).warnings.join();
  assert.match(
    await refused("-f", "/missing", "/x"),
    /^Error: Cannot read patterns from \/missing: No such file or directory \(os error 2\)$/,
  );
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, Uint8Array.of(0xff));
    assert.equal(await refused("-f", path, "/x"), `Error: Cannot read patterns from ${path}: it is not UTF-8`);
    await Deno.writeTextFile(path, "a".repeat(4 * 1024 * 1024 + 1));
    assert.match(await refused("-f", path, "/x"), /it has more than 4194304 bytes$/);
  } finally {
    await Deno.remove(path);
  }
});
