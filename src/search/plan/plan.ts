/**
 * What every match must hold: the literals that a pattern requires, so that lines without them need not be looked at.
 *
 * A plan is plain data and says why it is what it is. It promises only this: a message that matches holds one of the
 * needles; where `exact` is true, also the reverse. And it holds one text of each choice that is `required`, one behind
 * the other. Does not know how needles are searched for, nor how often they are in a log.
 *
 * @module
 */
import { type Choice, keepRarest, rarest, type Rate, score } from "./_choices.ts";
import { needleRarity } from "./byte_rarity.ts";
import { type Fingerprint, fingerprintOf } from "./fingerprint.ts";
import { hasPlaces, type Hir, type HirClass } from "../syntax/hir.ts";
import { classNeedles, classUnit, isClassUnit, literalNeedle, MAX_UNITS, type Needle } from "./needle.ts";

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

/** The most needles of a plan: beyond that, looking for them costs more than looking at the lines. */
const MAX_NEEDLES = 48;
/** Needles with a lower score name almost every line. */
const USELESS_SCORE = 6;
/** Needles with a lower score are so common that a fingerprint is the better choice. */
const MIN_SCORE = 10;

/**
 * The most parts of a sequence that are looked at: a needle is found among them, if there is one, and the time that it
 * takes is bounded.
 */
const MAX_PARTS = 256;

/** What is known of the texts that a part of a pattern matches. */
interface Known {
  /** All of them, where they are few and of a known form; each may be empty. */
  readonly all: readonly Needle[] | undefined;
  /** Whether such a text is a match wherever it stands, and always as a whole. */
  readonly sure: boolean;
  /** Choices of which each text holds one needle each, in this order, none overlapping another. */
  readonly row: readonly Choice[];
  /** One of which each text begins with one needle. */
  readonly beginning?: Choice | undefined;
}

const NOTHING: Known = { all: undefined, sure: false, row: [] };

/** A part of a sequence. */
interface Part extends Known {
  /** Whether it is what a repeat ends with: it may be the same text as the part before the last one. */
  readonly isAgain?: boolean;
}

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
  const fingerprint = some === undefined || score(some, rate) < MIN_SCORE ? fingerprintOf(hir, isVerbatim) : undefined;
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

/** The choices of texts of which each match holds one each, in their order. */
export function requiredTexts(plan: Plan): readonly Choice[] {
  if (plan.kind === "every line") return [];
  return plan.kind === "needles" && plan.required.length === 0 ? [plan.needles] : plan.required;
}

/** What is known of a pattern: where characters of classes end its texts, they are a choice that a match begins with. */
function asRow(whole: Known, rate: Rate): Known {
  const { all } = whole;
  if (all === undefined || isOfTexts(all)) return whole;
  return isUseful(all, rate) ? { all: undefined, sure: false, row: [all], beginning: all } : NOTHING;
}

/** Whether these are texts, all of each. */
function isOfTexts(needles: readonly Needle[]): boolean {
  return !needles.some((needle) => needle.some(isClassUnit));
}

function isUseful(needles: readonly Needle[], rate: Rate): boolean {
  return needles.length > 0 && needles.every((needle) => needle.length > 0 && rate(needle) > 0);
}

function known(hir: Hir, rate: Rate): Known {
  switch (hir.kind) {
    case "empty":
      return { all: [[]], sure: true, row: [] };
    case "look":
      return { all: [[]], sure: false, row: [] };
    case "literal":
      return whole([literalNeedle(hir.bytes)]);
    case "class":
      return knownOfClass(hir);
    case "capture":
      return known(hir.item, rate);
    case "repeat":
      return knownOfSequence(partsOf(hir, rate), rate);
    case "concat":
      return knownOfSequence([
        ...hir.items.slice(0, MAX_PARTS).flatMap((item) => partsOf(item, rate)),
        ...(hir.items.length > MAX_PARTS ? [NOTHING] : []),
      ], rate);
    case "alternate":
      return knownOfChoice(hir.items.map((item) => known(item, rate)), rate);
  }
}

/** The characters of a small class as so many texts; of a larger one, what a needle may end with. */
function knownOfClass(hir: HirClass): Known {
  const needles = classNeedles(hir);
  if (needles !== undefined) return whole(needles);
  const unit = classUnit(hir);
  return unit === undefined ? NOTHING : { all: [[unit]], sure: false, row: [] };
}

