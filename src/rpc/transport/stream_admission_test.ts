import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { setImmediate } from "node:timers/promises";
import { createStreamAdmission } from "./stream_admission.ts";

const stream = (session: object, destroyed = false): { session: object; destroyed: boolean; closed: boolean } => ({
  session,
  destroyed,
  closed: false,
});

Deno.test("a stream begins at once while few have begun in this round", () => {
  const inTurn = createStreamAdmission();
  let begun = false;
  inTurn(stream({}), () => begun = true);
  assert.ok(begun);
});

Deno.test("of many streams at once one begins in each round, in their order", async () => {
  const inTurn = createStreamAdmission();
  const session = {};
  const begun: number[] = [];
  for (let i = 0; i < 5; i++) inTurn(stream(session), () => begun.push(i));
  const counts: number[] = [];
  await eventually("all have begun", () => {
    counts.push(begun.length);
    return begun.length === 5;
  });
  assert.deepEqual(counts, [1, 2, 3, 4, 5]);
  assert.deepEqual(begun, Array.from({ length: 5 }, (_, i) => i));
});

Deno.test("a connection with one call is served beside one with hundreds", async () => {
  const inTurn = createStreamAdmission();
  const [busy, calm] = [{}, {}];
  const begun: string[] = [];
  for (let i = 0; i < 300; i++) inTurn(stream(busy), () => begun.push("busy"));
  inTurn(stream(calm), () => begun.push("calm"));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(begun, ["busy", "busy", "calm"]);
});

Deno.test("a stream that is over before its turn never begins, and takes nobody's place", async () => {
  const inTurn = createStreamAdmission();
  const session = {};
  const begun: number[] = [];
  const streams = Array.from({ length: 5 }, () => stream(session));
  streams.forEach((each, i) => inTurn(each, () => begun.push(i)));
  for (const each of streams.slice(1, 4)) each.destroyed = true;
  await setImmediate();
  assert.deepEqual(begun, [0, 4]);
});

Deno.test("a stream that may be reset waits for its reset, and begins where none comes", async () => {
  const inTurn = createStreamAdmission();
  const session = {};
  const begun: string[] = [];
  const [reset, whole] = [stream(session), stream(session)];
  inTurn(reset, () => begun.push("reset"), { mayBeReset: true });
  inTurn(whole, () => begun.push("whole"), { mayBeReset: true });
  inTurn(stream({}), () => begun.push("other"));
  // The next piece of the connection comes after four.
  for (let tick = 0; tick < 4; tick++) await setImmediate();
  assert.deepEqual(begun, ["other"]);
  reset.closed = true;
  await eventually("it has begun", () => begun.length > 1);
  assert.deepEqual(begun, ["other", "whole"]);
});

Deno.test("streams that come later begin later, and do not overtake", async () => {
  const inTurn = createStreamAdmission();
  const session = {};
  const begun: number[] = [];
  for (let i = 0; i < 3; i++) inTurn(stream(session), () => begun.push(i));
  await setImmediate();
  for (let i = 3; i < 5; i++) inTurn(stream(session), () => begun.push(i));
  for (let round = 0; round < 4; round++) await setImmediate();
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});
