/**
 * Messages that are put together, those beside a match, and those of one stream, against a naive reader.
 *
 * @module
 */
import assert from "#assert";
import { gzipSync } from "node:zlib";
import { createRandom, type Random } from "../../../tests/support/random.ts";
import { FIRST_MS, testFile } from "../../../tests/support/random_log.ts";
import { runGrep } from "../../../tests/support/run_grep.ts";

interface Part {
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  readonly isFinal: boolean;
  readonly text: string;
}

interface Message {
  readonly time: string;
  readonly text: string;
}

const WORDS = ["alpha", "beta", "gam", "ma", "ü", "☃ ", "id=1", "tail "];

function randomParts(random: Random, count: number): Part[] {
  let ms = FIRST_MS;
  return Array.from({ length: count }, () => {
    ms += random.int(2000);
    return {
      time: `${new Date(ms).toISOString().slice(0, 23)}000000Z`,
      stream: random.pick(["stdout", "stdout", "stderr"] as const),
      isFinal: !random.oneIn(4),
      text: Array.from({ length: 1 + random.int(3) }, () => random.pick(WORDS)).join(""),
    };
  });
}

function lineOf({ time, stream, isFinal, text }: Part, kind: "cri" | "docker"): string {
  return kind === "cri"
    ? `${time} ${stream} ${isFinal ? "F" : "P"} ${text}\n`
    : `${JSON.stringify({ log: text + (isFinal ? "\n" : ""), stream, time })}\n`;
}

/** Puts the parts of each stream together. */
function joined(parts: readonly Part[]): Message[] {
  const messages: Message[] = [];
  const open = new Map<string, Message>();
  for (const { time, stream, isFinal, text } of parts) {
    const before = open.get(stream);
    const message = { time: before?.time ?? time, text: (before?.text ?? "") + text };
    open.delete(stream);
    if (isFinal) messages.push(message);
    else open.set(stream, message);
  }
  return [...messages, ...open.values()];
}

interface Wanted {
  readonly matches: (text: string) => boolean;
  readonly before: number;
  readonly after: number;
  readonly head?: number;
  readonly tail?: number;
}

/** The text that is to be printed, with the name of the file. */
function expected(messages: readonly Message[], { matches, before, after, head, tail }: Wanted): string {
  const all = messages.flatMap(({ text }, at) => matches(text) ? [at] : []);
  const found = tail === undefined ? all.slice(0, head) : all.slice(-tail);
  const printed = messages.map((_, at) => found.some((one) => at >= one - before && at <= one + after));
  let text = "";
  let last = -1;
  for (const [at, message] of messages.entries()) {
    if (!printed[at]) continue;
    if (before + after > 0 && last >= 0 && at > last + 1) text += "--\n";
    last = at;
    text += `f${matches(message.text) ? ":" : "-"}${message.time} ${message.text.trimEnd()}\n`;
  }
  return text;
}

for (const kind of ["cri", "docker"] as const) {
  Deno.test(`grep() of ${kind} lines puts parts together, with those beside a match, as a naive reader does`, async () => {
    const firstSeed = Number(Deno.env.get("SEED") ?? 1);
    for (let seed = firstSeed; seed < firstSeed + 25; seed++) {
      const random = createRandom(seed);
      const parts = randomParts(random, random.pick([0, 1, 10, 200, 2000]));
      const bytes = new TextEncoder().encode(parts.map((part) => lineOf(part, kind)).join(""));
      await using file = await testFile(random.oneIn(2) ? bytes : gzipSync(bytes));
      for (let count = 0; count < 6; count++) {
        const pattern = random.pick([
          "alphabeta",
          "gamma",
          "^alpha",
          "beta\\s*$",
          "(alpha|id=1)(beta|ma)",
          "never",
          "ü☃",
        ]);
        const isInverted = random.oneIn(4);
        const regExp = new RegExp(pattern);
        const [before, after] = [random.pick([0, 0, 1, 3]), random.pick([0, 0, 1, 4])];
        const limit = 1 + random.int(5);
        const [limits, limitWords] = random.pick(
          [
            [{}, []],
            [{ head: limit }, [`--head=${limit}`]],
            [{ tail: limit }, [`--tail=${limit}`]],
          ] as const,
        );
        const words = [
          "-H",
          "--join",
          ...limitWords,
          `-B${before}`,
          `-A${after}`,
          ...isInverted ? ["-v"] : [],
          pattern,
        ];
        const about = `SEED=${seed}, ${words.join(" ")}`;
        const matches = (text: string): boolean => regExp.test(text) !== isInverted;
        const { text } = await runGrep([...words, file.path]);
        const messages = joined(parts);
        const wanted = expected(messages, { matches, before, after, ...limits });
        assert.equal(text.replaceAll(file.path, "f"), wanted, about);
        const all = messages.filter((message) => matches(message.text)).length;
        const counted = await runGrep(["-c", "--join", ...isInverted ? ["-v"] : [], pattern, file.path]);
        assert.equal(counted.text, `${all}\n`, about);
      }
    }
  });

  Deno.test(`grep() of ${kind} lines takes those of one stream`, async () => {
    const random = createRandom(7);
    const parts = randomParts(random, 3000);
    await using file = await testFile(parts.map((part) => lineOf(part, kind)).join(""));
    for (const stream of ["stdout", "stderr"] as const) {
      const own = parts.filter((part) => part.stream === stream && part.text.includes("alpha"));
      const lines = own.map(({ time, text }) => `${time} ${text.trimEnd()}\n`);
      const ran = async (...words: string[]): Promise<string> =>
        (await runGrep(["--no-join", `--stream=${stream}`, ...words, "alpha", file.path])).text;
      assert.equal(await ran(), lines.join(""));
      assert.equal(await ran("--head=3"), lines.slice(0, 3).join(""));
      assert.equal(await ran("--tail=3"), lines.slice(-3).join(""));
      assert.equal(await ran("-c"), `${lines.length}\n`);
    }
  });
}

