/**
 * What is known of the texts that a pattern matches: all of them, or choices of which each holds one.
 *
 * @module
 */
import { type Choice, keepRarest, rarest, type Rate, score } from "./_choices.ts";
import type { Hir, HirClass } from "../syntax/hir.ts";
import { classNeedles, classUnit, isClassUnit, literalNeedle, MAX_UNITS, type Needle } from "./needle.ts";

/** The most needles of a plan: beyond that, looking for them costs more than looking at the lines. */
const MAX_NEEDLES = 48;
/**
 * The most parts of a sequence that are looked at: a needle is found among them, if there is one, and the time that it
 * takes is bounded.
 */
const MAX_PARTS = 256;

/** What is known of the texts that a part of a pattern matches. */
export interface Known {
  /** All of them, where they are few and of a known form; each may be empty. */
  readonly all: readonly Needle[] | undefined;
  /** Whether such a text is a match wherever it stands, and always as a whole. */
  readonly sure: boolean;
  /** Choices of which each text holds one needle each, in this order, none overlapping another. */
  readonly row: readonly Choice[];
  /** One of which each text begins with one needle. */
  readonly beginning?: Choice | undefined;
}

/** Nothing is known. */
export const NOTHING: Known = { all: undefined, sure: false, row: [] };

/** A part of a sequence. */
interface Part extends Known {
  /** Whether it is what a repeat ends with: it may be the same text as the part before the last one. */
  readonly isAgain?: boolean;
}

/** Whether these are texts, all of each. */
export function isOfTexts(needles: readonly Needle[]): boolean {
  return !needles.some((needle) => needle.some(isClassUnit));
}

/** Whether each of some needles can be looked for. */
export function isUseful(needles: readonly Needle[], rate: Rate): boolean {
  return needles.length > 0 && needles.every((needle) => needle.length > 0 && rate(needle) > 0);
}

/** What is known of the texts of a pattern; choices are told apart by how rare they are. */
export function known(hir: Hir, rate: Rate): Known {
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
function whole(needles: readonly Needle[]): Known {
  if (needles.length > MAX_NEEDLES) return NOTHING;
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
