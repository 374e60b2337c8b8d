/**
 * A search that matches what another one does not match.
 *
 * @module
 */
import { kernel, VERDICT } from "../kernel/kernel.ts";
import { EVERY_LINE } from "./plan/kernel_plan.ts";
import type { Search } from "./search.ts";

const { spans } = kernel;
const SPAN_COLUMNS = 3;
const VERDICT_COLUMN = 2;

/** The verdicts that spans had before: those are of lines without a message, and stay as they are. */
const judgedBefore = new Uint8Array(spans.length / SPAN_COLUMNS);

/** Returns a search that matches every message that `search` does not match. */
export function invertedSearch(search: Search): Search {
  const { matcher } = search;
  return {
    plan: { kind: "every line", because: "what is looked for is not in them" },
    kernelPlans: { cri: EVERY_LINE, docker: EVERY_LINE, plain: EVERY_LINE },
    matcher: {
      bytes: matcher.bytes,
      bytesPerSlice: matcher.bytesPerSlice,
      judge: (bytes, start, end) => {
        const judging = matcher.judge(bytes, start, end);
        return {
          advance: (steps): boolean | undefined => {
            const verdict = judging.advance(steps);
            return verdict === undefined ? undefined : !verdict;
          },
        };
      },
      matches: (bytes, start, end) => !matcher.matches(bytes, start, end),
      matchesInSlice: (bytes, start, end) => {
        const verdict = matcher.matchesInSlice(bytes, start, end);
        return verdict === undefined ? undefined : !verdict;
      },
      beginSlice: matcher.beginSlice,
      judgeSpans: (count, options): number => {
        for (let span = 0; span < count; span++) judgedBefore[span] = spans[span * SPAN_COLUMNS + VERDICT_COLUMN] ?? 0;
        const done = matcher.judgeSpans(count, options);
        for (let span = 0; span < count; span++) {
          if (judgedBefore[span] !== 0) continue;
          const at = span * SPAN_COLUMNS + VERDICT_COLUMN;
          // Beyond the time slice there is no verdict yet.
          if (spans[at] === VERDICT.yes) spans[at] = VERDICT.no;
          else if (spans[at] === VERDICT.no) spans[at] = VERDICT.yes;
        }
        return done;
      },
    },
  };
}
