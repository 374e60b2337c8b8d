/**
 * One scan of one log: what stays the same from block to block, and the little that does not.
 *
 * @module
 */
import { emptyHead, type LineFormat, type LineHead } from "../../logs/line_head.ts";
import { kernel } from "../../kernel/kernel.ts";
import { EVERY_LINE, type KernelPlan } from "../../search/plan/kernel_plan.ts";
import type { RecordQuery } from "../query.ts";
import { PlanChoice } from "./plan_choice.ts";

/**
 * What is known of the next whole message after some line: it decides over the parts of a message that the stop cuts.
 */
export interface NextFinal {
  /** Lines that begin at file offset `from` or later … */
  readonly from: number;
  /** … and before `upTo`, where that message's line begins, are decided by it. */
  readonly upTo: number;
  /** Whether its time lies beyond the stop. */
  readonly beyond: boolean;
}

/** One scan of one log. */
export interface Scan {
  /** The records that are wanted. */
  readonly query: RecordQuery;
  /** How the log's lines read. */
  readonly format: LineFormat;
  /** What the kernel searches for. */
  readonly plan: KernelPlan;
  /** By which of the plan's texts. */
  readonly choice: PlanChoice;
  /** The head of the current line. */
  readonly head: LineHead;
  /** Whether parts of a message are held back until its end is known. */
  readonly holdsParts: boolean;
  /** Whether each line that the kernel names has to be judged. */
  readonly judgesLines: boolean;
  /** The last whole message that was found ahead. */
  nextFinal: NextFinal | undefined;
  /**
   * Lines that were read and were no records, blank ones not counted; those of a selection are added when its rows have
   * been sent.
   */
  skippedLines: number;
}

/** Returns a scan that has read nothing. */
export function createScan(query: RecordQuery, format: LineFormat): Scan {
  const plan = query.search?.kernelPlans[format.kind === "strict cri" ? "cri" : format.kind] ?? EVERY_LINE;
  return {
    query,
    format,
    plan,
    choice: new PlanChoice(plan, kernel),
    judgesLines: query.search !== undefined && !plan.exact,
    head: emptyHead(),
    holdsParts: query.stop !== undefined && format.tagsParts,
    nextFinal: undefined,
    skippedLines: 0,
  };
}
