import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { inTurns } from "./stream_turns.ts";

const stream = (session: object, destroyed = false): { session: object; destroyed: boolean } => ({
  session,
  destroyed,
});

Deno.test("a stream begins at once while few have begun in this round", () => {
  const inTurn = inTurns();
  let begun = false;
  inTurn(stream({}), () => begun = true);
  assert.ok(begun);
});

Deno.test("of many streams at once a few begin in each round, in their order", async () => {
  const inTurn = inTurns();
  const session = {};
  const begun: number[] = [];
  for (let i = 0; i < 20; i++) inTurn(stream(session), () => begun.push(i));
  const counts = [begun.length];
  while (begun.length < 20) {
    await setImmediate();
    counts.push(begun.length);
  }
  assert.deepEqual(counts, [4, 8, 12, 16, 20]);
  assert.deepEqual(begun, Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("a connection with one call is served beside one with hundreds", async () => {
  const inTurn = inTurns();
  const [busy, calm] = [{}, {}];
  const begun: string[] = [];
  for (let i = 0; i < 300; i++) inTurn(stream(busy), () => begun.push("busy"));
  inTurn(stream(calm), () => begun.push("calm"));
  await setImmediate();
  assert.ok(begun.includes("calm"));
  assert.equal(begun.length, 8);
});

Deno.test("a stream that is over before its turn never begins, and takes nobody's place", async () => {
  const inTurn = inTurns();
  const session = {};
  const begun: number[] = [];
  const streams = Array.from({ length: 12 }, () => stream(session));
  streams.forEach((each, i) => inTurn(each, () => begun.push(i)));
  for (const each of streams.slice(4, 8)) each.destroyed = true;
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2, 3, 8, 9, 10, 11]);
});

Deno.test("streams that come later begin later, and do not overtake", async () => {
  const inTurn = inTurns();
  const session = {};
  const begun: number[] = [];
  for (let i = 0; i < 6; i++) inTurn(stream(session), () => begun.push(i));
  await setImmediate();
  for (let i = 6; i < 9; i++) inTurn(stream(session), () => begun.push(i));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});
