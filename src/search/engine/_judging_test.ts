import assert from "#assert";
import { ABUSE } from "../../../tests/support/abuse_patterns.ts";
import { compileProgram } from "./_compile_program.ts";
import { beginVerdict, continueVerdict, createTableUse, isPaused, PAUSE_BYTES, type TableUse } from "./_judging.ts";
import { createLazyDfa } from "./_dfa_states.ts";
import type { Message } from "./_looks.ts";
import { createPikeMemory, pikeMatches } from "./_pike.ts";
import type { Program } from "./_program.ts";
import { randomPattern, textNear } from "../../../tests/search/random_patterns.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { createTableBudget } from "./table_budget.ts";
import { readPattern } from "../syntax/read_pattern.ts";

const encoder = new TextEncoder();
/** One place in 2 ** 14 that the table would have to tell apart. */
const THRASHING = "(?-u:a[ab]{13}c)";

function messageOf(bytes: Uint8Array): Message {
  return { bytes, start: 0, end: bytes.length };
}

function judge(use: TableUse, bytes: Uint8Array): boolean | undefined {
  return continueVerdict(use, beginVerdict(use, messageOf(bytes)), { steps: Infinity });
}

function thrashingText(length: number): Uint8Array {
  const random = createRandom(41);
  return Uint8Array.from({ length }, () => random.oneIn(2) ? 0x61 : 0x62);
}

/**
 * Bytes that the slow walk takes, in messages of 64 KiB that no table could find hard, before the table is tried again.
 */
function pauseOf(use: TableUse): number {
  const easy = new Uint8Array(64 * 1024).fill(0x78);
  let bytes = 0;
  while (isPaused(use)) {
    assert.ok(judge(use, easy) === false);
    bytes += easy.length;
    assert.ok(bytes <= 64 * PAUSE_BYTES);
  }
  return bytes;
}

Deno.test("a table that does not pay is given up for a while, and for twice as long each time", () => {
  const use = createTableUse(createLazyDfa(compileProgram(readPattern(THRASHING))));
  const hard = thrashingText(400_000);
  for (const pause of [1, 2, 4]) {
    assert.ok(!isPaused(use));
    assert.ok(judge(use, hard) === false);
    assert.ok(isPaused(use));
    // The slow walk has taken the hard text, too.
    assert.equal(pauseOf(use) + hard.length >> 20, pause);
  }
});

Deno.test("a table that is tried again has a clean record: what is easy is walked on it, and what is hard gets three more caches", () => {
  const use = createTableUse(createLazyDfa(compileProgram(readPattern(THRASHING))));
  const hard = thrashingText(400_000);
  judge(use, hard);
  pauseOf(use);
  const { generation, worked } = use.dfa;
  assert.ok(judge(use, encoder.encode("xaby".repeat(1_000))) === false);
  assert.ok(!isPaused(use));
  assert.ok(use.dfa.worked > worked);
  judge(use, hard);
  assert.ok(isPaused(use));
  assert.equal(use.dfa.generation, generation + 3);
});

Deno.test("a message that finds the table given up is walked slowly from its first byte", () => {
  const use = createTableUse(createLazyDfa(compileProgram(readPattern(THRASHING))));
  judge(use, thrashingText(400_000));
  const { worked } = use.dfa;
  assert.ok(judge(use, encoder.encode("xabababababababcx")));
  assert.equal(use.dfa.worked, worked);
});

/** Counts each reading of an instruction. */
function counted(program: Program): { readonly program: Program; readonly reads: () => number } {
  let reads = 0;
  const ops = new Proxy(program.ops, {
    get: (target, key) => {
      if (key !== "length") reads += 1;
      return Reflect.get(target, key, target);
    },
  });
  return { program: { ...program, ops }, reads: () => reads };
}

