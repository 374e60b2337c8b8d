/**
 * A plan in the form that the kernel reads, for the lines of each format.
 *
 * The layout is that of `kernel/_wasm/verify.ts`. In Docker's lines the message is a JSON string: there a needle is
 * looked for by a part of it that JSON cannot write in another way, and lines with `\u` in them, by which any character
 * can be written, are always looked at.
 *
 * @module
 */
import { needleRarity, rarestRun, unitRarity } from "./byte_rarity.ts";
import {
  type Alternative,
  type ByteSets,
  CHARACTERS,
  type Fingerprint,
  FINGERPRINT_BYTES,
  MAX_ALTERNATIVE_LENGTH,
  setsOfBytes,
} from "./fingerprint.ts";
import { areRareByLowNibbles } from "./low_nibbles.ts";
import { isPlainByte, type Needle } from "./needle.ts";
import type { Choice, Plan, Writing } from "./plan.ts";

/** What the kernel looks for in blocks of lines. */
export interface KernelPlan {
  /** The plan's bytes. */
  readonly bytes: Uint8Array;
  /**
   * Whether a message matches when, and only when, one of the plan's literals is in it: then there is no need for a
   * verdict.
   */
  readonly exact: boolean;
  /** What each line that the plan names must hold beside; without any texts where the plan says it all. */
  readonly required: Uint8Array;
  /** The bytes of other plans that name every line that holds what is required. */
  readonly others: readonly Uint8Array[];
}

/** Nothing that must be held beside. */
const NOTHING_MORE = new Uint8Array(4);

/** Looks at every line. */
export const EVERY_LINE: KernelPlan = {
  bytes: new Uint8Array(4),
  exact: false,
  required: NOTHING_MORE,
  others: [],
};

const LITTLE_ENDIAN = true;
const ONE_NEEDLE = 1;
const SEVERAL_NEEDLES = 2;
const LOW_NIBBLE_NEEDLES = 3;
const MASKS = 8;
const PAIR = 104;
const VERIFIED = 116;
const ALTERNATIVE_LENGTH = 120;
const NEEDLES = 128;
const UNITS = 1152;
const ALTERNATIVES = 1216;
const BUCKETS = 8;
const FOLD_K = 0xff;
const FOLD_S = 0xfe;

/** What the kernel looks for in the lines of a format, by a plan that was made for what is written there. */
export function kernelPlan(plan: Plan, format: "cri" | "docker"): KernelPlan {
  if (plan.kind === "every line") return EVERY_LINE;
  const choices = plan.required.map((choice) => lookups(choice, format)).filter((choice) => choice !== undefined);
  const first = plan.kind === "fingerprint"
    ? { bytes: encodedFingerprint(plan.fingerprint, format), isWhole: false }
    : lookups(plan.needles, format);
  if (first === undefined) return EVERY_LINE;
  const others = choices.map(({ bytes }) => bytes).filter((bytes) => !isEqual(bytes, first.bytes));
  const isMore = choices.length > (plan.kind === "needles" ? 1 : 0);
  return {
    bytes: first.bytes,
    exact: plan.kind === "needles" && plan.exact && first.isWhole,
    required: isMore ? encodedRequired(choices.map(({ bytes }) => bytes), format) : NOTHING_MORE,
    others,
  };
}

/**
 * The plan that looks for texts in the lines of a format, and whether it looks for the whole of them; `undefined` where
 * they may be written in another way.
 */
function lookups(
  needles: Choice,
  format: "cri" | "docker",
): { readonly bytes: Uint8Array; readonly isWhole: boolean } | undefined {
  if (format === "cri") return { bytes: encoded(needles, { verified: needles.length, format }), isWhole: true };
  const parts = needles.map(jsonPart);
  if (!parts.every((part) => part !== undefined)) return undefined;
  return {
    bytes: encoded([...parts, UNICODE_ESCAPE], { verified: parts.length, format }),
    isWhole: parts.every((part, index) => part.length === needles[index]?.length),
  };
}

function isEqual(these: Uint8Array, those: Uint8Array): boolean {
  return these.length === those.length && these.every((byte, at) => byte === those[at]);
}

/** Bytes for all that is required. */
const REQUIRED_BYTES = 24 * 1024;
const REQUIRED_PLANS = 64;
const HAS_UNICODE_ESCAPES = 1;
const HAS_CRI_HEADERS = 2;

