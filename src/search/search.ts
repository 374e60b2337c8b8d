/**
 * A compiled grep: what the kernel looks for, and the verdict on what it finds.
 *
 * @module
 */
import { normalizeGrep } from "./syntax/grep.ts";
import { type KernelPlan, kernelPlan, withoutHeaders, writingIn } from "./plan/kernel_plan.ts";
import { createMatcher, type Matcher } from "./engine/matcher.ts";
import { type Plan, planOf } from "./plan/plan.ts";
import type { Hir } from "./syntax/hir.ts";
import { readPattern } from "./syntax/read_pattern.ts";

/** A compiled grep. */
export interface Search {
  /** What every message that matches holds. */
  readonly plan: Plan;
  /** Such a plan for the kernel, in the lines of each format; a line that it does not name need not be looked at. */
  readonly kernelPlans: Readonly<Record<"cri" | "docker" | "plain", KernelPlan>>;
  /** The verdict on a message. */
  readonly matcher: Pick<
    Matcher,
    "bytes" | "matches" | "matchesInSlice" | "judge" | "beginSlice" | "judgeSpans" | "bytesPerSlice"
  >;
}

/**
 * Compiles the text of a request's `grep` field; `undefined` where it asks for no filter.
 *
 * @throws {PatternError} If the text is not a pattern, or one that is too big.
 */
export function compileSearch(grep: string): Search | undefined {
  const pattern = normalizeGrep(grep);
  return pattern === undefined ? undefined : compilePattern(pattern);
}

/**
 * Compiles a pattern as it stands: a blank in it is a blank.
 *
 * @throws {PatternError} If the text is not a pattern, or one that is too big.
 */
export function compilePattern(pattern: string): Search {
  return compileHir(readPattern(pattern));
}

/**
 * Compiles a pattern that was read already.
 *
 * @throws {PatternError} If it is too big.
 */
export function compileHir(hir: Hir): Search {
  const matcher = createMatcher(hir);
  const plan = planOf(hir, writingIn("cri"));
  const inJson = planOf(hir, writingIn("docker"));
  const inCri = kernelPlan(plan, "cri");
  return {
    plan,
    kernelPlans: { cri: inCri, docker: kernelPlan(inJson, "docker"), plain: withoutHeaders(inCri) },
    matcher,
  };
}
