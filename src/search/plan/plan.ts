/**
 * What every match must hold: the literals that a pattern requires, so that lines without them need not be looked at.
 *
 * A plan is plain data and says why it is what it is. It promises only this: a message that matches holds one of the
 * needles; where `exact` is true, also the reverse. And it holds one text of each choice that is `required`, one behind
 * the other. Does not know how needles are searched for, nor how often they are in a log.
 *
 * @module
 */
import { type Choice, rarest, type Rate, score } from "./_choices.ts";
import { isOfTexts, isUseful, type Known, known, NOTHING } from "./_known_texts.ts";
import { needleRarity } from "./byte_rarity.ts";
import { type Fingerprint, FINGERPRINT_BYTES, fingerprintOf } from "./fingerprint.ts";
import { hasPlaces, type Hir } from "../syntax/hir.ts";
import type { Needle } from "./needle.ts";

export type { Choice, Rate } from "./_choices.ts";

/** How the lines are found that may match. */
export type Plan =
  /** Every line has to be looked at. */
  | { readonly kind: "every line"; readonly because: string }
  /** Only lines that hold one of the needles. */
  | {
    readonly kind: "needles";
    readonly needles: readonly Needle[];
    /** Whether a message that holds a needle matches: then no verdict is needed. */
    readonly exact: boolean;
    readonly required: readonly Choice[];
    /** Which of what is required each match begins with, where that is known and nothing before it matters. */
    readonly beginning?: Choice | undefined;
    readonly because: string;
  }
  /** Only lines that hold something that looks like this. */
  | {
    readonly kind: "fingerprint";
    readonly fingerprint: Fingerprint;
    readonly required: readonly Choice[];
    readonly because: string;
  };

/** Needles with a lower score name almost every line. */
const USELESS_SCORE = 6;
/** Needles with a lower score are so common that a fingerprint is the better choice. */
const MIN_SCORE = 10;

/** How messages are written in what is searched. */
export interface Writing {
  /** How rare a needle is there, in bits of surprise; 0 where it cannot be looked for. */
  readonly rate: Rate;
  /** Whether an ASCII character is written as itself, always. */
  readonly isVerbatim: (character: number) => boolean;
}

const AS_TEXT: Writing = { rate: needleRarity, isVerbatim: () => true };

/**
 * The plan of a pattern.
 *
 * @param hir What the pattern means.
 * @param writing How the messages are written, where they are not searched as they are.
 */
export function planOf(hir: Hir, writing: Writing = AS_TEXT): Plan {
  const { rate, isVerbatim } = writing;
  const { all, sure, row, beginning } = asRow(known(hir, rate), rate);
  const some = rarest(row, rate);
  if (all !== undefined && isUseful(all, rate)) {
    return {
      kind: "needles",
      needles: all,
      exact: sure,
      required: [],
      because: sure ? "the pattern is these texts" : "each match is one of these texts",
    };
  }
  const required = row.filter((choice) => score(choice, rate) >= USELESS_SCORE);
  const isCommon = some === undefined || score(some, rate) < MIN_SCORE || some.every(isShort);
  const fingerprint = isCommon ? fingerprintOf(hir, isVerbatim) : undefined;
  if (fingerprint !== undefined) {
    return {
      kind: "fingerprint",
      fingerprint,
      required,
      because: "each match holds characters in a row out of small sets",
    };
  }
  if (some !== undefined && score(some, rate) < USELESS_SCORE) {
    return { kind: "every line", because: "what each match holds is in almost every line" };
  }
  if (some !== undefined) {
    return {
      kind: "needles",
      needles: some,
      exact: false,
      required,
      beginning: hasPlaces(hir) ? undefined : beginning,
      because: "each match holds one of these texts",
    };
  }
  return { kind: "every line", because: "no text is part of each match" };
}

/** Whether a needle is shorter than a fingerprint. */
function isShort(needle: Needle): boolean {
  return needle.length < FINGERPRINT_BYTES;
}

/** The choices of texts of which each match holds one each, in their order. */
export function requiredTexts(plan: Plan): readonly Choice[] {
  if (plan.kind === "every line") return [];
  return plan.kind === "needles" && plan.required.length === 0 ? [plan.needles] : plan.required;
}

/** Needles that end in characters of classes are no whole texts, but a choice that each match begins with. */
function asRow(whole: Known, rate: Rate): Known {
  const { all } = whole;
  if (all === undefined || isOfTexts(all)) return whole;
  return isUseful(all, rate) ? { all: undefined, sure: false, row: [all], beginning: all } : NOTHING;
}
