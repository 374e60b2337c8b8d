import assert from "#assert";
import type { Time } from "../logs/time.ts";
import { keepingSink, memoryLog } from "../../tests/support/memory_log.ts";
import { type NaiveRecord, naiveRecords } from "../../tests/support/naive_records.ts";
import { checkRandom } from "../../tests/support/property.ts";
import { createRandom, type Random } from "../../tests/support/random.ts";
import { compileSearch } from "../search/search.ts";
import { streamBackward } from "./scan/backward.ts";
import { createBlockPool } from "./scan/block_pool.ts";
import { streamForward } from "./scan/forward.ts";
import type { RecordQuery } from "./query.ts";

const signal = new AbortController().signal;
const BASE = 1_741_064_861;
const encoder = new TextEncoder();

interface Direction {
  readonly batchRows?: number;
  readonly blockBytes?: number;
}

async function read(
  file: Uint8Array,
  query: RecordQuery,
  options: Direction = {},
): Promise<{ forward: NaiveRecord[]; backward: NaiveRecord[] }> {
  const { blockBytes = 1 << 20, ...sinkOptions } = options;
  const pool = createBlockPool({ blocks: 1, blockBytes });
  const forward = keepingSink(sinkOptions);
  const backward = keepingSink(sinkOptions);
  await streamForward(memoryLog(file), query, { sink: forward, pool, signal });
  await streamBackward(memoryLog(file), query, { sink: backward, pool, signal });
  return { forward: forward.records, backward: backward.records };
}

