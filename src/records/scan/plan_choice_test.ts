import assert from "#assert";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import { kernel } from "../../kernel/kernel.ts";
import { EVERY_LINE } from "../../search/plan/kernel_plan.ts";
import { compilePattern } from "../../search/search.ts";
import { streamBackward } from "./backward.ts";
import { createBlockPool } from "./block_pool.ts";
import { streamForward } from "./forward.ts";
import { PlanChoice } from "./plan_choice.ts";

const MIB = 1024 * 1024;
const { signal } = new AbortController();

/** Lines of 100 bytes as runtimes write them: each holds the text, but every so-and-so-many-th one holds `other`. */
function lines(text: string, { of, other, count }: { of: number; other: string; count: number }): string {
  return Array.from({ length: count }, (_, line) => {
    const message = line % of === of - 1 ? other : text;
    return `2026-01-01T00:00:00.000000001Z stdout F ${message.padEnd(59, "-")}\n`;
  }).join("");
}

/** Puts a text into a block; returns where it begins and ends. */
function place(text: string): { readonly from: number; readonly to: number } {
  const [from = 0] = kernel.blocks;
  const { written } = new TextEncoder().encodeInto(text, kernel.memory.subarray(from));
  return { from, to: from + written };
}

/** How many of the lines are tried, of those that the choice is asked about. */
function triedIn(choice: PlanChoice, text: string, required: Uint8Array): number {
  const { from, to } = place(text);
  choice.sample(from, to);
  kernel.setPlan(choice.bytes, required);
  const named = kernel.scanLines(from, to);
  const tried = kernel.linesTried();
  choice.note(to - from, { tried, named, required });
  return tried;
}

Deno.test("a choice goes by the text that is rarest in the lines, whichever comes first in the pattern", () => {
  const common = lines("queue of a worker", { of: 50, other: "timeout", count: 1000 });
  for (const pattern of ["queue.*timeout", "timeout.*queue"]) {
    const plan = compilePattern(pattern).kernelPlans.cri;
    assert.equal(triedIn(new PlanChoice(plan, kernel), common, plan.required), 20, pattern);
  }
});

Deno.test("a choice of several texts goes by as few of their bits as tell them from what is in the lines", () => {
  const plan = compilePattern("(?i)fuee|flux-capacitor").kernelPlans.cri;
  const kinds = [["xyz", 3], ["655 555 ", 5], ["6555", 2]].map(([text, kind]) => {
    const choice = new PlanChoice(plan, kernel);
    assert.equal(
      triedIn(choice, lines(String(text).repeat(7), { of: 50, other: "-", count: 1000 }), plan.required),
      0,
    );
    return [choice.bytes[0], kind];
  });
  for (const [kind, wanted] of kinds) assert.equal(kind, wanted);
});

Deno.test("a choice goes by what takes longer to look for where that spares verdicts", () => {
  const plan = compilePattern("(?i)\\d{3}ms").kernelPlans.cri;
  assert.equal(
    triedIn(new PlanChoice(plan, kernel), lines("x", { of: 16, other: "items", count: 1000 }), plan.required),
    0,
  );
});

Deno.test("a choice of few bytes waits for more of them", () => {
  const plan = compilePattern("queue.*timeout").kernelPlans.cri;
  const choice = new PlanChoice(plan, kernel);
  triedIn(choice, lines("timeout", { of: 2, other: "timeout", count: 20 }), plan.required);
  assert.equal(choice.bytes, plan.bytes);
  assert.equal(triedIn(choice, lines("timeout", { of: 50, other: "queue", count: 1000 }), plan.required), 20);
});

Deno.test("a choice is made anew where the lines are others than those that were counted", () => {
  const plan = compilePattern("queue.*timeout").kernelPlans.cri;
  const choice = new PlanChoice(plan, kernel);
  const first = lines("queue", { of: 50, other: "timeout", count: 10_000 });
  const then = lines("timeout", { of: 50, other: "queue", count: 10_000 });
  assert.equal(triedIn(choice, first, plan.required), 200);
  let blocks = 0;
  while (!choice.isStale) {
    assert.equal(triedIn(choice, then, plan.required), 9800);
    assert.ok(++blocks <= 8, "noticed after so many blocks");
  }
  assert.equal(triedIn(choice, then, plan.required), 200);
  assert.ok(!choice.isStale);
});

