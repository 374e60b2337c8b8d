import assert from "#assert";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { FINAL, type KernelRows, SLOW } from "../../src/kernel/kernel_rows.ts";
import { plainLines } from "../../src/cli/files/plain_lines.ts";
import { strictCri } from "../../src/cli/files/strict_cri.ts";
import { strictDocker } from "../../src/cli/files/strict_docker.ts";
import { cri } from "../../src/logs/cri.ts";
import { dockerJson } from "../../src/logs/docker_json.ts";
import { emptyHead, type LineFormat } from "../../src/logs/line_head.ts";
import { isUtf8, trimmedEnd } from "../../src/logs/text.ts";
import { EVERY_LINE } from "../../src/search/plan/kernel_plan.ts";
import { checkRandom } from "../support/property.ts";
import type { Random } from "../support/random.ts";
import { encodeRecord } from "../support/naive_frames.ts";
import { BUILDS, place } from "./_builds.ts";

const encoder = new TextEncoder();
const ALL = { backward: false, exact: false, start: undefined, stop: undefined } as const;

const TIMES = [
  "2025-03-04T05:06:07.123456789Z",
  "2025-03-04T05:06:07.1Z",
  "2025-03-04T05:06:07Z",
  "2024-02-29T23:59:59.999999999+02:00",
  "1969-12-31T23:59:59.5-09:30",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.12345678Z",
];
/** Times that the fast form may leave to the scalar twin, but must not read wrongly. */
const ODD_TIMES = [
  "2025-02-30T00:00:00Z",
  "2025-13-01T00:00:00Z",
  "2016-12-31T23:59:60Z",
  "2025-03-04",
  "2025-03-04T05:06:07",
  "2025-03-04T05:06:07.1234567890123Z",
  "2025-03-04t05:06:07z",
  "2025-03-04T05:06:07.Z",
  "2025-03-04T05:06:07,5Z",
  "2025-03-04T05:06:07+02",
  "+12025-03-04T05:06:07Z",
  "2025-03-04T24:00:00Z",
  "2025-03-04T05:06:07+24:00",
  "x025-03-04T05:06:07Z",
  "2025-03-04T05:06:07Zx",
];
const TEXTS = [
  "",
  "plain",
  "trailing \t ",
  "gr\u00fc\u00dfe \u2603 \u{1f600}",
  "nbsp\u00a0",
  "ogham\u1680",
  "line sep\u2028",
  "zero\u200b",
  "\u0085",
  'q"b\\s/',
  "tab\tnl\nx",
  "a\u0000b",
  "x".repeat(700),
];

function criLine(random: Random): string {
  const time = random.oneIn(4) ? random.pick(ODD_TIMES) : random.pick(TIMES);
  const tag = random.pick([
    " stdout F ",
    " stderr P ",
    " stdout F",
    " stderr F:a ",
    " stdout X ",
    "  stdout F ",
    " out F ",
    "",
  ]);
  return time + tag + random.pick(TEXTS).replaceAll("\n", " ");
}

function dockerLine(random: Random): string {
  const time = random.oneIn(5) ? random.pick(ODD_TIMES) : random.pick(TIMES);
  const log = JSON.stringify(random.pick(TEXTS) + random.pick(["\n", ""]));
  const spelled = random.oneIn(3)
    ? log.replace(/[a-z]/g, (letter) => "\\u00" + letter.charCodeAt(0).toString(16)).replace(/\\\\u00(..)/g, "\\$1")
    : log;
  return random.pick([
    `{"log":${log},"stream":"stdout","time":"${time}"}`,
    `{"log":${log},"stream":"stderr","time":"${time}"}`,
    `{"log":${spelled},"stream":"stdout","time":"${time}"}`,
    `{"log":${log},"stream":"stdout","attrs":{"a":"b"},"time":"${time}"}`,
    `{"log":${log},"stream":"stdin","time":"${time}"}`,
    `{"log":${log},"stream":"stdout","time":"${time}"} `,
    `{"log":${log},"stream":"stdout","time":"${time}"`,
    `{"log":"\\ud83d\\ude00 \\ud83d \\x","stream":"stdout","time":"${time}"}`,
  ]);
}