const LINE = "2025-03-04T05:00:00Z stdout";

Deno.test("grep() joins by itself where a sample of the log holds parts, in text only", async () => {
  const filler = `${LINE} F filler\n`.repeat(20_000);
  const big = "x".repeat(16_384);
  await using early = await testFile(`${LINE} P al\n${LINE} F pha\n${filler}${filler}`);
  await using late = await testFile(`${filler}${`${LINE} P al${big}\n${LINE} F pha\n`.repeat(40)}`);
  await using never = await testFile(filler);
  assert.match((await runGrep(["alpha", early.path])).text, / alpha\n$/);
  assert.equal((await runGrep(["-c", "alx+pha$", late.path])).text, "0\n");
  assert.equal((await runGrep(["-c", "--join", "alx+pha$", late.path])).text, "40\n");
  assert.equal((await runGrep(["alx+pha$", late.path])).text.split("\n").length, 41);
  assert.equal((await runGrep(["--no-join", "alx+pha$", late.path])).code, 1);
  assert.equal((await runGrep(["--json", "alpha", early.path])).code, 1);
  assert.match((await runGrep(["--json", "--join", "alpha", early.path])).text, /"message":"alpha","is_final":true/);
  assert.equal((await runGrep(["filler", "--tail=1", never.path])).text, "2025-03-04T05:00:00.000000000Z filler\n");
});

Deno.test("grep() says so where it prints parts one by one that its sample has missed", async () => {
  const filler = `${LINE} F filler ${"y".repeat(100)}\n`.repeat(20_000);
  await using file = await testFile(`${filler}${LINE} P al\n${LINE} F pha\n${filler}${filler}`);
  const { text, warnings } = await runGrep(["^al", file.path]);
  assert.equal(text, "2025-03-04T05:00:00.000000000Z al\n");
  assert.deepEqual(warnings, [
    `1 of the records of ${file.path} are parts of messages that the runtime cut; --join puts them together`,
  ]);
  assert.deepEqual((await runGrep(["--no-join", "^al", file.path])).warnings, []);
});

Deno.test("grep() makes a character whole that was cut between two parts, and a message up to 4 MiB", async () => {
  const [first, second, third] = new TextEncoder().encode("☃");
  const part = (tag: string, bytes: readonly number[]): number[] => [
    ...new TextEncoder().encode(`${LINE} ${tag} `),
    ...bytes,
    0x0a,
  ];
  await using file = await testFile(
    Uint8Array.from([...part("P", [first ?? 0]), ...part("P", [second ?? 0]), ...part("F", [third ?? 0, 0x61])]),
  );
  assert.match((await runGrep(["^☃a$", file.path])).text, / ☃a\n$/);
  const big = "x".repeat(1_000_000);
  await using long = await testFile(`${LINE} P ${big}\n`.repeat(9) + `${LINE} F end\n`);
  const { text } = await runGrep(["--join", "x|end", long.path]);
  const lengths = text.split("\n").map((line) => line.replace(/^\S+ /, "").length);
  assert.deepEqual(lengths, [4_000_000, 4_000_000, 1_000_003, 0]);
});

Deno.test("grep() refuses --stream on lines that tell no streams, and takes it on very long ones", async () => {
  await using plain = await testFile("a\nb\n");
  const { code, warnings } = await runGrep(["--stream=stdout", "a", plain.path]);
  assert.deepEqual([code, warnings], [2, [`Error: Cannot use --stream on ${plain.path}: its lines tell no streams`]]);
  const big = "x".repeat(3_000_000);
  for (
    const line of [
      `${LINE} F ${big}`,
      JSON.stringify({ log: `${big}\n`, stream: "stdout", time: "2025-03-04T05:00:00Z" }),
    ]
  ) {
    await using file = await testFile(`${line}\n`);
    assert.equal((await runGrep(["--stream=stdout", "-c", "x", file.path])).text, "1\n");
    assert.equal((await runGrep(["--stream=stderr", "-c", "x", file.path])).text, "0\n");
  }
});

Deno.test("grep() tells in JSON which records match, where those beside them are printed", async () => {
  await using file = await testFile(`${LINE} F a\n${LINE} F b\n`);
  const { text } = await runGrep(["--json", "-A1", "a", file.path]);
  assert.deepEqual(text.split("\n").slice(0, -1).map((line) => JSON.parse(line)), [
    { is_match: true, timestamp: "2025-03-04T05:00:00.000000000Z", message: "a", is_final: true },
    { is_match: false, timestamp: "2025-03-04T05:00:00.000000000Z", message: "b", is_final: true },
  ]);
});

Deno.test("grep() keeps a bounded text of the messages before a match", async () => {
  const big = "x".repeat(500_000);
  await using file = await testFile(`${LINE} F ${big}\n`.repeat(50) + `${LINE} F end\n`);
  const { text } = await runGrep(["-B1000000", "end", file.path]);
  assert.equal(text.split("\n").length - 2, Math.floor(16 * 1024 * 1024 / (big.length + 32)));
});

Deno.test("grep() refuses --follow and --merge with what is only for one log that has an end", async () => {
  for (
    const words of [["--follow", "-A1"], ["--merge", "-C1"], ["--merge", "--join"], ["--merge", "--stream=stdout"]]
  ) {
    await assert.rejects(runGrep([...words, "x", "/x"]), /exclude each other/);
  }
});
