import assert from "#assert";
import { DEFAULT_TRANSPORT_LIMITS, FIXED_LIMITS, fixedLimitsTable } from "./transport_limits.ts";

Deno.test("the table of fixed limits has a row of three cells for each, with its figure", () => {
  const [head, rule, ...rows] = fixedLimitsTable().trimEnd().split("\n");
  assert.deepEqual([head, rule], ["| at most | of what | why |", "|---:|---|---|"]);
  assert.deepEqual(
    rows.map((row) => row.split("|").map((cell) => cell.trim()).filter((cell) => cell !== "")),
    Object.values(FIXED_LIMITS).map(({ value, of, why }) => [value.toLocaleString("en-US"), of, why]),
  );
});

Deno.test("one address may not have all connections", () => {
  assert.ok(DEFAULT_TRANSPORT_LIMITS.maxConnectionsPerPeer < DEFAULT_TRANSPORT_LIMITS.maxConnections);
});