function stamp(time: Time, random: Random): string {
  const zone = random.pick([0, 0, 0, 120, -330]);
  const date = new Date((time.seconds + zone * 60) * 1000).toISOString().slice(0, 19);
  const fraction = String(time.nanos).padStart(9, "0");
  const shown = random.oneIn(3) ? fraction.replace(/0+$/, "") : fraction;
  const sign = zone < 0 ? "-" : "+";
  const minutes = Math.abs(zone);
  const offset = zone === 0
    ? "Z"
    : `${sign}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `${date}${shown === "" ? "" : `.${shown}`}${offset}`;
}

const TEXTS = [
  "alpha",
  "beta  ",
  "",
  "ünï ☃ 😀",
  "x".repeat(300),
  "tail\u00a0",
  "\ufeffbom",
  "a\u0000b",
  "cr\r",
  " lead",
];
const PATTERNS = [
  "(?i)alpha",
  "(?i)(alpha|beta|lead)",
  "(?i)ünï",
  "(?i)task",
  "(?i)s",
  "(?i)ask (no|yes)",
  "(?i)lead$",
  "^(?i)xxx",
  "(?i)a|x{3}",
  "\\d+",
  '(?i)say "hi" </x>',
  "(?i)a.*c",
  "(?i)no such text anywhere",
  "(?i)stdout|stream",
  "(?i)\\\\u",
  "(?i)tail\\s*$",
];
const BROKEN = [[0xff], [0xe2, 0x82], [0x61, 0xc3], [0xed, 0xa0, 0x80, 0x62]];

/** A log of random lines: parts of messages, steps of the clock, junk, blank lines, text that is no UTF-8. */
function randomLog(random: Random, kind: "cri" | "docker"): { file: Uint8Array; times: Time[] } {
  const pieces: Uint8Array[] = [];
  const times: Time[] = [];
  let nanos = BigInt(BASE) * 1_000_000_000n;
  const lines = random.int(30);
  for (let line = 0; line < lines; line++) {
    if (random.oneIn(12)) nanos += BigInt(random.int(7_200) - 3_600) * 1_000_000_000n;
    else if (!random.oneIn(4)) nanos += BigInt(random.int(2_000_000_000));
    const time = { seconds: Number(nanos / 1_000_000_000n), nanos: Number(nanos % 1_000_000_000n) };
    const text = random.pick(TEXTS);
    const broken = random.oneIn(8) ? random.pick(BROKEN) : [];
    const final = !random.oneIn(3);
    times.push(time);
    if (random.oneIn(9)) {
      pieces.push(
        encoder.encode(random.pick(["junk", "", "2025-02-30T00:00:00Z stdout F no such day", "{}", '{"log":1}'])),
      );
    } else if (kind === "cri") {
      pieces.push(
        encoder.encode(`${stamp(time, random)} ${random.pick(["stdout", "stderr"])} ${final ? "F" : "P"} ${text}`),
        Uint8Array.from(broken),
      );
    } else {
      pieces.push(
        encoder.encode(
          `{"log":${JSON.stringify(text + (final ? "\n" : ""))},"stream":"stdout","time":"${stamp(time, random)}"}`,
        ),
      );
    }
    if (line < lines - 1 || !random.oneIn(3)) pieces.push(encoder.encode("\n"));
  }
  return { file: Uint8Array.from(pieces.flatMap((piece) => [...piece])), times };
}

for (const kind of ["cri", "docker"] as const) {
  Deno.test(`streamForward() and streamBackward() of ${kind} lines give what a linear reader gives`, async () => {
    await checkRandom(async (random) => {
      const { file, times } = randomLog(random, kind);
      const pattern = random.pick(PATTERNS);
      const bound = (): Time | undefined =>
        random.oneIn(2) || times.length === 0 ? undefined : { ...random.pick(times) };
      const start = bound();
      const stop = bound();
      if (stop !== undefined) stop.nanos = Math.max(0, stop.nanos + random.int(3) - 1);
      const compiled = random.oneIn(2) ? compileSearch(pattern) : undefined;
      const matches = compiled && ((raw: Uint8Array): boolean => compiled.matcher.matches(raw, 0, raw.length));
      const search = compiled;
      const wanted = naiveRecords(file, kind, { start, stop, ...(matches === undefined ? {} : { matches }) });
      // A line that does not fit into a block is read in another way. A block holds a line's header at least.
      const blockBytes = kind === "cri"
        ? random.pick([128, 129, 200, 400, 4096, 1 << 20])
        : random.pick([4096, 1 << 20]);
      const got = await read(file, { start, stop, search }, { blockBytes, batchRows: random.pick([1, 2, 1000]) });
      const about = `blocks of ${blockBytes}, ${compiled === undefined ? "no pattern" : pattern}`;
      assert.deepEqual(got.forward, wanted, `${about}, forward`);
      assert.deepEqual(got.backward, wanted.toReversed(), `${about}, backward`);
    }, { runs: 2500 });
  });
}

Deno.test("streamForward() and streamBackward() of a block with more lines than one selection has room for", async () => {
  const random = createRandom(7);
  const lines: Uint8Array[] = [];
  for (let run = 0; lines.length < 30_000; run++) {
    // Whole, ill-formed or no records at all, thousands in a row.
    const kind = run % 3;
    for (let i = random.int(5000); i > 0; i--) {
      const head = `2024-10-01T05:40:${String(lines.length % 60).padStart(2, "0")}Z stdout F ${
        lines.length.toString(36)
      }`;
      const text = kind === 0 ? head : kind === 1 ? `${head}\u00ff` : "junk";
      const bytes = encoder.encode(`${text}\n`);
      // One byte of the two that the last character has, so that it is none.
      lines.push(kind === 1 ? Uint8Array.from([...bytes.subarray(0, -2), 0x0a]) : bytes);
    }
  }
  const file = Uint8Array.from(lines.flatMap((line) => [...line]));
  const wanted = naiveRecords(file, "cri", {});
  const start = { seconds: Date.parse("2024-10-01T05:40:50Z") / 1000, nanos: 0 };
  const all = await read(file, {}, { batchRows: 100 });
  assert.deepEqual(all.forward, wanted);
  assert.deepEqual(all.backward, wanted.toReversed());
  const late = await read(file, { start });
  assert.deepEqual(late.forward, wanted.filter(({ seconds }) => seconds >= start.seconds));
  assert.deepEqual(late.backward, late.forward.toReversed());
});

Deno.test("streamForward() and streamBackward() of a block with more lines than the kernel can name", async () => {
  // Where little is found, blocks are as large as they can be.
  const line = (i: number): string =>
    `2024-10-01T05:40:${String(i % 60).padStart(2, "0")}Z stdout F ${i.toString(36)}\n`;
  const log = Array.from({ length: 60_000 }, (_, i) => i === 50_000 ? "\n".repeat(60_000) : line(i)).join("");
  const file = encoder.encode(log);
  const wanted = naiveRecords(file, "cri", {});
  for (
    const [query, isWanted] of [
      [
        { start: { seconds: Date.parse("2024-10-01T05:40:59Z") / 1000, nanos: 0 } },
        ({ nanos, seconds }) => nanos === 0 && seconds % 60 === 59,
      ],
      [{ search: compileSearch("^1[0-9]..$") }, ({ message }) => /^1[0-9]..$/.test(message)],
    ] as const satisfies readonly (readonly [RecordQuery, (record: NaiveRecord) => boolean])[]
  ) {
    const got = await read(file, query);
    assert.ok(got.forward.length > 100);
    assert.deepEqual(got.forward, wanted.filter(isWanted));
    assert.deepEqual(got.backward, got.forward.toReversed());
  }
});

Deno.test("streamBackward() of blocks of which a batch leaves a little sends each record once", async () => {
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n} ${"x".repeat(n % 3 === 0 ? 900 : 100)}`);
  const time = (n: number): string => `2025-03-04T05:06:07.${String(n).padStart(9, "0")}Z`;
  const text = lines.map((line, n) => `${time(n)} stdout F ${line}\n`).join("");
  const pool = createBlockPool({ blockBytes: 4096 });
  for (let batchRows = 1; batchRows < 14; batchRows++) {
    const sink = keepingSink({ batchRows });
    await streamBackward(memoryLog(new TextEncoder().encode(text)), {}, { pool, sink, signal });
    assert.deepEqual(sink.records.map(({ message }) => message).reverse(), lines, `${batchRows} rows in a batch`);
  }
});