Deno.test("no time slice of an abusive pattern follows more instructions than its steps and one byte's", () => {
  const steps = 5_000;
  for (const pattern of ABUSE) {
    const { program, reads } = counted(compileProgram(readPattern(pattern)));
    // A byte's work for the table: to see whether its character matters, it is taken up to four times.
    const largest = 16 * (program.ops.length + 8);
    for (const unit of ["a", "abab caab w12 ", "éλ\xff"]) {
      const bytes = encoder.encode(unit.repeat(300));
      for (const paused of [0, Infinity]) {
        const use = { ...createTableUse(createLazyDfa(program)), paused };
        const verdict = beginVerdict(use, messageOf(bytes));
        let slices = 0;
        let answer: boolean | undefined;
        for (; answer === undefined && slices < 4; slices += 1) {
          const before = reads();
          answer = continueVerdict(use, verdict, { steps });
          const done = reads() - before;
          assert.ok(done <= steps + largest, `${pattern.slice(0, 50)} on ${unit}: ${done} in a time slice`);
        }
      }
    }
  }
});

Deno.test("the work of a time slice is taken from its budget", () => {
  for (const paused of [0, Infinity]) {
    const { program, reads } = counted(compileProgram(readPattern(".{0,200}x.{0,200}y")));
    const use = { ...createTableUse(createLazyDfa(program)), paused };
    const budget = { steps: 100_000_000 };
    const before = reads();
    continueVerdict(use, beginVerdict(use, messageOf(encoder.encode("axa".repeat(2_000)))), budget);
    const spent = 100_000_000 - budget.steps;
    const followed = reads() - before;
    assert.ok(spent >= followed && spent < 40 * followed, `${spent} steps for ${followed} instructions`);
  }
});

Deno.test("characters that have to be looked at are paid for each time", () => {
  const use = createTableUse(createLazyDfa(compileProgram(readPattern("\\b(\\w+\\s*)*\\bx$"))));
  const bytes = encoder.encode(" é".repeat(2_000));
  judge(use, bytes);
  const budget = { steps: 1_000_000 };
  continueVerdict(use, beginVerdict(use, messageOf(bytes)), budget);
  assert.ok(1_000_000 - budget.steps >= 5 * bytes.length, `${1_000_000 - budget.steps} steps`);
});

/** A table that the slow walk takes the place of, whatever it costs. */
function slowUse(pattern: string, budget = createTableBudget()): TableUse {
  const use = createTableUse(createLazyDfa(compileProgram(readPattern(pattern)), { budget }));
  use.paused = Infinity;
  return use;
}

Deno.test("an interrupted slow walk keeps no more than its threads, and the budget counts that", () => {
  const budget = createTableBudget();
  // Nearly 20,000 instructions, of which a text reaches a few hundred at a time.
  const use = slowUse(`(?-u:a[ab]{400}c)|(?:${"y".repeat(190)}){98}`, budget);
  const before = budget.size();
  const verdict = beginVerdict(use, messageOf(thrashingText(20_000)));
  for (let slice = 0; slice < 10; slice += 1) {
    assert.equal(continueVerdict(use, verdict, { steps: 10_000 }), undefined);
    const kept = budget.size() - before;
    assert.ok(kept > 0 && kept < 8 * 1024, `${kept} bytes`);
  }
  assert.ok(continueVerdict(use, verdict, { steps: Infinity }) === false);
  assert.equal(budget.size(), before);
});

Deno.test("slow walks that interrupt each other come to the verdicts that they would come to alone", async () => {
  let interrupted = 0;
  const runs = await checkRandom((random) => {
    const walks = Array.from({ length: 3 }, () => {
      const pattern = randomPattern(random);
      const use = slowUse(pattern);
      const hir = readPattern(pattern);
      // Every second text is broken somewhere.
      const bytes = encoder.encode(textNear(random, hir) + textNear(random, hir));
      if (random.oneIn(2) && bytes.length > 0) bytes[random.int(bytes.length)] = 0xe2;
      const message = messageOf(bytes);
      const expected = pikeMatches(createPikeMemory(use.dfa.program), message);
      return { pattern, use, verdict: beginVerdict(use, message), expected };
    });
    for (let slice = 0; walks.length > 0; slice += 1) {
      assert.ok(slice < 20_000, "no end");
      const index = random.int(walks.length);
      const { pattern, use, verdict, expected } = walks[index] ?? assert.fail();
      const answer = continueVerdict(use, verdict, { steps: 1 + random.int(10) });
      if (answer === undefined) {
        interrupted += 1;
        continue;
      }
      assert.equal(answer, expected, pattern);
      walks.splice(index, 1);
    }
  }, { runs: 300 });
  assert.ok(interrupted > 5 * runs || runs < 300, `${interrupted} times`);
});
