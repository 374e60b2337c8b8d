/**
 * The bars of the attack suite: a bench's check, and whether it depends on how busy the machine is.
 *
 * @module
 */
import { type Check, check } from "../bench/row.ts";

/** A bar, and where the measured value is. */
export interface AttackCheck extends Check {
  /** Whether the value is a time, or a figure that a busy machine changes. */
  readonly isTiming: boolean;
}

type Bar = { readonly atMost: number } | { readonly atLeast: number };

/** Compares a value with its bar; the value is the same on every machine. */
export function countCheck(what: string, value: number, bar: Bar): AttackCheck {
  return { ...check(what, value, bar), isTiming: false };
}

/** Compares a value with its bar; the value depends on how busy the machine is. */
export function timingCheck(what: string, value: number, bar: Bar): AttackCheck {
  return { ...check(what, value, bar), isTiming: true };
}
