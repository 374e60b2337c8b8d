import assert from "#assert";
import { kernel } from "../../kernel/kernel.ts";
import type { LogFile, LogPath } from "../../logs/log_file.ts";
import { compileSearch } from "../../search/search.ts";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import type { NaiveRecord } from "../../../tests/support/naive_records.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { streamBackward } from "./backward.ts";
import { createBlockPool } from "./block_pool.ts";
import { streamForward } from "./forward.ts";
import type { RecordQuery } from "../query.ts";
import { MAX_MESSAGE_BYTES } from "./row_batch.ts";

const { signal } = new AbortController();
const encoder = new TextEncoder();
const TIME = "2024-10-01T05:40:46.5Z";
const LATER = "2024-10-01T05:40:48Z";
const CRI = `${TIME} stdout F `;
const PART = `${TIME} stdout P `;
const neighbours = [`${CRI}before\n`, `${CRI}after\n`] as const;

/** What both directions send of a log, first to last. */
async function read(log: string | Uint8Array | LogFile, query: RecordQuery = {}): Promise<NaiveRecord[]> {
  const bytes = typeof log === "string" ? encoder.encode(log) : log;
  const file = bytes instanceof Uint8Array ? memoryLog(bytes) : bytes;
  const [forward, backward] = [keepingSink(), keepingSink()];
  const pool = createBlockPool({ blocks: 1 });
  await streamForward(file, query, { sink: forward, pool, signal });
  await streamBackward(file, query, { sink: backward, pool, signal });
  // Records of megabytes are not what a failed comparison should print.
  assert.equal(backward.records.length, forward.records.length);
  for (const [index, record] of backward.records.toReversed().entries()) {
    assert.ok(record.message === forward.records[index]?.message, `record ${index} has another message`);
    assert.equal(record.final, forward.records[index]?.final);
    assert.equal(record.nanos, forward.records[index]?.nanos);
  }
  return forward.records;
}

/** Sizes of the messages, with `…` where they are not whole. */
const sizes = (records: readonly NaiveRecord[]): string[] =>
  records.map(({ message, final }) => `${encoder.encode(message).length}${final ? "" : " …"}`);

const searchFor = (grep: string): RecordQuery => ({ search: compileSearch(grep) });

Deno.test("a line that is longer than a block, but no more than a record holds, is one record", async () => {
  for (const length of [1024 * 1024, MAX_MESSAGE_BYTES - 1, MAX_MESSAGE_BYTES]) {
    const records = await read(`${neighbours[0]}${CRI}${"x".repeat(length)}\n${neighbours[1]}`);
    assert.deepEqual(sizes(records), ["6", String(length), "5"]);
  }
});

Deno.test("a longer line is cut where a record is full; all but its last piece are not final; all have its time", async () => {
  const message = "x".repeat(2 * MAX_MESSAGE_BYTES + 7);
  const wanted = [`${MAX_MESSAGE_BYTES} …`, `${MAX_MESSAGE_BYTES} …`];
  for (const [start, last] of [[CRI, "7"], [PART, "7 …"]] as const) {
    const records = await read(`${neighbours[0]}${start}${message}\n${neighbours[1]}`);
    assert.deepEqual(sizes(records), ["6", ...wanted, last, "5"]);
    assert.ok(records.every(({ nanos }) => nanos === 500_000_000));
  }
});

Deno.test("a line at the end of the file that is not closed is sent as far as it is there", async () => {
  const records = await read(`${neighbours[0]}${CRI}${"x".repeat(MAX_MESSAGE_BYTES + 1)}`);
  assert.deepEqual(sizes(records), ["6", `${MAX_MESSAGE_BYTES} …`, "1"]);
});

Deno.test("pieces are cut between characters", async () => {
  for (const pad of ["", "a", "ab"]) {
    const message = pad + "☃".repeat(Math.ceil(MAX_MESSAGE_BYTES / 3) + 100);
    const records = await read(`${CRI}${message}\n`);
    assert.equal(records.length, 2);
    assert.ok(records.map((record) => record.message).join("") === message);
  }
});

Deno.test("a long Docker line is decoded piece by piece", async () => {
  const message = `${'say "☃"\t\u2028 '.repeat(600_000)}end`;
  const line = (log: string): string => `${JSON.stringify({ log, stream: "stdout", time: TIME })}\n`;
  for (const [end, last] of [["\n", "final"], ["", "part"]]) {
    const records = await read(line("before\n") + line(message + end) + line("after\n"));
    assert.deepEqual([records[0]?.message, records.at(-1)?.message], ["before", "after"]);
    const pieces = records.slice(1, -1);
    assert.ok(pieces.length > 1 && pieces.map((record) => record.message).join("") === message);
    assert.equal(pieces.at(-1)?.final ? "final" : "part", last);
    assert.ok(pieces.slice(0, -1).every(({ final }) => !final));
    assert.ok(pieces.every((record) => encoder.encode(record.message).length <= MAX_MESSAGE_BYTES));
  }
});

