import assert from "#assert";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { type NaiveRecord, naiveRecords } from "../../../tests/support/naive_records.ts";
import { createRandom, type Random } from "../../../tests/support/random.ts";
import type { Time } from "../../logs/time.ts";
import { createMatcher } from "../../search/engine/matcher.ts";
import { readPattern } from "../../search/syntax/read_pattern.ts";
import { runGrep } from "../../../tests/support/run_grep.ts";
import { FIRST_MS, type LogKind, randomLog, testFile } from "../../../tests/support/random_log.ts";

const shown = ({ seconds, nanos, message }: NaiveRecord): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, "0")}Z ${message}`;

const PATTERNS = [
  ["alpha"],
  ["-i", "alpha"],
  ["-i", "  ALPHA|beta"],
  [" alpha"],
  ["alpha +beta"],
  ["[^ ]+ alpha "],
  [" "],
  ["-v", "alpha"],
  ["-iv", "alpha|beta"],
  ["id=\\d+"],
  ["-v", "id=\\d+"],
  ["^\\w+ \\w+$"],
  [""],
  ["-v", ""],
  ["ü|☃"],
  ["never there"],
];

/** What the naive reader finds: the lines to be printed. */
function expectedLines(log: string, kind: LogKind, words: readonly string[], bounds: Bounds = {}): string[] {
  const flags = words.slice(1, -1).join("");
  const pattern = words.at(-1) ?? "";
  const matcher = createMatcher(readPattern(flags.includes("i") ? `(?i)${pattern}` : pattern));
  const matches = (raw: Uint8Array): boolean => matcher.matches(raw, 0, raw.length) !== flags.includes("v");
  const encoder = new TextEncoder();
  if (kind === "plain") {
    return log.split("\n").filter((line) => line !== "" && matches(encoder.encode(line)));
  }
  return naiveRecords(encoder.encode(log), kind, { ...bounds, matches }).map(shown);
}

interface Bounds {
  readonly start?: Time;
  readonly stop?: Time;
}

function randomBounds(random: Random): { readonly bounds: Bounds; readonly words: readonly string[] } {
  const at = (): Time => ({ seconds: FIRST_MS / 1000 + random.int(300), nanos: 0 });
  const [start = at(), stop = at()] = [at(), at()].sort((a, b) => a.seconds - b.seconds);
  const text = ({ seconds }: Time): string => new Date(seconds * 1000).toISOString();
  return random.pick([
    { bounds: {}, words: [] },
    { bounds: { start }, words: ["--since", text(start)] },
    { bounds: { stop }, words: [`--until=${text(stop)}`] },
    { bounds: { start, stop }, words: ["--since", text(start), "--until", text(stop)] },
  ]);
}

for (const kind of ["cri", "docker", "plain"] as const) {
  for (const packed of [false, true]) {
    Deno.test(`grep() of ${packed ? "packed " : ""}${kind} lines prints what a naive filter leaves`, async () => {
      const firstSeed = Number(Deno.env.get("SEED") ?? 1);
      for (let seed = firstSeed; seed < firstSeed + 15; seed++) {
        const random = createRandom(seed);
        const log = randomLog(random, kind, random.pick([0, 1, 10, 300, 3000]));
        const bytes = new TextEncoder().encode(log);
        await using file = await testFile(packed ? gzipSync(bytes) : bytes);
        for (let turn = 0; turn < 8; turn++) {
          const words = ["--no-join", ...random.pick(PATTERNS)];
          const { bounds, words: boundWords } = kind === "plain" ? { bounds: {}, words: [] } : randomBounds(random);
          const all = expectedLines(log, kind, words, bounds);
          const count = 1 + random.int(20);
          const [limit, lines] = random.pick(
            [
              [[], all],
              [[`--head=${count}`], all.slice(0, count)],
              [[`--tail=${count}`], all.slice(-count)],
            ] as const,
          );
          const about = `SEED=${seed}, ${[...words, ...boundWords, ...limit].join(" ")}`;
          const options = [...words, ...boundWords, ...limit];
          const text = await runGrep([...options, file.path]);
          assert.equal(text.text, lines.map((line) => `${line}\n`).join(""), about);
          assert.equal(text.code, lines.length > 0 ? 0 : 1, about);
          const counted = await runGrep([...options, "-c", file.path]);
          assert.deepEqual([counted.text, counted.code], [`${lines.length}\n`, text.code], about);
        }
      }
    });
  }
}

Deno.test("grep() takes the lines of plain text for what they say, also those that a runtime could have written", async () => {
  const json = '{"log":"disk \\u003e 90%\\n","stream":"stderr","time":"2025-03-04T05:00:00.5Z"}';
  const cri = "2025-03-04T05:00:00.5Z stdout F disk > 90%";
  const text = ["checking", json, cri, "done", "all is well"].map((line) => `${line}\n`).join("");
  for (const bytes of [text, gzipSync(text)]) {
    await using file = await testFile(bytes);
    for (
      const [words, lines] of [
        [["90%"], [json, cri]],
        [['"stream":"stderr"'], [json]],
        [['^\\{"log"'], [json]],
        [["u003e"], [json]],
        [["^disk"], []],
        [["-v", "90%"], ["checking", "done", "all is well"]],
        [["--tail=3", ""], [cri, "done", "all is well"]],
        [["stdout F .*%$"], [cri]],
      ] as const
    ) {
      const { text: printed } = await runGrep([...words, file.path]);
      assert.equal(printed, lines.map((line) => `${line}\n`).join(""), words.join(" "));
    }
  }
});

Deno.test("grep() takes a plain line of megabytes for a message in parts", async () => {
  const long = `${"x".repeat(9_000_000)} end`;
  await using file = await testFile(`first\n${long}\nlast\n`);
  const { text, warnings } = await runGrep(["x| end|t$", file.path]);
  assert.deepEqual([text.replaceAll(/x+/g, (run) => `<${run.length > 4_000_000}>`).split("\n").length, warnings], [
    6,
    [],
  ]);
  assert.equal(text.replaceAll("\n", ""), `first${long}last`);
});

Deno.test("grep() takes no line that only begins with a date for a record, also among records", async () => {
  const record = "2025-03-04T05:00:00Z stdout F a record";
  const dated = ["2025-03-04 05:00:00,123 INFO a date", "2025-03-04 stdout F a date"];
  await using file = await testFile([record, record, record, ...dated].map((line) => `${line}\n`).join(""));
  const { text, warnings } = await runGrep(["-c", "a", file.path]);
  assert.deepEqual([text, warnings], ["3\n", [`2 lines of ${file.path} left out: no records of a log`]]);
});

const CRI = `2025-03-04T05:00:00.5Z stdout P one a\nnothing a\n2025-03-04T05:00:01.25Z stderr F two b\n`;

Deno.test("grep() prints records as JSON, with the file's name where there are several", async () => {
  await using one = await testFile(CRI);
  await using two = await testFile('plain "a"\n');
  assert.deepEqual(await runGrep(["--json", "a", one.path]), {
    code: 0,
    text: '{"timestamp":"2025-03-04T05:00:00.500000000Z","message":"one a","is_final":false}\n',
    warnings: [`1 line of ${one.path} left out: no record of a log`],
  });
  assert.equal(
    (await runGrep(["--json", "a|b", one.path, two.path])).text,
    `{"file":"${one.path}","timestamp":"2025-03-04T05:00:00.500000000Z","message":"one a","is_final":false}\n` +
      `{"file":"${one.path}","timestamp":"2025-03-04T05:00:01.250000000Z","message":"two b","is_final":true}\n` +
      `{"file":"${two.path}","message":"plain \\"a\\"","is_final":true}\n`,
  );
  assert.equal(
    (await runGrep(["--json", "-c", "a|b", one.path, two.path])).text,
    `{"file":"${one.path}","count":2}\n{"file":"${two.path}","count":1}\n`,
  );
  assert.equal((await runGrep(["--json", "-c", "a", two.path])).text, '{"count":1}\n');
});

Deno.test("grep() names the file of each line and count where there are several", async () => {
  await using one = await testFile(CRI);
  await using two = await testFile("plain a\n");
  const files = [one.path, two.path];
  assert.equal(
    (await runGrep(["a", ...files])).text,
    `${one.path}:2025-03-04T05:00:00.500000000Z one a\n${two.path}:plain a\n`,
  );
  assert.equal((await runGrep(["-c", "b", ...files])).text, `${one.path}:1\n${two.path}:0\n`);
  assert.equal((await runGrep(["--tail=1", "", ...files])).text.split("\n").length, 3);
});

Deno.test("grep() prints what comes before the damage in what is packed, and ends with 2", async () => {
  const log = Array.from(
    { length: 20_000 },
    (_, at) => `2025-03-04T05:00:00Z stdout F line ${at} ${at * 7919 % 9973}\n`,
  );
  const packed = gzipSync(log.join(""));
  const cut = packed.subarray(0, packed.length >> 1);
  const sound = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  await using file = await testFile(cut);
  await using other = await testFile(CRI);
  const expected = sound.split("\n").filter((line) => /line \d/.test(line));
  for (
    const [words, wanted] of [
      [["line \\d"], expected],
      [["--tail=2", "line \\d"], expected.slice(-2)],
      [["--head=3", "line \\d"], expected.slice(0, 3)],
    ] as const
  ) {
    const { code, text, warnings } = await runGrep([...words, file.path]);
    assert.equal(
      text.replaceAll(".000000000Z", "Z"),
      wanted.map((l) => `${l.replace("stdout F ", "").trimEnd()}\n`).join(""),
    );
    const isCut = !words[0].startsWith("--head");
    assert.equal(code, isCut ? 2 : 0);
    assert.match(warnings.join("\n"), isCut ? /Error: Cannot decompress .* damaged or cut short/ : /^$/);
  }
  const counted = await runGrep(["-c", "line|two", file.path, other.path]);
  assert.deepEqual([counted.code, counted.text], [2, `${file.path}:${expected.length}\n${other.path}:1\n`]);
});

Deno.test("grep() finds the first word of a file behind a byte order mark, and records behind a hole", async () => {
  await using marked = await testFile("\ufefftest 1\ntest 2\n");
  assert.deepEqual((await runGrep(["-c", "^test", marked.path])).text, "2\n");
  for (const head of ["\ufeff", "\0".repeat(1000), "\0".repeat(100_000)]) {
    for (const packed of [false, true]) {
      const bytes = new TextEncoder().encode(`${head}${CRI}`);
      await using file = await testFile(packed ? gzipSync(bytes) : bytes);
      const words = [
        "--since=2025-03-04T05:00:00Z",
        "--until=2025-03-04T06:00:00Z",
        "^(one|two) [ab]$",
        "--no-join",
        file.path,
      ];
      assert.equal(
        (await runGrep(words)).text,
        "2025-03-04T05:00:00.500000000Z one a\n2025-03-04T05:00:01.250000000Z two b\n",
      );
      assert.equal(
        (await runGrep(["--tail=1", "--no-join", "", file.path])).text,
        "2025-03-04T05:00:01.250000000Z two b\n",
      );
    }
  }
});

Deno.test("grep() finds the record right behind a hole amid a log", async () => {
  const records = CRI.split("\n").filter((line) => line.includes(" std"));
  await using file = await testFile(records.join(`\n${"\0".repeat(5000)}`));
  for (const pattern of ["one|two", "^(one|two) [ab]$", ""]) {
    assert.deepEqual(await runGrep(["-c", pattern, file.path]), { code: 0, text: "2\n", warnings: [] });
  }
});

Deno.test("grep() goes on behind a file that it cannot read, and ends with 2", async () => {
  await using file = await testFile(CRI);
  const missing = `${file.path}.missing`;
  const { code, text, warnings } = await runGrep(["-c", "one", missing, file.path, `${file.path}/x`]);
  assert.equal(code, 2);
  assert.equal(text, `${file.path}:1\n`);
  assert.deepEqual(warnings.filter((line) => line.startsWith("Error")), [
    `Error: Cannot open ${missing}: No such file or directory (os error 2)`,
    `Error: Cannot open ${file.path}/x: Not a directory (os error 20)`,
  ]);
});

Deno.test("grep() refuses a pattern before it looks at any file", async () => {
  const { code, text, warnings } = await runGrep(["(", "/missing"]);
  assert.deepEqual([code, text, warnings.length], [2, "", 1]);
  assert.match(warnings[0] ?? "", /^Error: Invalid grep pattern: .*unclosed group/);
});

Deno.test("grep() refuses times where lines tell none, but not where there are no lines", async () => {
  await using plain = await testFile("a\n");
  await using empty = await testFile("");
  assert.deepEqual(await runGrep(["--since=5m", "a", plain.path]), {
    code: 2,
    text: "",
    warnings: [`Error: Cannot use --since on ${plain.path}: its lines tell no times`],
  });
  assert.equal((await runGrep(["--until=5m", "a", plain.path])).code, 2);
  assert.deepEqual(await runGrep(["--since=5m", "a", empty.path]), { code: 1, text: "", warnings: [] });
});

Deno.test("grep() has colours where they are wanted", async () => {
  await using file = await testFile(CRI);
  const colourful = "\x1b[2m2025-03-04T05:00:01.250000000Z\x1b[0m \x1b[1;31mtwo\x1b[0m b\x1b[0m\n";
  const plain = "2025-03-04T05:00:01.250000000Z two b\n";
  const terminal = { isForTerminal: true, wantsColours: true };
  assert.equal((await runGrep(["two", file.path])).text, plain);
  assert.equal((await runGrep(["two", file.path], terminal)).text, colourful);
  assert.equal((await runGrep(["--color=always", "two", file.path])).text, colourful);
  assert.equal((await runGrep(["-i", "--color=always", "TWO", file.path])).text, colourful);
  assert.equal((await runGrep(["--color=never", "two", file.path], terminal)).text, plain);
  assert(!(await runGrep(["--color=always", "--json", "two", file.path])).text.includes("\x1b"));
  assert(!(await runGrep(["--color=always", "-v", "one", file.path])).text.includes("\x1b[1;31m"));
});

Deno.test("grep() ends quietly when nobody reads what it prints", async () => {
  await using file = await testFile(CRI);
  const writeSync = (): number => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  for (const words of [["a"], ["-c", "a"], ["--tail=1", "a"], ["--explain", "a"]]) {
    const { code, warnings } = await runGrep([...words, file.path], { writeSync });
    assert.equal(code, 0);
    assert.deepEqual(warnings.filter((line) => line.startsWith("Error")), []);
  }
});

Deno.test("grep() ends with 2 at the first thing that it cannot write", async () => {
  await using file = await testFile(CRI);
  const writeSync = (): number => {
    throw new Error("No space left on device");
  };
  const { code, warnings } = await runGrep(["-c", "a", file.path, file.path], { writeSync });
  assert.equal(code, 2);
  assert.deepEqual(warnings.filter((line) => line.startsWith("Error")), [
    "Error: Cannot write: No space left on device",
  ]);
});

Deno.test("grep() explains a search, and finds nothing", async () => {
  const { code, text } = await runGrep(["--explain", "-v", "two words"]);
  assert.equal(code, 0);
  assert.match(text, /^pattern +two words\nplan +every line is judged\n/);
});

Deno.test("grep() explains which text a search goes by in a file: the one that fewest of its lines hold", async () => {
  const line = (word: string): string => `2026-01-01T00:00:00.000000001Z stdout F ${word} of a worker\n`;
  await using queues = await testFile(line("queue").repeat(299) + line("queue, timeout"));
  await using timeouts = await testFile(line("timeout").repeat(399) + line("queue, timeout"));
  await using few = await testFile(line("timeout"));
  const { code, text, warnings } = await runGrep([
    "--explain",
    "queue.*timeout",
    queues.path,
    timeouts.path,
    few.path,
    "/missing",
  ]);
  assert.equal(code, 2);
  assert.match(text, /\n +in this order: "queue"; then "timeout"\n/);
  const { path: one } = queues;
  assert.ok(
    text.includes(
      `${one}: of 300 lines at its beginning: "queue" in 300; "timeout" in 1\n         looked for: "timeout"\n`,
    ),
    text,
  );
  const { path: other } = timeouts;
  assert.ok(
    text.includes(
      `${other}: of 400 lines at its beginning: "queue" in 1; "timeout" in 400\n         looked for: "queue"\n`,
    ),
    text,
  );
  assert.match(
    text,
    /"timeout" in 1\n +looked for: "(queue|timeout)", the first guess: there are too few lines to count\n$/,
  );
  assert.deepEqual(warnings.length, 1);
});

Deno.test("grep() takes the bar away before it prints", async () => {
  await using file = await testFile(CRI);
  const steps: string[] = [];
  let total: number | undefined = -1;
  await runGrep(["two", file.path], {
    writeSync: (bytes) => steps.push("write") && bytes.length,
    progress: (bytes) => {
      total = bytes;
      return { add: () => steps.push("add"), clear: () => steps.push("clear") };
    },
  });
  assert.equal(total, CRI.length);
  assert.equal(steps.at(steps.indexOf("write") - 1), "clear");
  assert.equal(steps.at(-1), "clear");
  assert(steps.includes("add"));
});

Deno.test("grep() prints names of files as -H and -h ask", async () => {
  await using file = await testFile("2025-03-04T05:00:00Z stdout F a\n");
  const { path } = file;
  const line = "2025-03-04T05:00:00.000000000Z a\n";
  assert.equal((await runGrep(["a", path])).text, line);
  assert.equal((await runGrep(["-H", "a", path])).text, `${path}:${line}`);
  assert.equal((await runGrep(["-h", "a", path, path])).text, line + line);
  assert.equal((await runGrep(["-Hc", "a", path])).text, `${path}:1\n`);
  assert.equal((await runGrep(["-hc", "a", path, path])).text, "1\n1\n");
});
