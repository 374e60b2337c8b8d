import assert from "#assert";
import { gzipSync } from "node:zlib";
import { naiveRecords } from "../../../tests/support/naive_records.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { compileGrep } from "../../search/engine/matcher.ts";
import { randomLog, testFile } from "../../../tests/support/random_log.ts";
import { recordedTerminal } from "../../../tests/support/recorded_terminal.ts";
import { stream } from "./stream.ts";
import { parseStreamBackward, parseStreamForward } from "./stream_flags.ts";

async function ran(
  parse: typeof parseStreamForward,
  words: readonly string[],
  writeSync?: (bytes: Uint8Array) => number,
): Promise<{ code: number; text: string; complaints: readonly string[] }> {
  const command = parse(words);
  if (command.kind !== "stream") throw new TypeError(`Cannot run: ${JSON.stringify(command)}`);
  const { terminal, bytes, warnings } = recordedTerminal(writeSync === undefined ? {} : { writeSync });
  const code = await stream(command, terminal);
  return { code, text: new TextDecoder().decode(await bytes()), complaints: warnings };
}

for (const kind of ["cri", "docker"] as const) {
  Deno.test(`stream() of ${kind} lines prints what the agent would send, in either direction`, async () => {
    const random = createRandom(1);
    const log = new TextEncoder().encode(randomLog(random, kind, 2000));
    await using file = await testFile(log);
    await using packed = await testFile(gzipSync(log));
    const start = { seconds: Date.parse("2025-03-04T05:05:00Z") / 1000, nanos: 0 };
    const stop = { seconds: start.seconds + 600, nanos: 500_000_000 };
    const bounds = ["--start-time=2025-03-04T05:05:00Z", "--stop-time", "2025-03-04T05:15:00.5Z"];
    for (const [words, query] of [[[], {}], [bounds, { start, stop }]] as const) {
      for (const grep of ["", "alpha", "id=\\d+", "never"]) {
        const matcher = compileGrep(grep);
        const records = naiveRecords(log, kind, {
          ...query,
          ...(matcher && { matches: (raw: Uint8Array) => matcher.matches(raw, 0, raw.length) }),
        });
        const expected = records.map(({ seconds, nanos, message, final }) => ({
          timestamp: `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, "0")}Z`,
          message,
          is_final: final,
        }));
        const read = (text: string): unknown[] => text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
        const options = [...words, "--grep", grep];
        const forward = await ran(parseStreamForward, [...options, "--follow-from=noop", file.path]);
        assert.equal(forward.code, 0);
        assert.deepEqual(read(forward.text), expected);
        assert.deepEqual(read((await ran(parseStreamForward, [...options, packed.path])).text), expected);
        const backward = await ran(parseStreamBackward, [...options, file.path]);
        assert.deepEqual(read(backward.text), expected.toReversed());
      }
    }
  });
}

Deno.test("stream() tells what it left out and what it cannot read", async () => {
  await using file = await testFile("plain\n2025-03-04T05:00:00Z stdout F a\nplain\n");
  const line = '{"timestamp":"2025-03-04T05:00:00.000000000Z","message":"a","is_final":true}\n';
  assert.deepEqual(await ran(parseStreamForward, [file.path]), {
    code: 0,
    text: line,
    complaints: [`2 lines of ${file.path} left out: no records of a log`],
  });
  assert.deepEqual(await ran(parseStreamBackward, ["/missing"]), {
    code: 2,
    text: "",
    complaints: ["Error: Cannot open /missing: No such file or directory (os error 2)"],
  });
  assert.equal((await ran(parseStreamForward, ["--grep=(", file.path])).code, 2);
});

Deno.test("stream() takes no lines of a program's own log for records, whatever times they begin with", async () => {
  const lines = [
    "2026-11-29 17:00:00,123 INFO payment declined",
    "2026-11-29T17:00:00Z INFO    payment declined",
    "2026-11-29 a line of a report",
  ];
  await using file = await testFile(lines.map((line) => `${line}\n`).join("").repeat(10));
  const expected = { code: 0, text: "", complaints: [`30 lines of ${file.path} left out: no records of a log`] };
  assert.deepEqual(await ran(parseStreamForward, [file.path]), expected);
  assert.deepEqual(await ran(parseStreamBackward, [file.path]), expected);
  // A follow ends soon behind its stop.
  const stop = new Date(Date.now() + 1000).toISOString();
  assert.deepEqual(await ran(parseStreamForward, ["--follow-from=default", "--stop-time", stop, file.path]), expected);
});

Deno.test("stream() looks for the first record among many lines that are none", async () => {
  await using file = await testFile(
    `${"2026-11-29 17:00:00 INFO started\n".repeat(3000)}2025-03-04T05:00:00Z stdout F a\n`,
  );
  const { text } = await ran(parseStreamForward, [file.path]);
  assert.equal(text, '{"timestamp":"2025-03-04T05:00:00.000000000Z","message":"a","is_final":true}\n');
});

Deno.test("stream() does not follow what is packed", async () => {
  await using file = await testFile(gzipSync("2025-03-04T05:00:00Z stdout F a\n"));
  assert.deepEqual(await ran(parseStreamForward, ["--follow-from=end", file.path]), {
    code: 2,
    text: "",
    complaints: [`Error: Cannot follow ${file.path}: it is gzipped`],
  });
});

Deno.test("stream() does not read backward what is packed", async () => {
  await using file = await testFile(gzipSync("2025-03-04T05:00:00Z stdout F a\n"));
  assert.deepEqual(await ran(parseStreamBackward, [file.path]), {
    code: 2,
    text: "",
    complaints: [`Error: Cannot read ${file.path} backward: it can only be read from its beginning`],
  });
});

Deno.test("stream() does not wait for what is written behind a stop that has passed", async () => {
  await using file = await testFile("2025-03-04T05:00:00Z stdout F a\n2025-03-04T05:00:02Z stdout F b\n");
  const words = ["--follow-from=default", "--stop-time=2025-03-04T05:00:01Z", file.path];
  const { code, text } = await ran(parseStreamForward, words);
  assert.equal(code, 0);
  assert.equal(text, '{"timestamp":"2025-03-04T05:00:00.000000000Z","message":"a","is_final":true}\n');
});

Deno.test("stream() does not follow what is no file", async () => {
  for (const [path, why] of [["-", "standard input"], ["/missing", "/missing"], ["/tmp", "/tmp"]] as const) {
    const { code, complaints } = await ran(parseStreamForward, ["--follow-from=end", path]);
    assert.equal(code, 2);
    assert.match(complaints.join(), new RegExp(`^Error: Cannot follow ${why}: `));
  }
});

Deno.test("stream() ends quietly when nobody reads what it prints", async () => {
  await using file = await testFile("2025-03-04T05:00:00Z stdout F a\n");
  const { code, complaints } = await ran(parseStreamForward, [file.path], () => {
    throw new Deno.errors.BrokenPipe("gone");
  });
  assert.deepEqual([code, complaints], [0, []]);
});