Deno.test("text that is no UTF-8 grows when it is repaired, and is cut again", async () => {
  const start = encoder.encode(`${CRI}a`);
  const bytes = new Uint8Array(start.length + MAX_MESSAGE_BYTES + 2).fill(0xff);
  bytes.set(start);
  const records = await read(bytes);
  const messages = records.map(({ message }) => encoder.encode(message).length);
  assert.equal(messages.reduce((sum, size) => sum + size), 1 + 3 * (MAX_MESSAGE_BYTES + 2));
  assert.ok(Math.max(...messages) <= MAX_MESSAGE_BYTES);
  assert.deepEqual(records.map(({ final }) => final), [...messages.slice(1).map(() => Boolean(0)), Boolean(1)]);
});

Deno.test("a line of a block whose text is too long for a record once it is repaired is cut, too", async () => {
  assert.ok(kernel.blockBytes < MAX_MESSAGE_BYTES);
  // Three times as long: just as much as a record holds, a byte more, and more than fits anywhere.
  for (const length of [MAX_MESSAGE_BYTES / 3, MAX_MESSAGE_BYTES / 3 + 1, kernel.blockBytes - 100].map(Math.floor)) {
    const bytes = encoder.encode(`${neighbours[0]}${CRI}${"x".repeat(length)}\n${neighbours[1]}`);
    const start = bytes.indexOf("x".charCodeAt(0));
    bytes.fill(0xff, start, start + length);
    for (const query of [{}, searchFor("e|(?-u:\\xff)")]) {
      const records = await read(bytes, query);
      const messages = records.map(({ message }) => encoder.encode(message).length);
      assert.equal(messages.reduce((sum, size) => sum + size), "before".length + 3 * length + "after".length);
      assert.ok(Math.max(...messages) <= MAX_MESSAGE_BYTES);
      assert.equal(records.filter(({ final }) => final).length, 3);
    }
  }
});

Deno.test("a Docker text that grows beyond a record when it is repaired is cut, wherever the bytes are and however its keys stand", async () => {
  const letters = (size: number): Uint8Array => new Uint8Array(size).fill(0x78);
  const bad = (size: number): Uint8Array => new Uint8Array(size).fill(0xff);
  const bodies = [
    [bad(1_500_000)],
    [letters(MAX_MESSAGE_BYTES - 1), bad(1)],
    [letters(2 << 20), bad(1), letters((2 << 20) - 80)],
    [bad(1), letters(2 * MAX_MESSAGE_BYTES)],
    [letters(MAX_MESSAGE_BYTES - 120), bad(40)],
  ];
  const rest = `"stream":"stdout","time":"${TIME}"`;
  const neighbour = encoder.encode(`{"log":"near\\n",${rest}}\n`);
  for (const body of bodies) {
    for (const end of ["", "\\n"]) {
      const inOrder = [encoder.encode('{"log":"'), ...body, encoder.encode(`${end}",${rest}}\n`)];
      const swapped = [encoder.encode(`{${rest},"log":"`), ...body, encoder.encode(`${end}"}\n`)];
      const text = new TextDecoder().decode(await new Blob(body as BlobPart[]).arrayBuffer());
      for (const line of [inOrder, swapped]) {
        const log = new Uint8Array(await new Blob([neighbour, ...line, neighbour] as BlobPart[]).arrayBuffer());
        // A line whose keys are in no order of the driver's is held as a whole, so it may be no longer than a piece.
        const isHeld = line === inOrder || log.length - 2 * neighbour.length <= MAX_MESSAGE_BYTES;
        for (const query of [{}, searchFor("$")]) {
          const records = await read(log, query);
          const parts = records.slice(1, -1);
          assert.ok(parts.every(({ message }) => encoder.encode(message).length <= MAX_MESSAGE_BYTES));
          assert.ok(parts.map(({ message }) => message).join("") === (isHeld ? text : ""));
          if (isHeld) assert.equal(parts.at(-1)?.final, end !== "");
          assert.ok(parts.slice(0, -1).every(({ final }) => !final));
        }
      }
    }
  }
});

Deno.test("trailing white space goes from the last piece only", async () => {
  const [piece, last] = await read(`${CRI}${" ".repeat(MAX_MESSAGE_BYTES)}x \t\r\n`);
  assert.deepEqual([piece?.message.length, last?.message], [MAX_MESSAGE_BYTES, "x"]);
});

Deno.test("each piece is matched by itself, with the white space at its end and without a Docker line feed", async () => {
  const long = "x".repeat(MAX_MESSAGE_BYTES);
  const log = `${neighbours[0]}${CRI}${long}needle\n${neighbours[1]}`;
  assert.deepEqual(sizes(await read(log, searchFor("needle$"))), ["6"]);
  assert.deepEqual(sizes(await read(log, searchFor("xx$"))), [`${MAX_MESSAGE_BYTES} …`]);
  assert.deepEqual(sizes(await read(log, searchFor("after"))), ["5"]);
  assert.deepEqual(sizes(await read(`${CRI}${long}x \n`, searchFor("x $"))), ["1"]);
  const docker = ["first\n", `${long}needle\n`].map((text) =>
    `${JSON.stringify({ log: text, stream: "stdout", time: TIME })}\n`
  ).join("");
  assert.deepEqual((await read(docker, searchFor("needle$"))).map(({ message }) => message.endsWith("needle")), [true]);
});

