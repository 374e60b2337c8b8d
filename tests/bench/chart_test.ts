import assert from "#assert";
import { chartSvg } from "./chart.ts";
import { chartGroups } from "./chart_of_rows.ts";
import type { Sample } from "./measure.ts";
import type { Row } from "./row.ts";

const text = { title: "a < b & c", subtitle: "small" };

/** Where the bars begin and how wide they are. */
function barsOf(svg: string): { faster: boolean; x: number; width: number }[] {
  return [...svg.matchAll(/<rect class="(faster|slower)" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(
    ([, colour, x, width]) => ({ faster: colour === "faster", x: Number(x), width: Number(width) }),
  );
}

Deno.test("chartSvg draws what is faster to the right of 1 and what is slower to its left, by the logarithm", () => {
  const bars = [{ label: "a", times: 4 }, { label: "b", times: 2 }, { label: "c", times: 0.5 }];
  const drawn = barsOf(chartSvg([{ heading: "h", bars }], text));
  const one = Math.min(...drawn.filter(({ faster }) => faster).map(({ x }) => x));
  const octave = drawn[1]?.width ?? NaN;
  const octaves = drawn.map(({ x, width }) =>
    [x - one, x + width - one].map((at) => Math.round(20 * at / octave) / 20)
  );
  assert.deepEqual(octaves, [[0, 2], [0, 1], [-1, 0]]);
  assert.deepEqual(drawn.map(({ faster }) => faster), [true, true, false]);
});

Deno.test("chartSvg keeps every bar on the card, however fast or slow", () => {
  for (const times of [[1], [5_000, 0.004], [1.01], [0.3]]) {
    const svg = chartSvg([{ heading: "h", bars: times.map((value) => ({ label: "l", times: value })) }], text);
    for (const { x, width } of barsOf(svg)) assert(x >= 230 && x + width <= 700, `${times}: ${x} ${width}`);
    assert(!svg.includes("NaN"));
  }
});

Deno.test("chartSvg escapes what it is given", () => {
  const svg = chartSvg([{ heading: "<h>", bars: [{ label: '"&"', times: 2 }] }], text);
  for (const shown of ["a &#60; b &#38; c", "&#60;h&#62;", "&#34;&#38;&#34;"]) assert(svg.includes(shown), shown);
});

function sample(wallMs: number, more: Partial<Sample> = {}): Sample {
  return { wallMs, rounds: 1, cpuMs: wallMs, peakRssBytes: 1, frames: 1_000, bytes: 1, failures: [], ...more };
}

function row(scenario: string, ours: Sample, more: Partial<Row>): Row {
  return { scenario, name: "n", sides: { ours, peer: sample(100) }, checks: [], problems: [], ...more };
}

Deno.test("chartGroups shows the median of a kind, of CRI logs, and nothing that lacks the peer", () => {
  const kind = "rare literal";
  const groups = chartGroups([
    ...[10, 20, 50].map((wallMs) => row("forward", sample(wallMs), { kind, format: "cri" })),
    row("forward", sample(1), { kind, format: "docker" }),
    row("applications", sample(5), { kind, format: "cri" }),
    row("backward", sample(10), { kind, sides: { ours: sample(10) } }),
    row("records", sample(20, { frames: 2_000 }), { name: "no grep" }),
    row("thousand", sample(200), { name: "1,000" }),
    row("first-record", sample(1, { firstMs: { p50: 2, p99: 9 } }), {
      sides: { ours: sample(1, { firstMs: { p50: 2, p99: 9 } }), peer: sample(1, { firstMs: { p50: 0.5, p99: 1 } }) },
    }),
  ]);
  assert.deepEqual(groups.map(({ heading, bars }) => [heading, bars]), [
    ["Logs of applications, oldest first", [{ label: kind, times: 20 }]],
    ["Logs of random words, oldest first", [{ label: kind, times: 5 }]],
    ["Every record, per CPU-second", [{ label: "no grep", times: 10 }]],
    ["Many at once", [{ label: "1,000", times: 0.5 }]],
    ["Newest first, the first record", [{ label: "median", times: 0.25 }]],
  ]);
});