/** A line of a runtime, which as a plain one is its message. */
function anyLine(random: Random): string {
  return random.pick([criLine, dockerLine])(random);
}

/** A build of the kernel, and its rows. */
interface Build {
  readonly kernel: Kernel;
  readonly rows: KernelRows;
}

/** Compares each row with what the scalar twin reads of the same line; returns how many rows the fast form took. */
function compareRows(build: Build, format: LineFormat, about: string): number {
  const { kernel: { memory }, rows } = build;
  const head = emptyHead();
  const named = build.kernel.scanLines(place0.from, place0.to);
  const { rows: count, lines } = rows.fill(named, { ...ALL, format: format.kind });
  assert.equal(lines, named, about);
  assert.equal(count, named, about);
  let fast = 0;
  for (let row = 0; row < count; row++) {
    if (rows.flags[row] === SLOW) continue;
    fast++;
    const line = memory.subarray(rows.lineStart[row], rows.lineEnd[row]);
    assert.ok(format.read(line, 0, line.length, head), `${about}, row ${row}: ${new TextDecoder().decode(line)}`);
    const source = head.text ?? line;
    const message = source.subarray(head.messageStart, head.messageEnd);
    assert.ok(isUtf8(message, 0, message.length), about);
    assert.deepEqual(
      {
        seconds: rows.seconds[row],
        nanos: rows.nanos[row],
        final: rows.flags[row] === FINAL,
        message: memory.slice(rows.messageStart[row], rows.messageEnd[row]),
        trimmed: (rows.trimmedEnd[row] ?? 0) - (rows.messageStart[row] ?? 0),
      },
      {
        seconds: head.seconds,
        nanos: head.nanos,
        final: head.final,
        message: message.slice(),
        trimmed: trimmedEnd(message, 0, message.length),
      },
      `${about}, row ${row}`,
    );
  }
  return fast;
}

let place0 = { from: 0, to: 0 };

