import assert from "#assert";
import { createLazyDfa, FIRST_STATE, type LazyDfa } from "./_dfa_states.ts";
import { computeNext, initialState } from "./_lazy_dfa.ts";
import { createPikeMemory, pikeMatches } from "./_pike.ts";
import { compileProgram } from "./_compile_program.ts";
import { randomPattern, textNear } from "../../../tests/search/random_patterns.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { beginWalk, isThrashing, verdictOf, type Walk, walkBytes } from "./_walk.ts";
import { parsePattern } from "../syntax/parse_pattern.ts";

const encoder = new TextEncoder();

function walkOver(dfa: LazyDfa, bytes: Uint8Array): boolean | undefined {
  const walk: Walk = { state: 0, at: 0, end: 0, generation: 0 };
  beginWalk(walk, dfa, 0, bytes.length);
  walkBytes(walk, dfa, bytes, bytes.length, Infinity);
  return verdictOf(walk, dfa);
}

Deno.test("the table's verdict is the slow walk's, wherever it has one", async () => {
  let told = 0;
  let open = 0;
  const runs = await checkRandom((random) => {
    const pattern = randomPattern(random);
    const hir = parsePattern(pattern);
    const program = compileProgram(hir);
    const dfa = createLazyDfa(program);
    const memory = createPikeMemory(program);
    for (let count = 0; count < 20; count += 1) {
      const bytes = encoder.encode(textNear(random, hir));
      // Every second text is broken somewhere.
      if (count % 2 === 1 && bytes.length > 0) bytes[random.int(bytes.length)] = random.int(256);
      const verdict = walkOver(dfa, bytes);
      if (verdict === undefined) open += 1;
      else told += 1;
      if (verdict !== undefined) {
        assert.equal(verdict, pikeMatches(memory, { bytes, start: 0, end: bytes.length }), `${pattern} in ${bytes}`);
      }
    }
  }, { runs: 700 });
  assert.ok(runs < 700 || told > 10_000 && open > 100, `${told} told, ${open} open`);
});

Deno.test("the table can tell for every well-formed text", async () => {
  await checkRandom((random) => {
    const pattern = randomPattern(random);
    const hir = parsePattern(pattern);
    const dfa = createLazyDfa(compileProgram(hir));
    for (let count = 0; count < 10; count += 1) {
      const text = textNear(random, hir).toWellFormed();
      assert.notEqual(walkOver(dfa, encoder.encode(text)), undefined, `${pattern} in ${JSON.stringify(text)}`);
    }
  }, { runs: 300 });
});

Deno.test("the table is as documented: flat, premultiplied, with answers below the first state", () => {
  const dfa = createLazyDfa(compileProgram(parsePattern("a+b$")));
  const bytes = encoder.encode("xaab");
  assert.ok(walkOver(dfa, bytes));
  let state = dfa.initial;
  for (const byte of bytes) state = dfa.table[state + (dfa.bytes.classes[byte] ?? 0)] ?? 0;
  assert.ok(state >= FIRST_STATE * dfa.stride && state % dfa.stride === 0);
  assert.equal(dfa.table[state + dfa.stride - 1], 2 * dfa.stride);
  assert.equal(dfa.stride, dfa.bytes.samples.length + 1);
  assert.equal(dfa.bytes.samples.length, 4);
});

Deno.test("a pattern whose states never come back is given up, with bounded memory", () => {
  // Whether the 14th byte before each is an a or b makes 2 ** 14 states.
  const dfa = createLazyDfa(compileProgram(parsePattern("(?-u:a[ab]{13}c)")));
  const random = createRandom(23);
  const bytes = Uint8Array.from({ length: 400_000 }, () => random.oneIn(2) ? 0x61 : 0x62);
  let largest = 0;
  for (let from = 0; from < bytes.length && !isThrashing(dfa); from += 1000) {
    walkOver(dfa, bytes.subarray(from, from + 1000));
    largest = Math.max(largest, dfa.table.length + dfa.threads.length + 2 * dfa.offsets.length);
  }
  assert.ok(isThrashing(dfa));
  assert.ok(largest < 1_300_000, `${largest} entries`);
});

Deno.test("a message on which the table does not pay is left to the slow walk", () => {
  const dfa = createLazyDfa(compileProgram(parsePattern("(?-u:a[ab]{13}c)")));
  const random = createRandom(23);
  assert.equal(walkOver(dfa, Uint8Array.from({ length: 400_000 }, () => random.oneIn(2) ? 0x61 : 0x62)), undefined);
});

Deno.test("a full cache that served well is emptied and filled again, and its answers stay right", () => {
  const dfa = createLazyDfa(compileProgram(parsePattern("(?-u:a[ab]{13}c)")));
  const random = createRandom(24);
  const { generation } = dfa;
  for (let time = 0; time < 40; time += 1) {
    const texts = Array.from({ length: 20 }, () => {
      return Array.from({ length: 100 }, () => random.oneIn(40) ? "c" : random.oneIn(2) ? "a" : "b").join("");
    });
    for (let again = 0; again < 20; again += 1) {
      for (const text of texts) assert.equal(walkOver(dfa, encoder.encode(text)), /a[ab]{13}c/.test(text));
    }
  }
  assert.ok(dfa.generation > generation + 1, `${dfa.generation - generation} times`);
  assert.ok(!isThrashing(dfa));
});

Deno.test("an emptied cache keeps nothing of what led to it", () => {
  const dfa = createLazyDfa(compileProgram(parsePattern("(?-u:a[ab]{13}c)")));
  const random = createRandom(25);
  for (let time = 0; time < 3; time += 1) {
    const { generation } = dfa;
    let state = initialState(dfa);
    while (dfa.generation === generation) state = computeNext(dfa, state, random.oneIn(2) ? 0x61 : 0x62);
    assert.equal(state, FIRST_STATE * dfa.stride);
    const answers = FIRST_STATE * dfa.stride;
    assert.ok(dfa.table.subarray(answers).every((entry) => entry === 0));
    assert.ok(dfa.table.subarray(0, answers).every((entry, index) => entry === index - index % dfa.stride));
  }
});
