/**
 * A compiled grep: what the kernel looks for, and the verdict on what it finds.
 *
 * @module
 */
import type { Matcher } from "./matcher.ts";

/** What the kernel looks for in blocks of lines, in the form that it reads (`kernel/_wasm/needles.ts`). */
export interface KernelPlan {
  /** The plan's bytes. */
  readonly bytes: Uint8Array;
  /** Whether a message matches when, and only when, one of the plan's literals is in it: then there is no need for a verdict. */
  readonly exact: boolean;
}

/** A compiled grep. */
export interface Search {
  /** What every message that matches holds, in the lines of each format; a line without it need not be looked at. */
  readonly plans: Readonly<Record<"cri" | "docker", KernelPlan>>;
  /** The verdict on a message. */
  readonly matcher: Pick<Matcher, "matches">;
}

/** Looks at every line. */
export const EVERY_LINE: KernelPlan = { bytes: new Uint8Array(4), exact: false };
