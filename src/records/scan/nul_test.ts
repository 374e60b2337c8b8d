import assert from "#assert";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import type { LogFile } from "../../logs/log_file.ts";
import { compileSearch } from "../../search/search.ts";
import { streamBackward } from "./backward.ts";
import { createBlockPool } from "./block_pool.ts";
import { streamForward } from "./forward.ts";
import type { RecordQuery } from "../query.ts";

const { signal } = new AbortController();
const STREAMS = { forward: streamForward, backward: streamBackward };
const encoder = new TextEncoder();
const MIB = 1024 * 1024;
const START_SECONDS = Date.UTC(2026, 2, 1) / 1000;

type Kind = "cri" | "docker";

/** Records of the seconds in [from, to). */
function lines(kind: Kind, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => {
    const time = new Date(1000 * (START_SECONDS + from + at)).toISOString();
    const message = `line ${from + at}.`;
    return kind === "cri"
      ? `${time} stdout F ${message}\n`
      : `${JSON.stringify({ log: `${message}\n`, stream: "stdout", time })}\n`;
  }).join("");
}

/** The parts one behind the other; a number is so many bytes of NUL. */
function content(...parts: readonly (string | number)[]): Uint8Array {
  const bytes = parts.map((part) => typeof part === "string" ? encoder.encode(part) : new Uint8Array(part));
  const whole = new Uint8Array(bytes.reduce((length, { byteLength }) => length + byteLength, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function read(
  file: LogFile,
  direction: keyof typeof STREAMS,
  { query = {}, ...options }: {
    readonly query?: RecordQuery;
    readonly blockBytes?: number;
    readonly batchRows?: number;
  },
): Promise<string[]> {
  const { blockBytes = 64 * 1024, batchRows = 20 } = options;
  const sink = keepingSink({ batchRows });
  await STREAMS[direction](file, query, { pool: createBlockPool({ blockBytes }), signal, sink });
  const messages = sink.records.map(({ message }) => message);
  return direction === "forward" ? messages : messages.reverse();
}

const QUERIES: Record<string, RecordQuery> = {
  "all": {},
  "a search": { search: compileSearch("line [0-9]+\\.") },
  "a literal": { search: compileSearch("line") },
  "a start": { start: { seconds: START_SECONDS, nanos: 0 } },
  "a stop": { stop: { seconds: START_SECONDS + 1000, nanos: 0 } },
};

for (const kind of ["cri", "docker"] as const) {
  for (const direction of ["forward", "backward"] as const) {
    Deno.test(`${direction}, a ${kind} record right behind NUL bytes is one like any other, however many they are`, async () => {
      const wanted = Array.from({ length: 30 }, (_, at) => `line ${at}.`);
      for (const nul of [1, 3, 100, 5000, 70_000, 300_001, 5 * MIB + 2]) {
        const bytes = content(
          nul,
          lines(kind, 0, 10),
          nul,
          lines(kind, 10, 20),
          lines(kind, 20, 30),
          Math.min(nul, 5000),
        );
        for (const blockBytes of nul > MIB ? [MIB] : [128, 4096, 64 * 1024]) {
          for (const [what, query] of Object.entries(QUERIES)) {
            const file = memoryLog(bytes, {
              path: kind === "cri" ? "/logs/0.log" : "/logs/0-json.log",
            });
            assert.deepEqual(
              await read(file, direction, { query, blockBytes }),
              wanted,
              `${nul} bytes, ${what}, ${blockBytes}`,
            );
          }
        }
      }
    });
  }
}

Deno.test("a long line behind NUL bytes is sent whole", async () => {
  const message = "x".repeat(200_000);
  const bytes = content(lines("cri", 0, 3), 300_000, `2026-03-01T00:00:03Z stdout F ${message}\n`, lines("cri", 4, 6));
  for (const direction of ["forward", "backward"] as const) {
    const got = await read(memoryLog(bytes), direction, {});
    assert.deepEqual(got, ["line 0.", "line 1.", "line 2.", message, "line 4.", "line 5."]);
  }
});

for (const direction of ["forward", "backward"] as const) {
  Deno.test(`${direction}, a stretch without a line feed is read once, also for bounds`, async () => {
    for (const stretch of [24 * MIB, "x".repeat(24 * MIB)]) {
      for (
        const [where, parts] of Object.entries({
          head: [stretch, lines("cri", 0, 100_000)],
          middle: [lines("cri", 0, 50_000), stretch, lines("cri", 50_000, 100_000)],
          end: [lines("cri", 0, 100_000), stretch],
        })
      ) {
        const bytes = content(...parts);
        for (
          const query of [
            {},
            { start: { seconds: START_SECONDS + 99_990, nanos: 0 } },
            { stop: { seconds: START_SECONDS + 10, nanos: 0 } },
            {
              start: { seconds: START_SECONDS + 49_990, nanos: 0 },
              stop: { seconds: START_SECONDS + 50_010, nanos: 0 },
            },
          ]
        ) {
          const log = memoryLog(bytes);
          let count = 0;
          const counted = {
            ...log,
            read: async (into: Uint8Array, position: number): Promise<number> => {
              const got = await log.read(into, position);
              count += got;
              return got;
            },
          };
          const got = await read(counted, direction, { query, blockBytes: 2 * MIB, batchRows: Infinity });
          assert(got.length >= 10, `${got.length} records`);
          const times = count / bytes.length;
          assert(times < 1.6, `${where}, ${JSON.stringify(query)}: read ${times.toFixed(2)} times`);
        }
      }
    }
  });
}

Deno.test("behind a hole the last lines tell the format, where the name tells another one", async () => {
  const bytes = content(70_000, lines("docker", 0, 10));
  for (const direction of ["forward", "backward"] as const) {
    const got = await read(memoryLog(bytes, { path: "/logs/0.log" }), direction, {});
    assert.deepEqual(got, Array.from({ length: 10 }, (_, at) => `line ${at}.`));
  }
});