Deno.test("a choice is made anew ever more seldom where the lines change all the time", () => {
  const plan = compilePattern("queue.*timeout").kernelPlans.cri;
  let samples = 0;
  const choice = new PlanChoice(plan, {
    ...kernel,
    setPlan: (bytes, required) => {
      samples++;
      kernel.setPlan(bytes, required);
    },
  });
  const parts = [
    lines("queue", { of: 50, other: "timeout", count: 10_000 }),
    lines("timeout", { of: 50, other: "queue", count: 10_000 }),
  ];
  let bytes = 0;
  for (let block = 0; block < 256; block++) {
    // Whatever it goes by is common in the next block.
    const worst = parts.find((part) => block === 0 || triedIn(choice, part, plan.required) > 200) ?? "";
    triedIn(choice, worst, plan.required);
    bytes += worst.length;
  }
  const plans = 1 + plan.others().length;
  assert.ok(samples / plans <= 2 + Math.log2(bytes / (4 * MIB)) * 2, `${samples / plans} times in ${bytes / MIB} MiB`);
});

Deno.test("what is required beside is checked where lines lack it, and again where those that have no match become many", () => {
  const plan = compilePattern("queue.*timeout").kernelPlans.cri;
  const choice = new PlanChoice(plan, kernel);
  // A timeout is in one of twenty lines; of those, few have a queue before it.
  triedIn(choice, lines("worker", { of: 20, other: "timeout, then a queue", count: 1000 }), plan.required);
  assert.equal(choice.required, plan.required);
  const other = new PlanChoice(plan, kernel);
  triedIn(other, lines("worker", { of: 20, other: "a queue, then a timeout", count: 1000 }), plan.required);
  assert.equal(other.required, EVERY_LINE.required);
  other.noteVerdicts(200, 200);
  other.noteVerdicts(1000, 500);
  assert.equal(other.required, EVERY_LINE.required);
  other.noteVerdicts(1000, 0);
  assert.equal(other.required, plan.required);
});

Deno.test("what is required beside is checked ever more seldom where all lines have it, whether they match or not", () => {
  const plan = compilePattern("queue.*timeout").kernelPlans.cri;
  const choice = new PlanChoice(plan, kernel);
  triedIn(choice, lines("worker", { of: 20, other: "a queue, then a timeout", count: 1000 }), plan.required);
  const checks: number[] = [];
  let wasChecked = false;
  for (let judged = 0; judged < 100_000; judged += 64) {
    const { required } = choice;
    const isChecked = required === plan.required;
    if (isChecked && !wasChecked) checks.push(judged);
    wasChecked = isChecked;
    choice.noteVerdicts(64, 0);
    choice.note(1, { tried: 64, named: 64, required });
  }
  assert.deepEqual(checks.map((judged) => Math.round(Math.log2(judged))), [8, 11, 14]);
  // Of lines that lack it, the first few tell.
  choice.noteVerdicts(1_000_000, 0);
  assert.equal(choice.required, plan.required);
  choice.note(1, { tried: 10_000, named: 100, required: plan.required });
  assert.equal(choice.required, plan.required);
});

Deno.test("what is required beside goes on to be checked where lines were looked for without it", () => {
  const plan = compilePattern("queue.*timeout").kernelPlans.cri;
  const choice = new PlanChoice(plan, kernel);
  triedIn(choice, lines("worker", { of: 20, other: "a queue, then a timeout", count: 1000 }), plan.required);
  const { required } = choice;
  choice.noteVerdicts(1000, 0);
  choice.note(1, { tried: 1000, named: 1000, required });
  assert.equal(choice.required, plan.required);
});

Deno.test("every line is no choice", () => {
  const choice = new PlanChoice(EVERY_LINE, kernel);
  triedIn(choice, lines("queue", { of: 2, other: "timeout", count: 1000 }), EVERY_LINE.required);
  assert.equal(choice.bytes, EVERY_LINE.bytes);
  assert.ok(!choice.isStale);
});

Deno.test("a scan of a log whose first lines say the opposite of the others finds each line that matches, in either direction", async () => {
  const match = (n: number): string => `2026-01-01T00:00:00.000000001Z stdout F a queue in a timeout ${n}\n`;
  const text = [
    lines("queue", { of: 50, other: "timeout", count: 20_000 }),
    match(1),
    lines("timeout, then a queue", { of: 3, other: "timeout", count: 90_000 }),
    match(2),
    lines("queue", { of: 2, other: "neither", count: 60_000 }),
    match(3),
  ].join("");
  const file = memoryLog(new TextEncoder().encode(text));
  const search = compilePattern("queue.*timeout");
  for (const [stream, wanted] of [[streamForward, [1, 2, 3]], [streamBackward, [3, 2, 1]]] as const) {
    const sink = keepingSink();
    await stream(file, { search }, { sink, pool: createBlockPool(), signal });
    assert.deepEqual(sink.records.map(({ message }) => Number(message.slice(-1))), wanted);
  }
});
