import assert from "#assert";
import { type PictureLine, pictureSvg, valueText } from "./panel_picture.ts";

const line: PictureLine = { name: "a <b>", points: [[0, 1], [5, 3], [10, NaN]] };

function draw(lines: readonly PictureLine[]): string {
  const sections = [{ title: "Load", panels: [{ title: "Calls & more", unit: "reqps", lines }] }];
  return pictureSvg(sections, { title: "A picture", subtitle: "of nothing", from: 0, to: 10 });
}

Deno.test("a panel has its lines from left to right, without values that are none", () => {
  const svg = draw([line]);
  const [, points = ""] = /<polyline class="a" points="([^"]*)"/.exec(svg) ?? [];
  const places = points.split(" ").map((place) => place.split(",").map(Number));
  assert.equal(places.length, 2);
  assert.ok((places[0]?.[0] ?? 0) < (places[1]?.[0] ?? 0) && (places[0]?.[1] ?? 0) > (places[1]?.[1] ?? 0));
  assert.match(svg, /a &lt;b&gt;/);
  assert.match(svg, /Calls &amp; more/);
  assert.match(svg, /up to 3\/s/);
});

Deno.test("a panel without samples says so, and one of many lines tells how many have no name", () => {
  assert.match(draw([{ name: "none", points: [[0, NaN]] }]), /no samples/);
  assert.match(draw(Array.from({ length: 7 }, () => line)), / \+ 3</);
});

Deno.test("values have three figures and their unit", () => {
  assert.deepEqual(
    [[0, "bytes"], [1536, "Bps"], [150e6, "bytes"], [0.0123, "s"], [90, "s"], [0.5, "percentunit"], [12.345, "none"]]
      .map(
        ([value, unit]) => valueText(Number(value), String(unit)),
      ),
    ["0 B", "1.5 KiB/s", "143 MiB", "12.3 ms", "90 s", "50 %", "12.3"],
  );
});