for (const [name, build, rows] of BUILDS) {
  for (
    const [kind, format, line] of [
      ["CRI", cri, criLine],
      ["strict CRI", strictCri, criLine],
      ["Docker", dockerJson, dockerLine],
      ["strict Docker", strictDocker, dockerLine],
      ["plain", plainLines, anyLine],
    ] as const
  ) {
    Deno.test(`the kernel (${name}) reads ${kind} lines as the scalar twin does, or leaves them to it`, async () => {
      build.setPlan(EVERY_LINE.bytes);
      let fast = 0;
      const runs = await checkRandom((random) => {
        const bytes = Array.from({ length: 20 }, () => {
          const content = encoder.encode(line(random));
          // Now and then a byte that makes it no UTF-8, or no such line.
          if (content.length > 0 && random.oneIn(6)) {
            content[random.int(content.length)] = random.pick([0xff, 0xc3, 0x80, 0x20, 0x22]);
          }
          return [...content.filter((byte) => byte !== 0x0a), 0x0a];
        }).flat();
        place0 = place(build, Uint8Array.from(bytes), random.int(35));
        fast += compareRows({ kernel: build, rows }, format, kind);
      }, { runs: 200 });
      assert.ok(runs < 200 || fast > 500, `only ${fast} lines went the fast way`);
    });
  }

  Deno.test(`the kernel (${name}) takes every line that a runtime writes`, () => {
    build.setPlan(EVERY_LINE.bytes);
    const texts = ["", "plain", "gr\u00fc\u00dfe \u2603 \u{1f600}.", 'q"b\\s/ <x> & \u0001', "x".repeat(20_000)];
    const lines = texts.flatMap((text) => TIMES.map((time) => `${time} stdout F ${text}`));
    place0 = place(build, lines.join("\n"));
    assert.equal(compareRows({ kernel: build, rows }, cri, "CRI"), lines.length);
    const docker = texts.flatMap((text) =>
      TIMES.map((time) => `{"log":${JSON.stringify(text + "\n")},"stream":"stderr","time":"${time}"}`)
    );
    place0 = place(build, docker.join("\n"));
    assert.equal(compareRows({ kernel: build, rows }, dockerJson, "Docker"), docker.length);
  });

  Deno.test(`the kernel (${name}) leaves out what lies outside the bounds, to the nanosecond, in either direction`, () => {
    build.setPlan(EVERY_LINE.bytes);
    const stamps = ["05:06:07.000000001", "05:06:07.000000002", "05:06:07.000000003", "05:06:08", "05:06:06.999999999"];
    const { from, to } = place(build, stamps.map((stamp) => `2025-03-04T${stamp}Z stdout F x`).join("\n"));
    const seconds = Date.UTC(2025, 2, 4, 5, 6, 7) / 1000;
    const within = (start: number | undefined, stop: number | undefined, direction = "forward"): number[] => {
      const backward = direction === "backward";
      const named = build.scanLines(from, to);
      const bound = (nanos: number | undefined): { seconds: number; nanos: number } | undefined =>
        nanos === undefined ? undefined : { seconds, nanos };
      const { rows: count } = rows.fill(named, {
        format: "cri",
        backward,
        exact: false,
        start: bound(start),
        stop: bound(stop),
      });
      return Array.from(
        { length: count },
        (_, row) => ((rows.seconds[row] ?? 0) - seconds) * 1e9 + (rows.nanos[row] ?? 0),
      );
    };
    assert.deepEqual(within(2, undefined), [2, 3, 1e9]);
    assert.deepEqual(within(undefined, 2), [1, 2, -1]);
    assert.deepEqual(within(2, 2), [2]);
    assert.deepEqual(within(1, 3, "backward"), [3, 2, 1]);
    assert.deepEqual(within(undefined, undefined, "backward"), [-1, 1e9, 3, 2, 1]);
  });

  Deno.test(`the kernel (${name}) writes the frames that a plain encoder writes`, () => {
    build.setPlan(EVERY_LINE.bytes);
    const texts = ["", "x", "y".repeat(127), "z".repeat(128), "w".repeat(600), "v".repeat(20_000), "\u00fc\u2603"];
    const lines = texts.flatMap((text, index) =>
      TIMES.map((time) => `${time} stdout ${index % 2 ? "P" : "F"} ${text}`)
    );
    const { from, to } = place(build, lines.join("\n"));
    const { rows: count } = rows.fill(build.scanLines(from, to), { ...ALL, format: "cri" });
    assert.equal(count, lines.length);
    const { memory } = build;
    const { out } = rows;
    const wanted = Array.from({ length: count }, (_, row) =>
      encodeRecord({
        seconds: rows.seconds[row] ?? 0,
        nanos: rows.nanos[row] ?? 0,
        message: memory.slice(rows.messageStart[row], rows.trimmedEnd[row]),
        final: rows.flags[row] === FINAL,
      }));
    for (const limit of [64, 700, 4096, 128 * 1024, out.bytes]) {
      for (let row = 0; row < count;) {
        const written = rows.putFrames(row, count, limit);
        const frames = wanted.slice(row, row + written.rows).flatMap((frame) => [...frame]);
        assert.deepEqual(
          [...memory.subarray(out.address, out.address + written.bytes)],
          frames,
          `rows from ${row}, limit ${limit}`,
        );
        if (written.rows < count - row) {
          assert.ok(written.bytes + (wanted[row + written.rows]?.length ?? 0) + 32 > limit, "a batch was not full");
        }
        if (written.rows === 0) break;
        row += written.rows;
      }
    }
  });
}
