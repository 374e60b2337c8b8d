import assert from "#assert";
import { eventually } from "./eventually.ts";

Deno.test("eventually() resolves when the condition is met", async () => {
  let checks = 0;
  await eventually("three checks", () => ++checks === 3);
  assert.equal(checks, 3);
});

Deno.test("eventually() fails after the deadline, and names the condition", async () => {
  const waiting = eventually("pigs fly", () => 1 > 2, { deadlineMs: 0 });
  await assert.rejects(waiting, new Error("Not within 0 ms: pigs fly"));
});
