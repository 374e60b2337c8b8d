/**
 * What the worst patterns cost: to compile, and in the longest turn over a megabyte that suits them.
 *
 * `deno task bench-patterns` prints a line for each, in milliseconds of processor time, and ends with exit code 1 where
 * one is over 50. Of texts in short lines, ten blocks of easy ones come first: a search reads a megabyte at a time by
 * then.
 *
 * @module
 */
import process from "node:process";
import { kernel } from "../../src/kernel/kernel.ts";
import { ABUSE } from "../support/abuse_patterns.ts";
import { compileSearch, type Search } from "../../src/search/search.ts";
import { createRandom } from "../support/random.ts";

const BAR_MS = 50;
const TEXT_BYTES = 1 << 20;
const TURN_STEPS = 500_000;
/** Turns of each kind: enough to fill the table several times. */
const TURNS = 40;
const LINE_BYTES = [100, 4_000, 60_000] as const;

const encoder = new TextEncoder();
const random = createRandom(1);

function repeated(unit: string): Uint8Array {
  return encoder.encode(unit.repeat(TEXT_BYTES / encoder.encode(unit).length | 0));
}

const EASY = repeated("x");
const TEXTS: readonly Uint8Array[] = [
  repeated("a"),
  EASY,
  repeated("lorem w123 ipsum x1 abab caab "),
  repeated("αβγδε"),
  Uint8Array.from({ length: TEXT_BYTES }, () => random.pick([0x61, 0x62])),
  encoder.encode(
    Array.from({ length: TEXT_BYTES / 3 | 0 }, () => String.fromCodePoint(32 + random.int(0x3000))).join(""),
  ),
  Uint8Array.from({ length: TEXT_BYTES }, () => 11 + random.int(245)),
];

/** Milliseconds of processor time: others on the machine do not count. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function compiled(pattern: string): Search {
  const search = compileSearch(pattern);
  if (search === undefined) throw new TypeError(`Cannot search for nothing: "${pattern}"`);
  return search;
}

/** The longest turn over the text as one message. */
function longestOfMessage({ matcher }: Search, text: Uint8Array): number {
  const judging = matcher.judge(text, 0, text.length);
  let longest = 0;
  let verdict: boolean | undefined;
  for (let turn = 0; turn < TURNS && verdict === undefined; turn += 1) {
    longest = Math.max(longest, cost(() => verdict = judging.advance(TURN_STEPS)));
  }
  return longest;
}

/** The longest turn over the text in lines, in blocks of as many bytes as the matcher asks for. */
function longestOfLines({ matcher }: Search, text: Uint8Array, lineBytes: number): number {
  const [address = 0] = kernel.blocks;
  let longest = 0;
  let want = 4_096;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const block = (turn < 10 ? EASY : text).subarray(0, Math.max(lineBytes, want));
    kernel.memory.set(block, address);
    const lines = Math.min(block.length / lineBytes | 0, kernel.spans.length / 3);
    for (let line = 0; line < lines; line += 1) {
      kernel.spans.set([address + line * lineBytes, address + (line + 1) * lineBytes, 0], 3 * line);
    }
    const work = (): void => {
      matcher.beginSlice();
      matcher.judgeSpans(lines);
    };
    longest = Math.max(longest, cost(work));
    want = Math.min(2 * want, TEXT_BYTES, Math.max(4_096, matcher.bytesPerSlice()));
  }
  return longest;
}

let worst = 0;
for (const pattern of ABUSE) {
  const compile = Math.min(...Array.from({ length: 3 }, () => cost(() => compiled(pattern))));
  const message = Math.max(...TEXTS.map((text) => longestOfMessage(compiled(pattern), text)));
  const lines = Math.max(
    ...TEXTS.flatMap((text) => LINE_BYTES.map((lineBytes) => longestOfLines(compiled(pattern), text, lineBytes))),
  );
  worst = Math.max(worst, compile, message, lines);
  const figures = [compile, message, lines].map((ms) => ms.toFixed(1).padStart(7)).join("");
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(`compile, longest turn of a message, of lines, ms: ${figures}   ${pattern.slice(0, 50)}`);
}
Deno.exit(worst <= BAR_MS ? 0 : 1);