/** What lines must hold, in its order, in the form that `kernel/_wasm/needles.ts` reads; as much as there is room for. */
function encodedRequired(plans: readonly Uint8Array[], format: "cri" | "docker"): Uint8Array {
  const bytes = new Uint8Array(REQUIRED_BYTES);
  const view = new DataView(bytes.buffer);
  let texts = 0;
  let end = REQUIRED_PLANS;
  for (const plan of plans) {
    if (end + plan.length > bytes.length) continue;
    bytes.set(plan, end);
    view.setUint32(8 + 4 * texts++, end, LITTLE_ENDIAN);
    end += Math.ceil(plan.length / 16) * 16;
  }
  view.setUint32(0, texts, LITTLE_ENDIAN);
  view.setUint32(4, format === "docker" ? HAS_UNICODE_ESCAPES : HAS_CRI_HEADERS, LITTLE_ENDIAN);
  return bytes.slice(0, end);
}

/**
 * How messages are written in the lines of a format: in Docker's, a needle is as rare as the part of it that is looked
 * for.
 */
export function writingIn(format: "cri" | "docker"): Writing {
  return format === "cri" ? { rate: needleRarity, isVerbatim: () => true } : {
    rate: (needle) => needleRarity(jsonPart(needle) ?? []),
    isVerbatim: (character) => !JSON_BYTES.includes(character),
  };
}

/** `\u` */
const UNICODE_ESCAPE: Needle = [{ value: 0x5c, fold: 0 }, { value: 0x75, fold: 0 }];

/**
 * The rarest part of a needle that stands in a JSON string as it is, whoever wrote it: no quotes, backslashes, control
 * characters, nor `/ < > &`, nor what may be part of U+2028 or U+2029.
 */
function jsonPart(needle: Needle): Needle | undefined {
  let best: Needle | undefined;
  let bestRarity = 0;
  for (let start = 0; start < needle.length;) {
    let end = start;
    while (end < needle.length && isWrittenAsItIs(needle, end)) end++;
    const part = needle.slice(start, end);
    const rarity = rarestRun(part, FINGERPRINT_BYTES)?.rarity ?? 0;
    if (rarity > bestRarity) {
      best = part;
      bestRarity = rarity;
    }
    start = end + 1;
  }
  return best;
}

function isWrittenAsItIs(needle: Needle, at: number): boolean {
  const unit = needle[at];
  if (unit === undefined) return false;
  if (!isPlainByte(unit)) return true;
  return unit.value > 0x20 && unit.value !== 0xe2 && !'"\\/<>&'.includes(String.fromCharCode(unit.value)) ||
    unit.value === 0x20;
}

/** Bytes that a JSON string holds in another form, or may hold so. */
const JSON_BYTES = [...Array(0x20).keys(), 0x22, 0x26, 0x2f, 0x3c, 0x3e, 0x5c];

/** A fingerprint is a needle without units: instead of those, its alternatives are verified. */
function encodedFingerprint({ sets, alternatives }: Fingerprint, format: "cri" | "docker"): Uint8Array {
  const bytes = encoded(format === "docker" ? [[], UNICODE_ESCAPE] : [[]], { verified: 0, sets, format });
  const whole = new Uint8Array(ALTERNATIVES + MAX_ALTERNATIVE_LENGTH * CHARACTERS * 2);
  whole.set(bytes);
  putAlternatives(new DataView(whole.buffer), alternatives);
  return whole;
}

/** Writes, for each place and character, a bit for each alternative that has it. One that has ended takes any. */
function putAlternatives(view: DataView, alternatives: readonly Alternative[]): void {
  view.setUint32(ALTERNATIVE_LENGTH, Math.max(...alternatives.map((alternative) => alternative.length)), LITTLE_ENDIAN);
  for (let place = 0; place < MAX_ALTERNATIVE_LENGTH; place++) {
    for (let character = 0; character < CHARACTERS; character++) {
      const bits = alternatives.reduce(
        (sum, alternative, index) => sum | ((alternative[place]?.[character] ?? 1) << index),
        0,
      );
      view.setUint16(ALTERNATIVES + (place * CHARACTERS + character) * 2, bits, LITTLE_ENDIAN);
    }
  }
}

