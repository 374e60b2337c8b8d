import assert from "#assert";
import type { Time } from "../logs/time.ts";
import { keepingSink, memoryLog } from "../../tests/support/memory_log.ts";
import { type NaiveRecord, naiveRecords } from "../../tests/support/naive_records.ts";
import { createRandom, type Random } from "../../tests/support/random.ts";
import { compileSearch } from "../search/search.ts";
import { streamBackward } from "./backward.ts";
import { createBlockPool } from "./block_pool.ts";
import { streamForward } from "./forward.ts";
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
    const firstSeed = Number(Deno.env.get("SEED") ?? 1);
    for (let seed = firstSeed; seed < firstSeed + 400; seed++) {
      const random = createRandom(seed);
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
      const about = `seed ${seed}, blocks of ${blockBytes}, ${compiled === undefined ? "no pattern" : pattern}`;
      assert.deepEqual(got.forward, wanted, `${about}, forward`);
      assert.deepEqual(got.backward, wanted.toReversed(), `${about}, backward`);
    }
  });
}