Deno.test("the bounds decide over a long line as over any other, and over long parts by the end of their message", async () => {
  const long = "x".repeat(1_100_000);
  const stop = { seconds: 1_727_761_247, nanos: 0 };
  const start = { seconds: 1_727_761_247, nanos: 0 };
  assert.deepEqual(sizes(await read(`${CRI}${long}\n${LATER} stdout F after\n`, { start })), ["5"]);
  assert.deepEqual(sizes(await read(`${LATER} stdout F ${long}\n${CRI}after\n`, { stop })), ["5"]);
  const parts = `${neighbours[0]}${PART}${long}\n${PART}${long}\n`;
  assert.deepEqual(sizes(await read(parts, { stop })), ["6", "1100000 …", "1100000 …"]);
  assert.deepEqual(sizes(await read(`${parts}${CRI}end\n`, { stop })), ["6", "1100000 …", "1100000 …", "3"]);
  assert.deepEqual(sizes(await read(`${parts}${LATER} stdout F end\n${neighbours[1]}`, { stop })), ["6", "5"]);
  assert.deepEqual(sizes(await read(`${parts}${LATER} stdout F ${long}\n${neighbours[1]}`, { stop })), ["6", "5"]);
  assert.deepEqual(sizes(await read(`${parts}${CRI}${long}\n${neighbours[1]}`, { stop })), [
    "6",
    "1100000 …",
    "1100000 …",
    "1100000",
    "5",
  ]);
});

Deno.test("a long line that is no record is skipped and counted, in either direction", async () => {
  const log = memoryLog(encoder.encode(`${neighbours[0]}${"\0".repeat(3_000_000)}\n${neighbours[1]}`));
  for (const stream of [streamForward, streamBackward]) {
    const sink = keepingSink();
    const counts: number[] = [];
    await stream(log, {}, { sink, pool: createBlockPool(), signal, onSkip: (lines) => counts.push(lines) });
    assert.deepEqual([sink.records.length, counts], [2, [1]]);
  }
});

Deno.test("a scan of a long line ends with the signal's reason", async () => {
  const size = 100 * 1024 * 1024 * 1024;
  const start = encoder.encode(CRI);
  const reason = new Error("gone");
  for (const stream of [streamForward, streamBackward]) {
    const controller = new AbortController();
    let reads = 0;
    const endless: LogFile = {
      path: "/logs/0.log" as LogPath,
      size: () => size,
      read: async (into, position) => {
        if (++reads === 50) controller.abort(reason);
        await Promise.resolve();
        into.fill(0x78);
        if (position < start.length) into.set(start.subarray(position));
        return Math.min(into.length, size - position);
      },
      [Symbol.dispose]: () => {},
    };
    const options = { sink: keepingSink(), pool: createBlockPool(), signal: controller.signal };
    await assert.rejects(stream(endless, {}, options), reason);
    assert.ok(reads <= 51, `${reads} reads`);
  }
});

/** A search that may only judge within turns. */
function searchInTurns(grep: string): RecordQuery {
  const search = compileSearch(grep);
  if (search === undefined) throw new Error("Cannot search for nothing");
  const matches = (): boolean => {
    throw new Error("a verdict without a bound");
  };
  return { search: { ...search, matcher: { ...search.matcher, matches } } };
}

Deno.test("lines whose verdicts take longer than a time slice are judged in time slices of their own, wherever they are", async () => {
  const random = createRandom(7);
  const hard = (length: number): string => Array.from({ length }, () => random.pick(["a", "b"])).join("");
  const docker = (text: string): string =>
    `{"log":${JSON.stringify(`${text}\n`).replace("☃", "\\u2603")},"stream":"stdout","time":"${TIME}"}\n`;
  for (const put of [(text: string): string => `${CRI}${text}\n`, docker]) {
    const match = "a".repeat(60) + "c";
    const texts = [
      "x",
      hard(9_000),
      "y",
      match,
      `${hard(9_000)}c`,
      hard(9_000),
      `☃${hard(9_000)}c`,
      "☃",
      match,
      hard(9_000),
    ];
    const wanted = texts.filter((text) => text.endsWith("c"));
    const records = await read(texts.map(put).join(""), searchInTurns("[ab]{60}c|(?-u:a[ab]{500}d)"));
    assert.deepEqual(records.map(({ message }) => message.length), wanted.map(({ length }) => length));
  }
});

Deno.test("of a block whose verdicts take longer than a time slice, some are given in each time slice", async () => {
  const random = createRandom(8);
  const texts = Array.from({ length: 120 }, (_, line) => {
    const text = Array.from({ length: 700 }, () => random.pick(["a", "b"])).join("");
    return line % 3 === 0 ? `${text}c` : text;
  });
  const query = searchInTurns("[ab]{60}c|(?-u:a[ab]{500}d)");
  const records = await read(texts.map((text) => `${CRI}${text}\n`).join(""), query);
  assert.deepEqual(records.map(({ message }) => message), texts.filter((text) => text.endsWith("c")));
});
