/**
 * What every match must hold: the literals that a pattern requires, so that lines without them need not be looked at.
 *
 * A plan is plain data and says why it is what it is. It promises only this: a message that matches holds one of the
 * needles; where `exact` is true, also the reverse. Does not know how needles are searched for.
 *
 * @module
 */
import { needleRarity } from "./byte_rarity.ts";
import { type Fingerprint, fingerprintOf } from "./fingerprint.ts";
import type { Hir } from "../syntax/hir.ts";
import { classNeedles, literalNeedle, type Needle } from "./needle.ts";

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
    readonly because: string;
  }
  /** Only lines that hold something that looks like this. */
  | { readonly kind: "fingerprint"; readonly fingerprint: Fingerprint; readonly because: string };

/** The most needles of a plan: beyond that, looking for them costs more than looking at the lines. */
const MAX_NEEDLES = 48;
/** Needles with a lower score name almost every line. */
const USELESS_SCORE = 6;
/** Needles with a lower score are so common that a fingerprint is the better choice. */
const MIN_SCORE = 10;
/** The most units of a needle: more would not make it rarer. */
const MAX_UNITS = 48;

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
  /** Needles of which each text holds one, where there are any. */
  readonly some: readonly Needle[] | undefined;
}

const NOTHING: Known = { all: undefined, sure: false, some: undefined };

/** How rare a needle is in what is searched, in bits of surprise; 0 where it cannot be looked for. */
export type Rate = (needle: Needle) => number;

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
  const { all, sure, some } = known(hir, rate);
  if (all !== undefined && isUseful(all, rate)) {
    return {
      kind: "needles",
      needles: all,
      exact: sure,
      because: sure ? "the pattern is these texts" : "each match is one of these texts",
    };
  }
  const fingerprint = some === undefined || score(some, rate) < MIN_SCORE ? fingerprintOf(hir, isVerbatim) : undefined;
  if (fingerprint !== undefined) {
    return { kind: "fingerprint", fingerprint, because: "each match holds characters in a row out of small sets" };
  }
  if (some !== undefined && score(some, rate) < USELESS_SCORE) {
    return { kind: "every line", because: "what each match holds is in almost every line" };
  }
  if (some !== undefined) {
    return { kind: "needles", needles: some, exact: false, because: "each match holds one of these texts" };
  }
  return { kind: "every line", because: "no text is part of each match" };
}

function isUseful(needles: readonly Needle[], rate: Rate): boolean {
  return needles.length > 0 && needles.every((needle) => needle.length > 0 && rate(needle) > 0);
}

function known(hir: Hir, rate: Rate): Known {
  switch (hir.kind) {
    case "empty":
      return { all: [[]], sure: true, some: undefined };
    case "look":
      return { all: [[]], sure: false, some: undefined };
    case "literal":
      return whole([literalNeedle(hir.bytes)]);
    case "class":
      return whole(classNeedles(hir));
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

/** Texts that are all there is, if they are few enough. */
function whole(needles: readonly Needle[] | undefined): Known {
  if (needles === undefined || needles.length > MAX_NEEDLES) return NOTHING;
  const all = needles.every((needle) => needle.length <= MAX_UNITS) ? needles : undefined;
  return all === undefined
    ? { ...NOTHING, some: needles.map((needle) => needle.slice(0, MAX_UNITS)) }
    : { all, sure: true, some: undefined };
}

/**
 * A part of a sequence, as a sequence itself: something that is there several times is its first and its last time,
 * with whatever is between.
 */
function partsOf(hir: Hir, rate: Rate): readonly Known[] {
  if (hir.kind !== "repeat") return [known(hir, rate)];
  const { min, max } = hir;
  const item = known(hir.item, rate);
  if (max === 0) return [];
  if (min === 0) {
    return [max === 1 && item.all !== undefined ? { ...whole([...item.all, []]), sure: item.sure } : NOTHING];
  }
  const times = Array.from({ length: Math.min(min, MAX_UNITS) }, () => item);
  return min === max && min <= MAX_UNITS ? times : [...times, NOTHING, item];
}

function knownOfSequence(parts: readonly Known[], rate: Rate): Known {
  let run: readonly Needle[] = [[]];
  let isAll = true;
  let sure = true;
  let best: readonly Needle[] | undefined;
  const offer = (needles: readonly Needle[] | undefined): void => {
    if (needles === undefined || !isUseful(needles, rate)) return;
    if (best === undefined || score(needles, rate) > score(best, rate)) best = needles;
  };
  for (const part of parts) {
    sure &&= part.sure;
    const joined = part.all === undefined ? undefined : product(run, part.all);
    if (joined !== undefined) {
      run = joined;
      continue;
    }
    isAll = false;
    offer(run);
    offer(part.some);
    run = part.all ?? [[]];
  }
  offer(run);
  return isAll ? { all: run, sure, some: undefined } : { all: undefined, sure: false, some: best };
}

/** Each of these followed by each of those; `undefined` when they are too many or too long. */
function product(these: readonly Needle[], those: readonly Needle[]): readonly Needle[] | undefined {
  if (these.length * those.length > MAX_NEEDLES) return undefined;
  const joined = these.flatMap((first) => those.map((second) => [...first, ...second]));
  return joined.every((needle) => needle.length <= MAX_UNITS) ? joined : undefined;
}

function knownOfChoice(branches: readonly Known[], rate: Rate): Known {
  const all = branches.flatMap((branch) => branch.all ?? []);
  if (branches.every((branch) => branch.all !== undefined) && all.length <= MAX_NEEDLES) {
    return { all, sure: branches.every((branch) => branch.sure), some: undefined };
  }
  const some = branches.map((branch) =>
    branch.some ?? (branch.all !== undefined && isUseful(branch.all, rate) ? branch.all : undefined)
  );
  if (some.some((needles) => needles === undefined)) return NOTHING;
  const needles = some.flatMap((set) => set ?? []);
  return needles.length <= MAX_NEEDLES ? { ...NOTHING, some: needles } : NOTHING;
}

/** How few lines a set of needles is likely to name: that of its commonest needle, less for each further one. */
function score(needles: readonly Needle[], rate: Rate): number {
  return Math.min(...needles.map(rate)) - Math.log2(needles.length);
}
