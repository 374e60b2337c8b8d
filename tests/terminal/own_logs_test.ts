/**
 * A program's own log, named on the command line, is text: no command takes its lines for those of a container log.
 *
 * @module
 */
import assert from "#assert";
import { eventually } from "../support/eventually.ts";
import { followFile } from "../../src/cli/files/follow_file.ts";
import { createOutput, takeAll } from "../../src/cli/files/output.ts";
import { recordJson } from "../../src/cli/files/record_json.ts";
import { createPrintingSink } from "../../src/cli/files/sinks.ts";
import { checkRandom } from "../support/property.ts";
import type { Random } from "../support/random.ts";
import { testFile } from "../support/random_log.ts";
import { runCommand } from "../support/run_command.ts";

const CRI = "2025-03-04T05:00:00.123456789Z stdout F a record";
const DOCKER = '{"log":"a record\\n","stream":"stdout","time":"2025-03-04T05:00:00Z"}';

/** Lines that begin as a record does and are none. */
const OWN_LINES = [
  "2026-11-29 17:00:00,123 INFO payment declined",
  "2026-11-29T17:00:00,123Z INFO payment declined",
  "2026-11-29T17:00:00Z INFO    payment declined",
  "2026-11-29T17:00:00.123456789Z ERROR payment declined",
  "2026-11-29T17:00:00.123456789Z stdlog F payment declined",
  "2026-11-29T17:00:00.123456789Z stdout X payment declined",
  "2026-11-29T17:00:00.123456789Z stdout Failed: payment declined",
  "2026-11-29T17:00:00.123456789Z stderr Payment declined",
  "2026-11-29T17:00:00.123456789Z  stdout F payment declined",
  "2026-11-29T17:00:00.123456789 stdout F payment declined",
  "2026-11-29T17:00:00+01:00 stdout X payment declined",
  "2026-11-29 stdout F payment declined",
  "1764435600 stdout F payment declined",
  '{"level":"error","time":"2026-11-29T17:00:00Z","msg":"payment declined"}',
  '{"log":"payment declined","level":"error","time":"2026-11-29T17:00:00Z"}',
  '{"log":"payment \\"stream\\":\\"stdout\\" declined","time":"2026-11-29T17:00:00Z"}',
  '{"log":{"text":"payment declined"},"stream":"stdout","time":"2026-11-29T17:00:00Z"}',
];
const HAS_DECLINED = "(?i)payment.*declined";

for (const line of OWN_LINES) {
  Deno.test(`no command takes for a record: ${line}`, async () => {
    await using alone = await testFile(`${line}\n${line}\n`);
    const found = await runCommand(["grep", HAS_DECLINED, alone.path]);
    assert.deepEqual([found.stdout, found.stderr, found.code], [`${line}\n${line}\n`, "", 0], "grep");
    for (const record of [CRI, DOCKER]) {
      await using mixed = await testFile(`${record}\n${record}\n${line}\n${record}\n`);
      for (const command of ["stream-forward", "stream-backward"]) {
        const printed = await runCommand([command, mixed.path]);
        assert.equal(printed.stdout.split("\n").length - 1, 3, `${command}: ${printed.stdout}`);
        assert(!printed.stdout.includes("declined"), command);
        assert.match(printed.stderr, /^1 line of .* left out: no record of a log\n$/, command);
        assert.equal((await runCommand([command, alone.path])).stdout, "", command);
      }
      const counted = await runCommand(["grep", "-c", "", mixed.path]);
      assert.deepEqual([counted.stdout, counted.code], ["3\n", 0], "grep -c");
      assert.match(counted.stderr, /^1 line of .* left out: no record of a log\n$/, "grep -c");
    }
  });
}

Deno.test("a follow that begins with an empty file takes no line of a program's own for a record", async () => {
  const folder = await Deno.makeTempDir({ prefix: "own-" });
  const path = `${folder}/app.log`;
  try {
    await Deno.writeTextFile(path, "");
    const out = createOutput();
    let printed = "";
    const flush = (): Promise<void> => {
      printed += new TextDecoder().decode(takeAll(out));
      return Promise.resolve();
    };
    const put = recordJson({ hasTimes: true });
    const query = {
      direction: "forward",
      follow: "start",
      start: undefined,
      stop: undefined,
      search: undefined,
    } as const;
    const following = followFile(path, query, { sink: createPrintingSink({ out, put, flush }), warn: () => {} });
    await Deno.writeTextFile(path, OWN_LINES.map((line) => `${line}\n`).join(""), { append: true });
    await Deno.writeTextFile(path, `${CRI}\n`, { append: true });
    await eventually("the record is printed", () => printed.includes("a record"));
    // The follow ends when its name is gone.
    await Deno.remove(path);
    assert.equal(await following, OWN_LINES.length);
    assert.equal(printed.split("\n").length - 1, 1, printed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [name, text, printed] of [
    ["a rest of a line, then records", `ecord\n${CRI}\n${CRI}\n`, 2],
    ["a time whose beginning is cut off, then records", `${CRI.slice(5)}\n${CRI}\n`, 1],
    [
      "a rest of Docker's line, then records",
      `ord\\n","stream":"stdout","time":"2025-03-04T05:00:00Z"}\n${DOCKER}\n`,
      1,
    ],
    ["NUL bytes, then records", `\0\0\0${CRI}\n${CRI}\n`, 2],
    ["a record without a line feed", CRI, 1],
    ["records, and one that is cut off", `${CRI}\n${CRI}\n${CRI.slice(0, 20)}`, 2],
  ] as const
) {
  Deno.test(`a log stays one that begins or ends with ${name}`, async () => {
    await using file = await testFile(text);
    const { stdout } = await runCommand(["grep", "record", file.path]);
    assert.deepEqual(stdout.match(/^2025-03-04T05:00:00\.\d{9}Z a record$/gm)?.length, printed, stdout);
  });
}

Deno.test("a line of Docker's JSON in plain text stays what it is", async () => {
  await using file = await testFile(`one record\ntwo\n${DOCKER}\n${CRI}\nthree records\n`);
  const { stdout, stderr } = await runCommand(["grep", "record", file.path]);
  assert.equal(stdout, `one record\n${DOCKER}\n${CRI}\nthree records\n`);
  assert.equal(stderr, "");
});

/** A line that begins as CRI's may, with words where a header would have its stream. */
function timedLine(random: Random): string {
  const time = random.pick(["2026-11-29T17:00:00.123456789Z", "2026-11-29T17:00:00Z", "17:00:00", ""]);
  const words = Array.from(
    { length: 1 + random.int(5) },
    () => random.pick(["ERROR", "pay", "declined", "a", "order"]),
  );
  return [time, ...words].join(" ");
}

Deno.test("a pattern of several texts finds them also where a record would have its header", async () => {
  await checkRandom(async (random) => {
    const lines = Array.from({ length: 1 + random.int(30) }, () => timedLine(random));
    const texts = Array.from(
      { length: 2 + random.int(2) },
      () => random.pick(["ERROR", "pay", "declined", "order", "2026-11-29", "00:00", "Z "]),
    );
    const pattern = texts.join(".*");
    await using file = await testFile(lines.map((line) => `${line}\n`).join(""));
    const { stdout } = await runCommand(["grep", pattern, file.path]);
    const expected = lines.filter((line) => new RegExp(pattern).test(line));
    assert.deepEqual(stdout.split("\n").slice(0, -1), expected, pattern);
  }, { runs: 150 });
});
