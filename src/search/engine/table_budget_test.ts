import assert from "#assert";
import { ABUSE } from "../../../tests/support/abuse_patterns.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { compileProgram } from "./_compile_program.ts";
import { createLazyDfa, type LazyDfa } from "./_dfa_states.ts";
import { beginWalk, isAnswer, verdictOf, type Walk, walkBytes } from "./_walk.ts";
import { type BudgetedTable, createTableBudget, MAX_COMPILED_BYTES, tableBudget } from "./table_budget.ts";
import { createMatcher } from "./matcher.ts";
import { readPattern } from "../syntax/read_pattern.ts";

const THRASHING = "(?-u:a[ab]{13}c)";

/** A table of so many bytes that can be emptied. */
function table(bytes: number, usedAt: number): BudgetedTable & { bytes: number } {
  return {
    bytes,
    usedAt,
    size(): number {
      return this.bytes;
    },
    release(): number {
      return this.bytes = 0;
    },
  };
}

Deno.test("tables within the budget are left alone", () => {
  const budget = createTableBudget({ maxBytes: 100 });
  const tables = [table(40, 1), table(60, 2)];
  for (const one of tables) budget.add(one);
  for (const one of tables) budget.grown(one);
  assert.deepEqual(tables.map(({ bytes }) => bytes), [40, 60]);
});

Deno.test("over the budget the tables that were not used for the longest time are emptied, never the one that grows", () => {
  const budget = createTableBudget({ maxBytes: 100 });
  const [oldest, older, newest] = [table(41, 1), table(30, 2), table(30, 3)];
  for (const one of [newest, oldest, older]) budget.add(one);
  budget.grown(newest);
  assert.deepEqual([oldest.bytes, older.bytes, newest.bytes], [0, 30, 30]);
  oldest.bytes = 200;
  budget.grown(oldest);
  assert.deepEqual([oldest.bytes, older.bytes, newest.bytes], [200, 0, 0]);
});

Deno.test("all tables are emptied when they are released, whether they are over the budget or not", () => {
  const budget = createTableBudget({ maxBytes: 100 });
  const tables = [table(40, 1), table(50, 2)];
  for (const one of tables) budget.add(one);
  budget.release();
  assert.deepEqual([tables.map(({ bytes }) => bytes), budget.size()], [[0, 0], 0]);
});

function verdictOn(dfa: LazyDfa, bytes: Uint8Array): boolean | undefined {
  const walk: Walk = { state: 0, at: 0, end: 0, generation: 0 };
  beginWalk(walk, dfa, 0, bytes.length);
  while (walk.at < bytes.length && !isAnswer(walk, dfa)) walkBytes(walk, dfa, bytes, bytes.length, Infinity);
  return verdictOf(walk, dfa);
}

Deno.test("a table that was emptied is filled again, with the same answers", () => {
  const budget = createTableBudget({ maxBytes: 200_000 });
  const random = createRandom(7);
  const texts = Array.from(
    { length: 200 },
    () => Uint8Array.from({ length: 60 }, () => random.pick([0x61, 0x62, 0x62, 0x63])),
  );
  const alone = createLazyDfa(compileProgram(readPattern(THRASHING)), { budget: createTableBudget() });
  const wanted = texts.map((bytes) => verdictOn(alone, bytes));
  const dfas = Array.from({ length: 20 }, () => createLazyDfa(compileProgram(readPattern(THRASHING)), { budget }));
  const generations = dfas.map(({ generation }) => generation);
  for (let again = 0; again < 2; again += 1) {
    for (const dfa of dfas) {
      dfa.usedAt = budget.now();
      assert.deepEqual(texts.map((bytes) => verdictOn(dfa, bytes)), wanted);
    }
  }
  assert.ok(dfas.some(({ generation }, index) => generation > (generations[index] ?? 0)), "none was emptied");
  assert.ok(budget.size() <= 400_000, `${budget.size()} bytes`);
});

Deno.test("the characters of a pattern that were looked at are bounded, too", () => {
  const dfa = createLazyDfa(compileProgram(readPattern("\\b(?:[^x]\\b)*\\w{12}x")), { budget: createTableBudget() });
  const random = createRandom(9);
  const encoder = new TextEncoder();
  for (let line = 0; line < 300; line += 1) {
    const points = Array.from({ length: 300 }, () => 0x80 + random.int(0x2f00));
    verdictOn(dfa, encoder.encode(String.fromCodePoint(...points)));
  }
  assert.ok(dfa.peeked.size <= 1 << 14, `${dfa.peeked.size} characters`);
});

Deno.test("a hundred streams with abusive patterns stay within the budget, and judge as each alone does", () => {
  const random = createRandom(11);
  const texts = [
    new TextEncoder().encode("lorem w123 ipsum x1 abab caab ".repeat(12)),
    new TextEncoder().encode("αβγδε word ".repeat(20)),
    Uint8Array.from({ length: 500 }, () => random.pick([0x61, 0x62])),
  ];
  const patterns = Array.from(
    { length: 100 },
    (_, index) => `${ABUSE[index % ABUSE.length]}${"z?".repeat(index / ABUSE.length)}`,
  );
  const wanted = patterns.map((pattern) => {
    const matcher = createMatcher(readPattern(pattern));
    matcher.beginSlice();
    return texts.map((text) => matcher.matches(text, 0, text.length));
  });
  const streams = patterns.map((pattern) => createMatcher(readPattern(pattern)));
  let most = 0;
  for (const [at, text] of texts.entries()) {
    for (const [index, matcher] of streams.entries()) {
      matcher.beginSlice();
      assert.equal(matcher.matches(text, 0, text.length), wanted[index]?.[at], patterns[index]);
      most = Math.max(most, tableBudget.size());
    }
  }
  assert.ok(most <= MAX_COMPILED_BYTES, `${most} bytes`);
});
