import assert from "#assert";
import { createSeries } from "./_series.ts";

const HELP = "Something.";

Deno.test("a counter has each combination of its labels from the start, and no other", () => {
  const labels = { kind: ["list", "watch"], result: ["good", "bad", "none"] };
  const series = createSeries("made_total", { kind: "counter", help: HELP, labels });
  assert.equal(series.all().length, 6);
  series.add(2, { kind: "watch", result: "bad" });
  series.add(1, { kind: "list", result: "none" });
  series.add(1, { kind: "watch", result: "bad" });
  const found = series.all().map(({ labels, value }) => [labels["kind"], labels["result"], value]);
  assert.deepEqual(found, [
    ["list", "good", 0],
    ["list", "bad", 0],
    ["list", "none", 1],
    ["watch", "good", 0],
    ["watch", "bad", 3],
    ["watch", "none", 0],
  ]);
  assert.throws(() => series.add(1, { kind: "watch" }), /Cannot find a series of made_total: result is "undefined"/);
  assert.throws(() => series.add(1, { kind: "other", result: "bad" }), /made_total: kind is "other"/);
  assert.equal(series.all().length, 6);
});

Deno.test("a gauge has no value until it is set, and keeps the last", () => {
  const series = createSeries("made", { kind: "gauge", help: HELP });
  assert.deepEqual(series.all(), []);
  series.set(3);
  series.set(-1.5);
  assert.equal(series.value(), -1.5);
  assert.throws(() => series.set(NaN), /Cannot change made: expected a number, got NaN/);
});

Deno.test("what is collected is read each time that somebody asks; undefined is no value", () => {
  const series = createSeries("made", { kind: "gauge", help: HELP, labels: { of: ["one", "two"] } });
  let read: number | undefined = 7;
  series.collect(() => read, { of: "two" });
  assert.deepEqual(series.all().map(({ labels, value }) => [labels["of"], value]), [["two", 7]]);
  read = undefined;
  assert.deepEqual(series.all(), []);
});

Deno.test("a histogram counts what is at most as large as each bound", () => {
  const series = createSeries("made_seconds", { kind: "histogram", help: HELP, buckets: [0.1, 1] });
  assert.deepEqual(series.all(), [{
    labels: {},
    value: 0,
    sum: 0,
    buckets: [{ bound: 0.1, count: 0 }, { bound: 1, count: 0 }],
  }]);
  for (const value of [0, 0.1, 0.5, 1, 5]) series.observe(value);
  assert.deepEqual(series.all(), [{
    labels: {},
    value: 5,
    sum: 6.6,
    buckets: [{ bound: 0.1, count: 2 }, { bound: 1, count: 4 }],
  }]);
  for (const value of [-1, NaN, Infinity]) assert.throws(() => series.observe(value), RangeError);
});
