/**
 * A search that matches what one search matches and another one does not.
 *
 * @module
 */
import { kernel, VERDICT } from "../kernel/kernel.ts";
import type { JudgeSpansOptions } from "./engine/matcher.ts";
import { invertedSearch } from "./inverted_search.ts";
import type { KernelPlan } from "./plan/kernel_plan.ts";
import type { Search } from "./search.ts";

const { memory, spans } = kernel;
const SPAN_COLUMNS = 3;
const VERDICT_COLUMN = 2;

/** The verdicts that spans had before: those are of lines without a message, and stay as they are. */
const judgedBefore = new Uint8Array(spans.length / SPAN_COLUMNS);

/**
 * Returns a search that matches what `search` matches, without what `excluded` matches; a search that is `undefined`
 * matches everything.
 */
export function excludingSearch(search: Search | undefined, excluded: Search): Search {
  if (search === undefined) return invertedSearch(excluded);
  const { matcher } = search;
  const other = excluded.matcher;
  // What the kernel finds is not decided by it alone any more.
  const judged = (plan: KernelPlan): KernelPlan => ({ ...plan, exact: false });
  return {
    plan: search.plan,
    kernelPlans: {
      cri: judged(search.kernelPlans.cri),
      docker: judged(search.kernelPlans.docker),
      plain: judged(search.kernelPlans.plain),
    },
    matcher: {
      bytes: matcher.bytes + other.bytes,
      bytesPerSlice: () => Math.min(matcher.bytesPerSlice(), other.bytesPerSlice()),
      beginSlice: (): void => {
        matcher.beginSlice();
        other.beginSlice();
      },
      matches: (bytes, start, end) => matcher.matches(bytes, start, end) && !other.matches(bytes, start, end),
      matchesInSlice: (bytes, start, end): boolean | undefined => {
        const verdict = matcher.matchesInSlice(bytes, start, end);
        if (verdict !== true) return verdict;
        const isExcluded = other.matchesInSlice(bytes, start, end);
        return isExcluded === undefined ? undefined : !isExcluded;
      },
      judge: (bytes, start, end) => {
        const first = matcher.judge(bytes, start, end);
        const second = other.judge(bytes, start, end);
        let isWanted: boolean | undefined;
        return {
          advance: (steps): boolean | undefined => {
            isWanted ??= first.advance(steps);
            if (isWanted !== true) return isWanted;
            const isExcluded = second.advance(steps);
            return isExcluded === undefined ? undefined : !isExcluded;
          },
        };
      },
      judgeSpans: (count, options): number => {
        for (let span = 0; span < count; span++) judgedBefore[span] = spans[span * SPAN_COLUMNS + VERDICT_COLUMN] ?? 0;
        return judgeMatching(other, { count, done: matcher.judgeSpans(count, options), ...options });
      },
    },
  };
}

/** The spans that were judged by the first search. */
interface Judged extends JudgeSpansOptions {
  readonly count: number;
  readonly done: number;
}

/** Takes back the verdict of the spans that `other` matches; returns how many spans have both verdicts. */
function judgeMatching(other: Search["matcher"], { count, done, backward = false }: Judged): number {
  for (let step = 0; step < done; step++) {
    const span = backward ? count - 1 - step : step;
    const at = span * SPAN_COLUMNS;
    if (judgedBefore[span] !== 0 || spans[at + VERDICT_COLUMN] !== VERDICT.yes) continue;
    const isExcluded = other.matchesInSlice(memory, spans[at] ?? 0, spans[at + 1] ?? 0);
    if (isExcluded === undefined) return step;
    if (isExcluded) spans[at + VERDICT_COLUMN] = VERDICT.no;
  }
  return done;
}
