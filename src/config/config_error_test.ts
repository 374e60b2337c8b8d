import assert from "#assert";
import { leastMs } from "../../tests/support/thread_cost.ts";
import { unusable } from "./config_error.ts";

Deno.test("unusable() makes one line of a detail, and cuts a long one", () => {
  assert.equal(unusable("-p", "a  \r\n\n  b c").message, "Cannot use -p: a b c");
  assert.equal(unusable("-p", "x".repeat(5_000)).message, `Cannot use -p: ${"x".repeat(1_000)}…`);
});

Deno.test("unusable() reads a long detail once", () => {
  const detail = `${" ".repeat(200_000)}x`;
  assert.ok(leastMs(() => unusable("-p", detail), { enoughMs: 100 }) <= 100);
});
