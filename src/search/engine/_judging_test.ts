import assert from "#assert";
import { ABUSE } from "../../../tests/support/abuse_patterns.ts";
import { compileProgram } from "./_compile_program.ts";
import { beginVerdict, continueVerdict, createTableUse, isPaused, PAUSE_BYTES, type TableUse } from "./_judging.ts";
import { createLazyDfa } from "./_dfa_states.ts";
import type { Message } from "./_looks.ts";
import type { Program } from "./_program.ts";
import { createRandom } from "../../../tests/support/random.ts";
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
