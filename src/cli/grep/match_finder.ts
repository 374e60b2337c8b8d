/**
 * Where matches are, for showing them: faster than the engine finds them where the pattern is nothing but texts.
 *
 * @module
 */
import type { Matcher } from "../../search/engine/matcher.ts";
import { isClassUnit, isPlainByte, type Needle, type Unit } from "../../search/plan/needle.ts";
import type { Plan } from "../../search/plan/plan.ts";

/** Finds matches. */
export type MatchFinder = Pick<Matcher, "find">;

/** The one character besides k and K, and s and S, that is the same letter. */
const KELVIN = [0xe2, 0x84, 0xaa];
const LONG_S = [0xc5, 0xbf];

/** Finds what `matcher` finds; `plan` is that of the same pattern. */
export function createMatchFinder(matcher: MatchFinder, plan: Plan): MatchFinder {
  if (plan.kind !== "needles" || !plan.exact) return matcher;
  const { needles } = plan;
  const mayBegin = new Uint8Array(256);
  for (const [unit] of needles) {
    for (let byte = 0; byte < 256; byte++) if (unit !== undefined && takes(unit, byte)) mayBegin[byte] = 1;
  }
  return {
    find: (bytes, start, end, { from = start } = {}) => {
      for (let at = from; at < end; at++) {
        if (mayBegin[bytes[at] as number] === 0) continue;
        // Wherever a needle stands, a match begins; the engine tells where the one ends that the pattern prefers.
        if (needles.some((needle) => stands(needle, bytes, at, end))) {
          return matcher.find(bytes, start, end, { from: at });
        }
      }
      return undefined;
    },
  };
}

/** Whether a byte may be the first one of a unit. */
function takes(unit: Unit, byte: number): boolean {
  if (isPlainByte(unit)) return (byte | unit.fold) === unit.value;
  if (isClassUnit(unit)) return unit.characters[byte] !== 0;
  return (byte | 0x20) === unit.charCodeAt(0) || byte === (unit === "k" ? KELVIN : LONG_S)[0];
}

/** Whether a needle stands at `at`; the last letter of one that is cut short by `end` may be taken for whole. */
function stands(needle: Needle, bytes: Uint8Array, at: number, end: number): boolean {
  let next = at;
  for (const unit of needle) {
    const byte = bytes[next] ?? 0;
    if (next >= end || !takes(unit, byte)) return false;
    const others = typeof unit !== "string" || byte < 0x80 ? undefined : unit === "k" ? KELVIN : LONG_S;
    const first = next;
    if (others?.some((other, index) => bytes[first + index] !== other)) return false;
    next += others?.length ?? 1;
  }
  return true;
}
