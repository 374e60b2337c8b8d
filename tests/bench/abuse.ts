/**
 * What the worst patterns cost: to compile, in the longest time slice over a megabyte that suits them, and in memory.
 *
 * `deno task bench-patterns` prints a line for each, in milliseconds of processor time, and ends with exit code 1 where
 * one is over 50. Of texts in short lines, ten blocks of easy ones come first: a search reads a megabyte at a time by
 * then.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { kernel } from "../../src/kernel/kernel.ts";
import { ABUSE } from "../support/abuse_patterns.ts";
import { MAX_COMPILED_BYTES, tableBudget } from "../../src/search/engine/table_budget.ts";
import { compileSearch, type Search } from "../../src/search/search.ts";
import { createRandom } from "../support/random.ts";

const BAR_MS = 50;
const TEXT_BYTES = 1 << 20;
const SLICE_STEPS = 500_000;
/** Time slices of each kind: enough to fill the table several times. */
const SLICES = 40;
const LINE_BYTES = [100, 4_000, 60_000] as const;

/** Time slices of each stream in which memory is measured. */
const MEMORY_SLICES = 5;
const MIB = 1024 * 1024;
/** The budget counts at least this share of what the process takes: the rest is plans, and memory that all share. */
const COUNTED_SHARE = 0.8;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

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

/** The longest time slice over the text as one message. */
function longestOfMessage({ matcher }: Search, text: Uint8Array): number {
  const judging = matcher.judge(text, 0, text.length);
  let longest = 0;
  let verdict: boolean | undefined;
  for (let slice = 0; slice < SLICES && verdict === undefined; slice += 1) {
    longest = Math.max(longest, cost(() => verdict = judging.advance(SLICE_STEPS)));
  }
  return longest;
}

/** The longest time slice over the text in lines, in blocks of as many bytes as the matcher asks for. */
function longestOfLines({ matcher }: Search, text: Uint8Array, lineBytes: number): number {
  const [address = 0] = kernel.blocks;
  let longest = 0;
  let want = 4_096;
  for (let slice = 0; slice < SLICES; slice += 1) {
    const block = (slice < 10 ? EASY : text).subarray(0, Math.max(lineBytes, want));
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

/** A number of streams, each with a pattern of its own. */
const STREAMS = 100;

/**
 * Returns the most memory that streams with abusive patterns take together, each within a long message, in MiB: by the
 * budget, and of the process, beyond what it took before.
 */
async function memoryOfStreams(
  patternOf: (stream: number) => string,
): Promise<{ readonly counted: number; readonly taken: number }> {
  await collected();
  const before = memoryInUse();
  const streams = Array.from({ length: STREAMS }, (_, stream) => {
    const { matcher } = compiled(patternOf(stream));
    const text = TEXTS[stream % TEXTS.length] ?? EASY;
    return { matcher, judging: matcher.judge(text, 0, text.length), verdict: undefined as boolean | undefined };
  });
  let counted = 0;
  let taken = 0;
  for (let slice = 0; slice < MEMORY_SLICES; slice += 1) {
    for (const stream of streams) {
      stream.matcher.beginSlice();
      stream.verdict ??= stream.judging.advance(SLICE_STEPS);
    }
    await collected();
    counted = Math.max(counted, tableBudget.size());
    taken = Math.max(taken, memoryInUse() - before);
  }
  return { counted: counted / MIB, taken: taken / MIB };
}

/** Collects garbage; what weak references lead to stays until the next tick. */
async function collected(): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    await setTimeout(10);
    collectGarbage();
  }
}

function memoryInUse(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function print(line: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(line);
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
  print(`compile, longest time slice of a message, of lines, ms: ${figures}   ${pattern.slice(0, 50)}`);
}

let most = 0;
for (
  const [what, patternOf] of [
    ["abusive patterns", (stream) => `${ABUSE[stream % ABUSE.length]}${"z?".repeat(stream / ABUSE.length)}`],
    ["patterns of the largest size", (stream) => `(?-u:a[ab]{400}c)|(?:${"y".repeat(190)}){98}${"z?".repeat(stream)}`],
  ] as readonly (readonly [string, (stream: number) => string])[]
) {
  const { counted, taken } = await memoryOfStreams(patternOf);
  most = Math.max(most, counted, taken * COUNTED_SHARE);
  print(
    `${STREAMS} streams with ${what}, MiB: ${counted.toFixed(1)} by the budget, ${taken.toFixed(1)} of the process`,
  );
}
Deno.exit(worst <= BAR_MS && most <= MAX_COMPILED_BYTES / MIB ? 0 : 1);
