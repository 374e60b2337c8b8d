/**
 * A plan in the form that the kernel reads, for the lines of each format.
 *
 * The layout is that of `kernel/_wasm/verify.ts`. In Docker's lines the message is a JSON string: there a needle is
 * looked for by a part of it that JSON cannot write in another way, and lines with `\u` in them, by which any character
 * can be written, are always looked at.
 *
 * @module
 */
import { type Choice, keepRarest, rarest } from "./_choices.ts";
import { encoded, encodedFingerprint, inOtherKinds, type Part } from "./_encode_plan.ts";
import { isWrittenAsItIs, JSON_BYTES, jsonPart, jsonParts, UNICODE_ESCAPE } from "./_json_text.ts";
import { needleRarity } from "./byte_rarity.ts";
import { takesByte } from "./needle.ts";
import { type Plan, requiredTexts, type Writing } from "./plan.ts";

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
  /** The bytes of other plans, each of which names every line that a match can be in; made when first asked for. */
  readonly others: () => readonly Uint8Array[];
}

/** Nothing that must be held beside. */
const NOTHING_MORE = new Uint8Array(4);

/** Looks at every line. */
export const EVERY_LINE: KernelPlan = {
  bytes: new Uint8Array(4),
  exact: false,
  required: NOTHING_MORE,
  others: () => [],
};

const LITTLE_ENDIAN = true;
const LINE_FEED = 0x0a;

/** What the kernel looks for in the lines of a format, by a plan that was made for what is written there. */
export function kernelPlan(plan: Plan, format: "cri" | "docker"): KernelPlan {
  if (plan.kind === "every line") return EVERY_LINE;
  const choices = writtenChoices(plan, format);
  const own = plan.kind === "needles" ? rarest(written(plan.needles, format), needleRarity) : undefined;
  const first = plan.kind === "fingerprint"
    ? encodedFingerprint(plan.fingerprint, format)
    : own && lookups(own, { format, beginning: plan.beginning });
  if (first === undefined) return EVERY_LINE;
  let others: readonly Uint8Array[] | undefined;
  const isMore = choices.length > (plan.kind === "needles" ? 1 : 0);
  return {
    bytes: first,
    exact: plan.kind === "needles" && plan.exact && isWhole(plan.needles, format),
    required: isMore ? encodedRequired(choices.map((choice) => alone(choice, format)), format) : NOTHING_MORE,
    others: () =>
      others ??= [
        ...(plan.kind === "fingerprint" && format === "cri" ? inOtherKinds(first, { isFingerprint: true }) : []),
        ...othersOf(choices, { format, beginning: plan.kind === "needles" ? plan.beginning : undefined }),
      ].filter((other) => !isEqual(other, first)),
  };
}

/** Returns the plan of CRI lines for lines that are their message: what is required may stand at their beginning. */
export function withoutHeaders(plan: KernelPlan): KernelPlan {
  if (plan.required.length <= REQUIRED_FLAGS) return plan;
  const required = plan.required.slice();
  new DataView(required.buffer).setUint32(REQUIRED_FLAGS, 0, LITTLE_ENDIAN);
  return { ...plan, required };
}

/** How many plans are made of a choice of one text: by the rarest part of it, by the next one, and so on. */
const VARIANTS = 3;
/** How many are made of a choice of several texts; of most of these one of each kind. */
const SET_VARIANTS = 2;

/** Plans of which each names every line that a match can be in. */
function othersOf(choices: readonly Choice[], options: LookupOptions): readonly Uint8Array[] {
  const plans = choices.flatMap((choice) => {
    const length = choice.length === 1 ? VARIANTS : SET_VARIANTS;
    const variants = Array.from({ length }, (_, part) => lookups(choice, options, part));
    // In JSON its escape is looked for beside the texts, and that is like too much by low nibbles.
    if (options.format === "docker" || choice.length === 1) return variants;
    variants.push(
      lookups(choice, options, "rarest by low nibbles"),
      lookups(choice, options, "rarest by low nibbles, of ASCII"),
    );
    return variants.flatMap((bytes) => [bytes, ...inOtherKinds(bytes)]);
  });
  return plans.filter((bytes, index) => plans.findIndex((other) => isEqual(bytes, other)) === index);
}

/** What a line must hold, as it is written in it, in its order: no more than is looked for, the rarest of it. */
function writtenChoices(plan: Exclude<Plan, { kind: "every line" }>, format: "cri" | "docker"): readonly Choice[] {
  const choices = requiredTexts(plan).flatMap((choice) => written(choice, format));
  keepRarest(choices, needleRarity);
  return choices;
}

/**
 * What a line holds of each that holds one of the texts, as it is written there: of a single text each of its parts. Of
 * several, one part of each; nothing where one of them may be written in any way.
 */
function written(choice: Choice, format: "cri" | "docker"): readonly Choice[] {
  if (format === "cri") return [choice];
  const [only, ...more] = choice;
  if (only !== undefined && more.length === 0) return jsonParts(only).map((part) => [part]);
  const parts = choice.map(jsonPart);
  return parts.every((part) => part !== undefined) ? [parts] : [];
}

/**
 * Whether texts are looked for as they are in the message, all of each. One with a line feed may be found where a line
 * ends and the next one begins.
 */
function isWhole(needles: Choice, format: "cri" | "docker"): boolean {
  return needles.every((needle) =>
    needle.every((unit) => format === "cri" ? !takesByte(unit, LINE_FEED) : isWrittenAsItIs(unit))
  );
}

/** How texts are looked for. */
interface LookupOptions {
  readonly format: "cri" | "docker";
  /** The texts that each match begins with, and that can be judged from there. */
  readonly beginning: Choice | undefined;
}

/** The plan that names every line that may hold one of the texts, which are as they are written there. */
function lookups(texts: Choice, { format, beginning }: LookupOptions, part: Part = 0): Uint8Array {
  const needles = format === "cri" ? texts : [...texts, UNICODE_ESCAPE];
  // In JSON a message is read before it is judged.
  const isBeginning = format === "cri" && texts === beginning && texts.length === 1;
  return encoded(needles, { verified: texts.length, format, part, isBeginning });
}

/** The plan for the texts alone, as they are written without `\u`. */
function alone(texts: Choice, format: "cri" | "docker"): Uint8Array {
  return encoded(texts, { verified: texts.length, format });
}

function isEqual(these: Uint8Array, those: Uint8Array): boolean {
  return these.length === those.length && these.every((byte, at) => byte === those[at]);
}

/** Bytes for all that is required. */
const REQUIRED_BYTES = 24 * 1024;
const REQUIRED_PLANS = 64;
/** Where their flags stand. */
const REQUIRED_FLAGS = 4;
const HAS_UNICODE_ESCAPES = 1;
const HAS_CRI_HEADERS = 2;

/** What lines must hold, in its order, as `kernel/_wasm/needles.ts` reads it; as much as there is room for. */
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
  view.setUint32(REQUIRED_FLAGS, format === "docker" ? HAS_UNICODE_ESCAPES : HAS_CRI_HEADERS, LITTLE_ENDIAN);
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
