import assert from "#assert";
import { isDeepStrictEqual } from "node:util";
import { createReplay } from "../../src/collector/replay.ts";
import { naiveReplay } from "./naive_collector.ts";
import { recordedLines } from "./recorded.ts";

interface Step {
  readonly out: readonly { readonly ev: string; readonly uid?: string }[];
}

/** Events by pod: the order between pods is nobody's promise; a resync stands before all. */
function byUid({ out }: Step): ReadonlyMap<string, readonly unknown[]> {
  assert(out.every(({ ev }, index) => ev !== "PodResync" || index === 0), "a resync comes first");
  return new Map([...Map.groupBy(out, ({ uid = "" }) => uid)].sort(([one], [other]) => one < other ? -1 : 1));
}

const lines = await recordedLines("matcher_traces.jsonl.gz");

Deno.test("with parity, every step of the recorded runs gives the recorded events", () => {
  const replay = createReplay({ parity: true });
  let scenarios = 0;
  for (const [index, line] of lines.entries()) {
    const ours = replay(line);
    if (line.startsWith('{"scenario"')) {
      assert.equal(ours, line);
      scenarios++;
      continue;
    }
    const [step, recordedStep] = [JSON.parse(ours), JSON.parse(line)];
    assert.deepEqual(byUid(step), byUid(recordedStep), `line ${index + 1}`);
    assert.deepEqual({ ...step, out: [] }, { ...recordedStep, out: [] });
  }
  assert.equal(scenarios, 134);
});

Deno.test("the naive collector with no fault mended gives the recorded events, too", () => {
  const naive = naiveReplay({ forgetsLive: false, deletesWhenDue: false });
  for (const [index, line] of lines.entries()) {
    const out = naive(line);
    if (out !== undefined) assert.deepEqual(byUid({ out }), byUid(JSON.parse(line)), `line ${index + 1}`);
  }
});

/** In how many steps each mended fault, and both together, make a difference to what was recorded. */
const DIFFERENT_STEPS = [
  [{ forgetsLive: false, deletesWhenDue: true }, 187],
  [{ forgetsLive: true, deletesWhenDue: false }, 253],
  [{ forgetsLive: true, deletesWhenDue: true }, 386],
] as const;

for (const [mended, expected] of DIFFERENT_STEPS) {
  const both = mended.forgetsLive && mended.deletesWhenDue;
  Deno.test(`${JSON.stringify(mended)} makes ${expected} steps different${both ? ", as without parity" : ""}`, () => {
    const replay = createReplay();
    const naive = naiveReplay(mended);
    let differences = 0;
    for (const [index, line] of lines.entries()) {
      const out = naive(line);
      const ours = replay(line);
      if (out === undefined) continue;
      if (both) assert.deepEqual(byUid(JSON.parse(ours)), byUid({ out }), `line ${index + 1}`);
      if (!isDeepStrictEqual(byUid({ out }), byUid(JSON.parse(line)))) differences++;
    }
    assert.equal(differences, expected);
  });
}

Deno.test("without parity, containers and deletes are only told of pods that were told in the same epoch", () => {
  for (const [parity, faults] of [[true, 1], [false, 0]] as const) {
    const replay = createReplay({ parity });
    let told = new Set<string>();
    let found = 0;
    for (const line of lines) {
      const { scenario, out = [] } = JSON.parse(replay(line));
      if (scenario !== undefined) told = new Set();
      for (const { ev, uid } of out) {
        if (ev === "PodResync") told = new Set();
        else if (ev === "PodNew") told.add(uid);
        else if (!told.has(uid)) found++;
        if (ev === "PodDelete") told.delete(uid);
      }
    }
    assert.equal(Math.min(found, 1), faults, `parity ${parity}: ${found}`);
  }
});
