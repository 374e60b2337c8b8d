import assert from "#assert";
import { parseSoakText, soakText } from "./lines.ts";
import { StreamOracle } from "./oracle.ts";

const bytesOf = (log: number, sequence: number): Uint8Array => new TextEncoder().encode(soakText(log, sequence).text);
const WHOLE = { isWhole: true, isLossTold: false, isTellable: true, oldest: 0, written: 5 };

function oracleOf(sequences: readonly number[], options: { direction?: 1 | -1; step?: number } = {}): StreamOracle {
  const { direction = 1, step = 1 } = options;
  const oracle = new StreamOracle({ log: 3, direction, step });
  for (const sequence of sequences) oracle.take(bytesOf(3, sequence));
  return oracle;
}

Deno.test("a line is read as it was written; one that is changed is not", () => {
  assert.deepEqual(parseSoakText(bytesOf(12, 4_711)), { log: 12, sequence: 4_711 });
  for (const at of [0, 4, 8, 20, 30]) {
    const bytes = bytesOf(12, 4_711);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    assert.equal(parseSoakText(bytes), undefined, `byte ${at}`);
  }
  assert.equal(parseSoakText(new Uint8Array(3)), undefined);
});

Deno.test("a whole stream holds each line once and in order, forward and backward, also with a pattern", () => {
  assert.equal(oracleOf([0, 1, 2, 3, 4]).end(WHOLE), undefined);
  assert.equal(oracleOf([4, 3, 2, 1, 0], { direction: -1 }).end(WHOLE), undefined);
  assert.equal(oracleOf([7, 17, 27], { step: 10 }).end({ ...WHOLE, written: 30 }), undefined);
  // What is written while the stream runs may be there as well.
  assert.equal(oracleOf([0, 1, 2, 3, 4, 5, 6]).end(WHOLE), undefined);
});

Deno.test("what is wrong with a stream is told", () => {
  const cases: readonly [sequences: readonly number[], problem: RegExp][] = [
    [[0, 1, 1, 2, 3, 4], /line 1 came twice/],
    [[0, 2, 1, 3, 4], /line 1 came after 2/],
    [[0, 1, 4], /2 lines are missing after 1/],
    [[1, 2, 3, 4], /the oldest line is 1, and 0 is there/],
    [[0, 1, 2, 3], /the newest line is 3, and 4 is there/],
    [[], /nothing came, and 5 lines are there/],
  ];
  for (const [sequences, problem] of cases) assert.match(oracleOf(sequences).end(WHOLE) ?? "", problem);
  assert.match(oracleOf([4, 3, 2, 1], { direction: -1 }).end(WHOLE) ?? "", /the oldest line is 1/);
  assert.match(oracleOf([3, 2, 1, 0], { direction: -1 }).end(WHOLE) ?? "", /the newest line is 3/);
  assert.match(oracleOf([7, 27], { step: 10 }).end({ ...WHOLE, written: 30 }) ?? "", /1 lines are missing after 7/);
  const other = new StreamOracle({ log: 4, direction: 1, step: 1 });
  other.take(bytesOf(3, 0));
  assert.match(other.end(WHOLE) ?? "", /a line of log 3/);
});

Deno.test("a loss that is told excuses a gap, and nothing else", () => {
  assert.equal(oracleOf([0, 1, 4]).end({ ...WHOLE, isLossTold: true }), undefined);
  assert.match(oracleOf([0, 1, 1]).end({ ...WHOLE, isLossTold: true }) ?? "", /twice/);
  // Who cancels is not told.
  assert.equal(oracleOf([0, 1, 4]).end({ ...WHOLE, isWhole: false, isTellable: false }), undefined);
  assert.match(oracleOf([0, 1, 0]).end({ ...WHOLE, isWhole: false, isTellable: false }) ?? "", /came after/);
});
