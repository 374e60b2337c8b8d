import assert from "#assert";
import { kindTable } from "./kind_table.ts";
import type { Sample } from "./measure.ts";
import { type Row, rowOf, timeChecks } from "./row.ts";

function sample(wallMs: number): Sample {
  return { rounds: 1, wallMs, cpuMs: wallMs, peakRssBytes: 1, frames: 1, bytes: 1, failures: [] };
}

function row(scenario: string, share: number, more: Partial<Row>): Row {
  const sides = { ours: sample(share * 1_000), peer: sample(1_000) };
  return {
    ...rowOf({ scenario, name: "n", sides, checks: timeChecks(sides, { atMost: 0.4, clock: "wall" }) }),
    ...more,
  };
}

const options = { forward: "f", backward: "b", clock: "wall" } as const;

Deno.test("kindTable has a line for each kind, with the least and the greatest share of each column, and the means", () => {
  const rows = [
    row("f", 0.1, { kind: "anchors", format: "cri" }),
    row("f", 0.4, { kind: "anchors", format: "cri" }),
    row("f", 0.3, { kind: "anchors", format: "docker" }),
    row("b", 0.25, { kind: "durations", format: "docker" }),
    row("other", 0.9, { kind: "elsewhere", format: "cri" }),
    rowOf({ scenario: "f", name: "mean", format: "cri", sides: {}, checks: [] }),
  ];
  assert.deepEqual(kindTable(rows, options), [
    "| patterns | CRI | Docker | CRI, backward | Docker, backward | bar |",
    "| --- | --- | --- | --- | --- | --- |",
    "| anchors | 0.10 – 0.40 | 0.30 |  |  | 0.4 |",
    "| durations |  |  |  | 0.25 | 0.4 |",
    "| _geometric mean_ | _0.20_ | _0.30_ |  | _0.25_ |  |",
  ]);
});

Deno.test("kindTable has nothing to say of what lacks the peer", () => {
  assert.deepEqual(kindTable([row("f", 1, { kind: "k", format: "cri", sides: { ours: sample(1) } })], options), []);
});
