import assert from "#assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createDecisionCache, type Decision } from "./_decision_cache.ts";
import { decisionKeys } from "./_decision_key.ts";

const allowed: Decision = { outcome: "allowed", decidedAtMs: 0 };
const denied: Decision = { outcome: "denied", decidedAtMs: 0 };

Deno.test("recall() knows what was kept, allowances as well as denials, until the time is over", () => {
  let clock = 1_000;
  const cache = createDecisionCache({ maxEntries: 10, ttlMs: 30_000, now: () => clock });
  cache.keep("yes", allowed);
  cache.keep("no", denied);
  clock += 29_999;
  assert.deepEqual([cache.recall("yes"), cache.recall("no"), cache.recall("other")], [allowed, denied, undefined]);
  clock += 1;
  assert.deepEqual([cache.recall("yes"), cache.recall("no")], [undefined, undefined]);
});

Deno.test("recall() takes no decision for younger than it is, whatever part of a millisecond its clock shows", () => {
  for (const begin of [0, 0.25, 0.9, 1_000.999]) {
    let clock = begin;
    const cache = createDecisionCache({ maxEntries: 10, ttlMs: 100, now: () => clock });
    cache.keep("a", allowed);
    clock += 98.9;
    assert.equal(cache.recall("a"), allowed);
    clock = begin + 100;
    assert.equal(cache.recall("a"), undefined);
  }
});

Deno.test("recall() does not make a decision last longer", () => {
  let clock = 0;
  const cache = createDecisionCache({ maxEntries: 10, ttlMs: 100, now: () => clock });
  cache.keep("a", allowed);
  for (clock = 0; clock < 100; clock += 10) assert.equal(cache.recall("a"), allowed);
  assert.equal(cache.recall("a"), undefined);
});

Deno.test("keep() replaces a decision and begins its time anew", () => {
  let clock = 0;
  const cache = createDecisionCache({ maxEntries: 10, ttlMs: 100, now: () => clock });
  cache.keep("a", allowed);
  clock = 90;
  cache.keep("a", denied);
  clock = 150;
  assert.equal(cache.recall("a"), denied);
  assert.equal(cache.size, 1);
});

Deno.test("keep() holds no more than maxEntries, and lets the one go that was not used for the longest time", () => {
  const cache = createDecisionCache({ maxEntries: 10_000, ttlMs: 30_000, now: () => 0 });
  for (let i = 0; i < 10_000; i++) cache.keep(`user-${i}`, allowed);
  assert.equal(cache.recall("user-0"), allowed);
  cache.keep("user-10000", allowed);
  assert.equal(cache.size, 10_000);
  assert.equal(cache.recall("user-0"), allowed);
  assert.equal(cache.recall("user-1"), undefined);
  assert.equal(cache.recall("user-10000"), allowed);
});

Deno.test("a million distinct callers with names of any length hold some megabytes", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const heapBytes = (): number => {
    collectGarbage();
    return Deno.memoryUsage().heapUsed;
  };
  const cache = createDecisionCache({ maxEntries: 10_000, ttlMs: 30_000, now: () => 0 });
  const keep = (from: number, to: number, name: (number: number) => string): void => {
    for (let number = from; number < to; number++) {
      cache.keep(name(number), { outcome: "allowed", decidedAtMs: 0 });
    }
  };
  const beforeBytes = heapBytes();
  // The keys of callers with long names, and then as many short ones as have the length of a key.
  const identity = { groups: [], extra: {} };
  const keyOf = (number: number): string => {
    const user = `${number}${"x".repeat(8_000)}`;
    return decisionKeys({ kind: "identity", identity: { user, ...identity } }).keyOf("team-a").text;
  };
  keep(0, 10_000, keyOf);
  const fullBytes = heapBytes() - beforeBytes;
  assert.equal(cache.size, 10_000);
  assert(fullBytes < 4 << 20, `${fullBytes} bytes for 10,000 callers`);
  keep(10_000, 1_000_000, (number) => `${number}`.padStart(44, "k"));
  const grownBytes = heapBytes() - beforeBytes;
  assert.equal(cache.size, 10_000);
  assert(grownBytes < 4 << 20, `${grownBytes} bytes for a million callers`);
});

Deno.test("keep() takes a replaced decision for the newest", () => {
  let clock = 0;
  const cache = createDecisionCache({ maxEntries: 10, ttlMs: 100, now: () => clock });
  cache.keep("a", allowed);
  cache.keep("b", allowed);
  clock = 50;
  cache.keep("a", denied);
  clock = 100;
  cache.keep("c", allowed);
  assert.deepEqual(["a", "b", "c"].map(cache.recall), [denied, undefined, allowed]);
  assert.equal(cache.size, 2);
});

Deno.test("keep() lets go of what has run out", () => {
  let clock = 0;
  const cache = createDecisionCache({ maxEntries: 10_000, ttlMs: 100, now: () => clock });
  for (let i = 0; i < 50; i++) cache.keep(`early-${i}`, allowed);
  clock = 100;
  cache.keep("late", allowed);
  assert.equal(cache.size, 1);
});

Deno.test("keep() keeps nothing where nothing may be kept", () => {
  const cache = createDecisionCache({ maxEntries: 0, ttlMs: 100, now: () => 0 });
  cache.keep("a", allowed);
  assert.equal(cache.recall("a"), undefined);
  assert.equal(cache.size, 0);
});