function encoded(
  needles: readonly Needle[],
  options: { readonly verified: number; readonly sets?: ByteSets; readonly format: "cri" | "docker" },
): Uint8Array {
  const { verified, sets, format } = options;
  const units = needles.reduce((sum, needle) => sum + needle.length, 0);
  const bytes = new Uint8Array(UNITS + units * 2);
  const view = new DataView(bytes.buffer);
  const { kind, anchors } = putLookups(bytes, needles, { sets, format });
  view.setInt32(0, kind, LITTLE_ENDIAN);
  view.setUint32(4, needles.length, LITTLE_ENDIAN);
  view.setUint32(VERIFIED, verified, LITTLE_ENDIAN);
  let first = 0;
  for (const [index, needle] of needles.entries()) {
    const entry = NEEDLES + index * 8;
    view.setUint16(entry, first, LITTLE_ENDIAN);
    bytes.set([needle.length, anchors[index] ?? 0], entry + 2);
    for (const unit of needle) {
      const [value, fold] = isPlainByte(unit)
        ? [unit.value, unit.fold]
        : [unit.charCodeAt(0), unit === "k" ? FOLD_K : FOLD_S];
      bytes[UNITS + first * 2] = value;
      bytes[UNITS + first * 2 + 1] = fold;
      first++;
    }
  }
  return bytes;
}

/**
 * Sets by what each needle is looked for; `sets` are those of one without units. Gives the unit of each in which that
 * begins.
 */
function putLookups(
  bytes: Uint8Array,
  needles: readonly Needle[],
  { sets, format }: { readonly sets: ByteSets | undefined; readonly format: "cri" | "docker" },
): { readonly kind: number; readonly anchors: readonly number[] } {
  const [only] = needles;
  if (sets === undefined && only !== undefined && needles.length === 1) {
    return { kind: ONE_NEEDLE, anchors: [putPair(bytes, only)] };
  }
  const anchors = needles.map((needle, index) => {
    const bucket = index % BUCKETS;
    if (sets === undefined || needle.length > 0) return putNeedleBytes(bytes, needle, bucket);
    putFingerprint(bytes, sets, bucket);
    return 0;
  });
  const isHalved = areRareByLowNibbles(bytes.subarray(MASKS, PAIR), format);
  return { kind: isHalved ? LOW_NIBBLE_NEEDLES : SEVERAL_NEEDLES, anchors };
}

/**
 * Sets the two bytes that a single needle is looked for by: the rarest two at a fixed distance. Returns the unit of the
 * first.
 */
function putPair(bytes: Uint8Array, needle: Needle): number {
  let best: { first: number; second: number; rarity: number } | undefined;
  for (let first = 0; first < needle.length; first++) {
    for (let second = first; second < needle.length; second++) {
      const one = needle[first];
      const other = needle[second];
      // Between them, as at both ends, each unit must be one byte long.
      if (one === undefined || other === undefined || !isPlainByte(one) || !isPlainByte(other)) break;
      const rarity = first === second ? unitRarity(one) : unitRarity(one) + unitRarity(other);
      if (best === undefined || rarity > best.rarity) best = { first, second, rarity };
    }
  }
  const one = best && needle[best.first];
  const other = best && needle[best.second];
  if (best === undefined || one === undefined || other === undefined || !isPlainByte(one) || !isPlainByte(other)) {
    throw new RangeError("Cannot look for a needle without a byte that is the same in all its forms");
  }
  bytes.set([one.value, one.fold, other.value, other.fold, best.second - best.first], PAIR);
  return best.first;
}

/**
 * Adds the bytes that a needle is looked for by to the masks of its bucket; returns the first of their units. A place
 * that it lacks takes any byte.
 */
function putNeedleBytes(bytes: Uint8Array, needle: Needle, bucket: number): number {
  const run = rarestRun(needle, FINGERPRINT_BYTES);
  if (run === undefined) {
    throw new RangeError("Cannot look for a needle without a byte that is the same in all its forms");
  }
  const taken = needle.slice(run.start, run.start + run.length).filter(isPlainByte);
  putFingerprint(bytes, setsOfBytes(taken), bucket);
  return run.start;
}

/** Adds a fingerprint to the masks of a bucket: for each place, which low and which high nibbles of a byte it takes. */
function putFingerprint(bytes: Uint8Array, sets: ByteSets, bucket: number): void {
  for (const [place, set] of sets.entries()) {
    const masks = MASKS + place * 32;
    for (let byte = 0; byte < 256; byte++) {
      if (set[byte] !== 1) continue;
      bytes[masks + (byte & 15)] = (bytes[masks + (byte & 15)] ?? 0) | (1 << bucket);
      bytes[masks + 16 + (byte >> 4)] = (bytes[masks + 16 + (byte >> 4)] ?? 0) | (1 << bucket);
    }
  }
}
