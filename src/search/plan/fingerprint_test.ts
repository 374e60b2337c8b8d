import assert from "#assert";
import { fingerprintOf } from "./fingerprint.ts";
import type { Hir } from "../syntax/hir.ts";
import { planOf } from "./plan.ts";
import { readPattern } from "../syntax/read_pattern.ts";

/** A pattern of which each reading of a part is counted. */
function counted(hir: Hir, read: () => void): Hir {
  const parts = new Map<unknown, unknown>();
  const wrap = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const known = parts.get(value);
    if (known !== undefined) return known;
    const wrapped: unknown = new Proxy(value, {
      get: (target, key) => {
        if (key === "kind") read();
        return wrap(Reflect.get(target, key));
      },
    });
    parts.set(value, wrapped);
    return wrapped;
  };
  return wrap(hir) as Hir;
}

Deno.test("a plan is made in time proportional to the pattern, however its repeats are nested", () => {
  // Twelve levels, three times each, would be half a million.
  const nested = ["(".repeat(12) + "a" + ")*".repeat(12), "(?:".repeat(12) + "ab?" + "){2,}".repeat(12)];
  for (const pattern of [...nested, "()".repeat(5_000) + "x", "(?:^|a)".repeat(2_000) + "b"]) {
    let reads = 0;
    planOf(counted(readPattern(pattern), () => reads += 1));
    assert.ok(reads < 100 * pattern.length, `${pattern.slice(0, 40)}: ${reads} readings`);
  }
});

Deno.test("fingerprintOf() takes what lies behind many parts that may be empty for any byte", () => {
  const sizes = (pattern: string): number[] | undefined =>
    fingerprintOf(readPattern(pattern))?.sets.map((set) => set.reduce((sum, taken) => sum + taken, 0));
  assert.deepEqual(sizes("~(?:^|)[~]{2}"), [1, 1, 1]);
  assert.deepEqual(sizes("~" + "(?:^|)".repeat(40) + "[~]{2}"), [1, 1, 256]);
  assert.deepEqual(sizes("~" + "(?:^|)".repeat(40)), [1, 256, 256]);
});

Deno.test("fingerprintOf() takes what is rare enough to pay, and nothing that stands in their times", () => {
  for (const pattern of ["(?i)[xyz]\\d\\d[qjk]", "(?i)\\p{Greek}+", "[~^]{3}", "(\\d{1,3}\\.){3}\\d"]) {
    assert.ok(fingerprintOf(readPattern(pattern)) !== undefined, pattern);
  }
  // In times, a dot and up to nine digits follow a digit.
  for (
    const pattern of [
      "\\.\\d{1,9}",
      "\\.\\d{9}",
      "\\.\\d{9}[Z+]",
      "\\d{12}",
      "(?i)[0-9a-f]{32}",
      "\\d\\.\\d",
      "[TZ]\\d\\d:",
      "(?i)[a-z]\\d",
    ]
  ) {
    assert.ok(fingerprintOf(readPattern(pattern)) === undefined, pattern);
  }
});
