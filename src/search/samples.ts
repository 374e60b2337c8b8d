/**
 * Samples: parts of needles so chosen that, wherever a needle lies, one of them begins at each fourth byte of a text; no other byte has to be looked at.
 *
 * A needle of six bytes holds a part of three bytes at four places in a row, and one of those is a fourth byte. Which forms k and s have in a text is not
 * known, so all of them are written out.
 *
 * @module
 */
import { byteProbability } from "./byte_rarity.ts";
import { type ByteSets, FINGERPRINT_BYTES, setsOfBytes } from "./fingerprint.ts";
import { isPlainByte, type Needle, type PlainByte, type Unit } from "./needle.ts";

/** Every which byte is looked at. */
export const SAMPLE_STEP = 4;
/** The most needles: the parts of more of them are in every text. */
const MAX_NEEDLES = 8;
/** The most ways to write the units of which parts are made. */
const MAX_TEXTS = 8;
/** How often parts may be found at the bytes that are looked at: where they are found more often, looking at each byte is the better choice. */
const MAX_PROBABILITY = 0.01;

/** What needles are looked for by. */
export interface Samples {
  /** Of each needle, the first unit in which one of its parts begins; the others begin in one of the {@linkcode SAMPLE_STEP} − 1 behind it. */
  readonly firstUnits: readonly number[];
  /** The parts: for each place the bytes that it takes, whose part it is, and which others it is looked up with. */
  readonly parts: readonly { readonly sets: ByteSets; readonly needle: number; readonly group: number }[];
}

/** Bytes in a row, and how likely they are anywhere. */
interface Part {
  readonly bytes: readonly PlainByte[];
  readonly probability: number;
}

/** The samples of some needles, in at most `groups` groups; undefined where they would be found too often, or a needle is too short. */
export function samplesOf(needles: readonly Needle[], groups: number): Samples | undefined {
  if (needles.length > MAX_NEEDLES) return undefined;
  const chosen = needles.map(rarestParts);
  if (!chosen.every((choice) => choice !== undefined)) return undefined;
  const all = chosen.flatMap(({ parts }, needle) => parts.map((part) => ({ ...part, needle })));
  const { parts, probability } = grouped(all, groups);
  if (probability > MAX_PROBABILITY) return undefined;
  return {
    firstUnits: chosen.map(({ first }) => first),
    parts: parts.map(({ bytes, needle, group }) => ({ sets: setsOfBytes(bytes), needle, group })),
  };
}

/** Where in a needle the rarest parts begin, and those. */
function rarestParts(needle: Needle): { readonly first: number; readonly parts: readonly Part[] } | undefined {
  let best: { first: number; parts: readonly Part[]; probability: number } | undefined;
  for (let first = 0; first + SAMPLE_STEP < needle.length; first++) {
    const bytes = Math.min(FINGERPRINT_BYTES, needle.length - first - SAMPLE_STEP + 1);
    const texts = textsOf(needle.slice(first, first + SAMPLE_STEP + bytes - 1));
    if (texts.length > MAX_TEXTS) continue;
    const parts = partsOf(texts, bytes);
    const probability = parts.reduce((sum, part) => sum + part.probability, 0);
    if (best === undefined || probability < best.probability) best = { first, parts, probability };
  }
  return best;
}

const FORMS: Readonly<Record<"k" | "s", readonly (readonly PlainByte[])[]>> = {
  k: [[{ value: 0x6b, fold: 0x20 }], [0xe2, 0x84, 0xaa].map((value) => ({ value, fold: 0 }))],
  s: [[{ value: 0x73, fold: 0x20 }], [0xc5, 0xbf].map((value) => ({ value, fold: 0 }))],
};

/** The ways to write units as bytes, or so many that they are too many. */
function textsOf(units: readonly Unit[]): readonly (readonly PlainByte[])[] {
  let texts: readonly (readonly PlainByte[])[] = [[]];
  for (const unit of units) {
    const forms = isPlainByte(unit) ? [[unit]] : FORMS[unit];
    if (texts.length > MAX_TEXTS) break;
    texts = texts.flatMap((text) => forms.map((form) => [...text, ...form]));
  }
  return texts;
}

/** The first parts of texts, each of them once. */
function partsOf(texts: readonly (readonly PlainByte[])[], bytes: number): readonly Part[] {
  const parts = new Map<string, Part>();
  for (const text of texts) {
    for (let at = 0; at < SAMPLE_STEP; at++) {
      const part = text.slice(at, at + bytes);
      const key = part.map(({ value, fold }) => `${value}:${fold}`).join();
      if (!parts.has(key)) parts.set(key, partOf(part));
    }
  }
  return [...parts.values()];
}

function partOf(bytes: readonly PlainByte[]): Part {
  const probability = bytes.reduce((product, { value, fold }) => {
    const upper = fold === 0 ? 0 : byteProbability(value & ~fold);
    return product * (byteProbability(value) + upper);
  }, 1);
  return { bytes, probability };
}

/** For a place, the low and the high halves of the bytes that it takes, a bit each: only those are looked up. */
interface Halves {
  readonly low: number;
  readonly high: number;
}

const ALL: Halves = { low: 0xffff, high: 0xffff };

function halvesOf(taken: PlainByte | undefined): Halves {
  if (taken === undefined) return ALL;
  const { value, fold } = taken;
  const other = value & ~fold;
  return { low: (1 << (value & 15)) | (1 << (other & 15)), high: (1 << (value >> 4)) | (1 << (other >> 4)) };
}

/** How likely bytes in a row have halves that are taken. */
function probabilityOf(halves: readonly Halves[]): number {
  return halves.reduce((product, { low, high }) => {
    let sum = 0;
    for (let upper = 0; upper < 16; upper++) {
      if (((high >> upper) & 1) === 0) continue;
      for (let lower = 0; lower < 16; lower++) {
        if ((low >> lower) & 1) sum += byteProbability((upper << 4) | lower);
      }
    }
    return product * Math.min(1, sum);
  }, 1);
}

/** Deals parts out to groups, the commonest first, each to the one to which it adds the least. */
function grouped<P extends Part>(
  parts: readonly P[],
  most: number,
): { readonly parts: readonly (P & { readonly group: number })[]; readonly probability: number } {
  const groups = Array.from({ length: most }, () => ({
    halves: Array.from({ length: FINGERPRINT_BYTES }, (): Halves => ({ low: 0, high: 0 })),
    probability: 0,
  }));
  const dealt = parts.toSorted((one, other) => other.probability - one.probability).map((part) => {
    const own = Array.from({ length: FINGERPRINT_BYTES }, (_, place) => halvesOf(part.bytes[place]));
    const choices = groups.map((group, index) => {
      const halves = group.halves.map(({ low, high }, place) => {
        const { low: ownLow, high: ownHigh } = own[place] ?? ALL;
        return { low: low | ownLow, high: high | ownHigh };
      });
      const probability = probabilityOf(halves);
      return { group: index, halves, probability, added: probability - group.probability };
    });
    const best = choices.reduce((least, choice) => choice.added < least.added ? choice : least);
    groups[best.group] = best;
    return { ...part, group: best.group };
  });
  return { parts: dealt, probability: groups.reduce((sum, { probability }) => sum + probability, 0) };
}
