/**
 * What a scan would go by: how many of some lines hold each of a search's texts, and which text is looked for.
 *
 * For people who ask how a search is done; a scan has no use for it.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";
import type { LineFormat } from "../../logs/line_head.ts";
import { type KernelPlan, kernelPlan } from "../../search/plan/kernel_plan.ts";
import { type Choice, requiredTexts } from "../../search/plan/plan.ts";
import type { Search } from "../../search/search.ts";
import { createScan, type Scan } from "./scan.ts";

/** What was counted. */
export interface TextCounts {
  /** The texts that each match holds, in their order, and how many lines hold them. */
  readonly counts: readonly { readonly texts: Choice; readonly lines: number }[];
  /** Those by which a scan of such lines finds them; `undefined` where it is none of these. */
  readonly chosen: Choice | undefined;
  /** Whether that was chosen by the counts: a few lines tell too little. */
  readonly isCounted: boolean;
}

/** Counts a search's texts in whole lines, no more of them than a scan counts texts in. */
export function countTexts(search: Search, format: LineFormat, lines: Uint8Array): TextCounts {
  const [from = 0] = kernel.blocks;
  const to = from + lines.length;
  kernel.memory.set(lines, from);
  const scan = createScan({ search }, format);
  const plans = requiredTexts(search.plan).map((texts) => ({ texts, plan: planOf(texts, search, scan) }));
  const counts = plans.map(({ texts, plan }) => ({ texts, lines: linesWith(plan, from, to) }));
  const { choice } = scan;
  choice.sample(from, to);
  const chosen = plans.find(({ plan: { bytes, others } }) =>
    [bytes, ...others()].some((one) =>
      one.length === choice.bytes.length && one.every((byte, at) => byte === choice.bytes[at])
    )
  );
  return { counts, chosen: chosen?.texts, isCounted: choice.isCounted };
}

/** The plan that looks for these texts alone. */
function planOf(needles: Choice, { plan, kernelPlans }: Search, scan: Scan): KernelPlan {
  const beginning = plan.kind === "needles" ? plan.beginning : undefined;
  const format = scan.plan === kernelPlans.docker ? "docker" : "cri";
  return kernelPlan({ kind: "needles", needles, exact: false, required: [], beginning, because: "" }, format);
}

function linesWith({ bytes }: KernelPlan, from: number, to: number): number {
  kernel.setPlan(bytes);
  return bytes[0] === 0 ? 0 : kernel.countLines(from, to);
}