/** Texts that are all there is, if they are few enough. */
function whole(needles: readonly Needle[] | undefined): Known {
  if (needles === undefined || needles.length > MAX_NEEDLES) return NOTHING;
  const all = needles.every((needle) => needle.length <= MAX_UNITS) ? needles : undefined;
  return all === undefined
    ? { ...NOTHING, row: [needles.map((needle) => needle.slice(0, MAX_UNITS))] }
    : { all, sure: true, row: [] };
}

/**
 * A part of a sequence, as a sequence itself: something that is there several times is its first and its last time,
 * with whatever is between.
 */
function partsOf(hir: Hir, rate: Rate): readonly Part[] {
  if (hir.kind !== "repeat") return [known(hir, rate)];
  const { min, max } = hir;
  const item = known(hir.item, rate);
  if (max === 0) return [];
  if (min === 0) {
    const isOnce = max === 1 && item.all !== undefined && isOfTexts(item.all);
    return [isOnce ? { ...whole([...item.all, []]), sure: item.sure } : NOTHING];
  }
  const times = Array.from({ length: Math.min(min, MAX_UNITS) }, () => item);
  if (min === max && min <= MAX_UNITS) return times;
  // The last time of a class says nothing of what follows.
  return item.all?.every((needle) => needle.every(isClassUnit)) === true && item.all.length > 0
    ? [...times, NOTHING]
    : [...times, NOTHING, { ...item, isAgain: true }];
}

function knownOfSequence(parts: readonly Part[], rate: Rate): Known {
  const row = new Row(rate);
  let beginning: Choice | undefined;
  let run: Choice = [[]];
  let isAgain = false;
  let isAll = true;
  let sure = true;
  for (const part of parts) {
    sure &&= part.sure;
    const joined = part.all === undefined ? undefined : product(run, part.all);
    if (joined !== undefined) {
      // Behind the gap of a repeat, a run begins with its last time.
      if (part.isAgain) isAgain = true;
      run = joined;
      continue;
    }
    if (isAll) beginning = run;
    isAll = false;
    row.add(run, { isAgain });
    // What is within the last time of a repeat is known of the times before.
    if (!part.isAgain) { for (const choice of part.row) row.add(choice); }
    run = part.all ?? [[]];
    isAgain = part.isAgain === true && part.all !== undefined;
  }
  row.add(run, { isAgain });
  return isAll ? { all: run, sure, row: [] } : { all: undefined, sure: false, row: row.choices, beginning };
}

/** The choices of a sequence. */
class Row {
  readonly choices: Choice[] = [];
  readonly #rate: Rate;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Adds a choice, if it can be looked for; where it may overlap the one before, only the rarer of the two stays. */
  add(choice: Choice, { isAgain = false }: { readonly isAgain?: boolean } = {}): void {
    if (!isUseful(choice, this.#rate)) return;
    const before = this.choices.at(-1);
    if (isAgain && before !== undefined) {
      if (score(choice, this.#rate) > score(before, this.#rate)) this.choices[this.choices.length - 1] = choice;
      return;
    }
    this.choices.push(choice);
    keepRarest(this.choices, this.#rate);
  }
}

/**
 * Each of these followed by each of those; `undefined` when they are too many or too long, or a text would follow a
 * class.
 */
function product(these: readonly Needle[], those: readonly Needle[]): readonly Needle[] | undefined {
  if (these.length * those.length > MAX_NEEDLES) return undefined;
  if (!isOfTexts(these) && those.some((needle) => needle.some((unit) => !isClassUnit(unit)))) return undefined;
  const joined = these.flatMap((first) => those.map((second) => [...first, ...second]));
  return joined.every((needle) => needle.length <= MAX_UNITS) ? joined : undefined;
}

function knownOfChoice(branches: readonly Known[], rate: Rate): Known {
  const all = branches.flatMap((branch) => branch.all ?? []);
  if (branches.every((branch) => branch.all !== undefined) && all.length <= MAX_NEEDLES && isOfTexts(all)) {
    return { all, sure: branches.every((branch) => branch.sure), row: [] };
  }
  const choices = branches.map(({ all, row }) =>
    rarest(row, rate) ?? (all !== undefined && isUseful(all, rate) ? all : undefined)
  );
  if (choices.some((choice) => choice === undefined)) return NOTHING;
  const needles = choices.flatMap((choice) => choice ?? []);
  return needles.length <= MAX_NEEDLES ? { ...NOTHING, row: [needles] } : NOTHING;
}
