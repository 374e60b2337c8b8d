/**
 * Patterns that bring other engines down: each is refused by a limit that is named, or costs in proportion to its text.
 * Work is counted, not timed.
 *
 * @module
 */
import assert from "#assert";
import { ABUSE } from "../../../tests/support/abuse_patterns.ts";
import { createLazyDfa } from "./_dfa_states.ts";
import { createPikeMemory, pikeBegin, pikeContinue } from "./_pike.ts";
import { compileProgram, MAX_INSTRUCTIONS } from "./_compile_program.ts";
import type { Program } from "./_program.ts";
import { beginWalk, isAnswer, type Walk, walkBytes } from "./_walk.ts";
import { createMatcher } from "./matcher.ts";
import { PatternError } from "../syntax/pattern_error.ts";
import { readPattern } from "../syntax/read_pattern.ts";

const REFUSED: readonly (readonly [string, string])[] = [
  ["(a{1000}){1000}", "instructions, at most 20000"],
  ["((a{100}){100}){100}", "instructions, at most 20000"],
  ["a{4294967295}", "instructions, at most 20000"],
  ["\\p{L}{20001}", "instructions, at most 20000"],
  ["(?:a{0,200}){0,200}", "instructions, at most 20000"],
  ["|".repeat(60_000), "instructions, at most 20000"],
  ["a".repeat(1 << 20), "too long: 1048576 characters, at most 65536"],
  [Array.from({ length: 100_000 }, (_, index) => `w${index}`).join("|"), "too long"],
  ["(".repeat(10_000) + "a" + ")".repeat(10_000), "too deeply nested: at most 250"],
  ["[\\w.]".repeat(10_000), "more than the 200000 ranges"],
  [
    Array.from({ length: 5_000 }, (_, index) => `[^\\x{${(256 + 7 * index).toString(16)}}]`).join(""),
    "more than the 25000 edges",
  ],
];

/** The message with which a pattern is refused; empty where it is taken. */
function refusalOf(pattern: string): string {
  try {
    createMatcher(readPattern(pattern));
    return "";
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

/** Steps of the slow walk over a text, at most a few for each instruction and byte. */
function slowSteps(program: Program, bytes: Uint8Array): number {
  const memory = createPikeMemory(program);
  const message = { bytes, start: 0, end: bytes.length };
  pikeBegin(memory, message);
  pikeContinue(memory, message, { steps: Infinity });
  return memory.worked;
}

/** Work on the table while a text is walked over, at most some twenty steps for each instruction and byte. */
function tableWork(program: Program, bytes: Uint8Array): number {
  const dfa = createLazyDfa(program);
  const walk: Walk = { state: 0, at: 0, end: 0, generation: 0 };
  beginWalk(walk, dfa, 0, bytes.length);
  while (walk.at < bytes.length && !isAnswer(walk, dfa)) walkBytes(walk, dfa, bytes, bytes.length, Infinity);
  return dfa.worked;
}

Deno.test("patterns that other engines choke on cost in proportion to the text", () => {
  for (const pattern of ABUSE) {
    const program = compileProgram(readPattern(pattern));
    for (const unit of ["a", "x", "ab ", "é", "aaaaaaa\t"]) {
      const bytes = new TextEncoder().encode(unit.repeat(program.ops.length > 1_000 ? 40 : 1_000));
      for (const [count, factor] of [[slowSteps, 4], [tableWork, 20]] as const) {
        const bound = factor * (program.ops.length + 1) * (bytes.length + 1);
        const steps = count(program, bytes);
        assert.ok(steps <= bound, `${pattern.slice(0, 50)} on ${unit}: ${steps} steps, bound ${bound}`);
      }
    }
  }
});

Deno.test("a pattern that can only match at the beginning leaves a long text after a few steps", () => {
  const program = compileProgram(readPattern("^(?:abc|\\Aabd)"));
  const bytes = new TextEncoder().encode("abx".repeat(1_000));
  assert.ok(slowSteps(program, bytes) < 20);
  assert.ok(tableWork(program, bytes) < 500);
});

Deno.test("patterns that would take too much are refused, and the limit is named", () => {
  for (const [pattern, limit] of REFUSED) {
    const message = refusalOf(pattern);
    assert.match(message, /^Invalid grep pattern: the pattern is too/, pattern.slice(0, 50));
    assert.ok(message.includes(limit), message);
  }
});

Deno.test("what is refused for its size is refused before it is built", () => {
  // Built first, each of these would take minutes or all memory.
  for (const pattern of ["(?:(?:(?:(?:a{1000}){1000}){1000}){1000}){1000}", "(?:x{4294967295}){4294967295}"]) {
    assert.match(refusalOf(pattern), /instructions, at most 20000/);
  }
});

Deno.test("the largest pattern that is taken stays within its memory", () => {
  const program = compileProgram(readPattern(`(?:\\w\\PL){${MAX_INSTRUCTIONS / 2 - 1}}`));
  assert.ok(program.ops.length <= MAX_INSTRUCTIONS);
  const dfa = createLazyDfa(program);
  const memory = createPikeMemory(program);
  const arrays = [
    program.ops,
    program.x,
    program.y,
    program.nodes.edges,
    program.nodes.starts,
    dfa.table,
    dfa.threads,
    ...Object.values(dfa.scratch),
    ...Object.values(memory),
  ];
  const bytes = arrays.reduce((sum, array) => sum + (ArrayBuffer.isView(array) ? array.byteLength : 0), 0);
  // The rest of the 16 MiB is for the table, whose own test holds it to 5.
  assert.ok(bytes < 8 << 20, `${bytes} bytes`);
});

Deno.test("a verdict takes several time slices, however heavy the pattern", () => {
  const matcher = createMatcher(readPattern(".{0,1000}x.{0,1000}y"));
  const bytes = new TextEncoder().encode("x" + "a".repeat(200_000));
  const judging = matcher.judge(bytes, 0, bytes.length);
  let slices = 1;
  let verdict = judging.advance(50_000);
  for (; verdict === undefined; slices += 1) verdict = judging.advance(50_000);
  assert.ok(!verdict);
  assert.ok(slices > 4, `${slices} time slices`);
});
