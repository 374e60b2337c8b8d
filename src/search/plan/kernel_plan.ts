/**
 * A plan in the form that the kernel reads, for the lines of each format.
 *
 * The layout is that of `kernel/_wasm/verify.ts`. In Docker's lines the message is a JSON string: there a needle is
 * looked for by a part of it that JSON cannot write in another way, and lines with `\u` in them, by which any character
 * can be written, are always looked at.
 *
 * @module
 */
import { encoded, encodedFingerprint } from "./_encode_plan.ts";
import { isWrittenAsItIs, JSON_BYTES, jsonPart, UNICODE_ESCAPE } from "./_json_text.ts";
import { needleRarity } from "./byte_rarity.ts";
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

/** What the kernel looks for in the lines of a format, by a plan that was made for what is written there. */
export function kernelPlan(plan: Plan, format: "cri" | "docker"): KernelPlan {
  if (plan.kind === "every line") return EVERY_LINE;
  const choices = plan.required.map((choice) => lookups(choice, format)).filter((choice) => choice !== undefined);
  const first = plan.kind === "fingerprint"
    ? { bytes: encodedFingerprint(plan.fingerprint, format), isWhole: false }
    : lookups(plan.needles, format);
  if (first === undefined) return EVERY_LINE;
  let others: readonly Uint8Array[] | undefined;
  const isMore = choices.length > (plan.kind === "needles" ? 1 : 0);
  return {
    bytes: first.bytes,
    exact: plan.kind === "needles" && plan.exact && first.isWhole,
    required: isMore ? encodedRequired(choices.map(({ alone }) => alone()), format) : NOTHING_MORE,
    others: () => others ??= othersOf(plan, { first: first.bytes, format }),
  };
}

/** Returns the plan of CRI lines for lines that are their message: what is required may stand at their beginning. */
export function withoutHeaders(plan: KernelPlan): KernelPlan {
  if (plan.required.length <= REQUIRED_FLAGS) return plan;
  const required = plan.required.slice();
  new DataView(required.buffer).setUint32(REQUIRED_FLAGS, 0, LITTLE_ENDIAN);
  return { ...plan, required };
}

/** How many plans are made of each choice of texts: by the rarest part of each, by the next one, and so on. */
const VARIANTS = 3;

/** The plans that name every line that a match can be in, but the first. */
function othersOf(
  plan: Exclude<Plan, { kind: "every line" }>,
  { first, format }: { readonly first: Uint8Array; readonly format: "cri" | "docker" },
): readonly Uint8Array[] {
  const choices = plan.required.length === 0 && plan.kind === "needles" ? [plan.needles] : plan.required;
  const plans = choices.flatMap((choice) =>
    Array.from({ length: VARIANTS }, (_, variant) => lookups(choice, format, variant)?.bytes ?? first)
  );
  return plans.filter((bytes, index) =>
    !isEqual(bytes, first) && plans.findIndex((other) => isEqual(bytes, other)) === index
  );
}

/** How a choice of texts is looked for in the lines of a format. */
interface Lookups {
  /** The plan that names every line that may hold one. */
  readonly bytes: Uint8Array;
  /** Makes the plan for the texts alone, as they are written without `\u`. */
  readonly alone: () => Uint8Array;
  /** Whether it looks for all of each text, as it is in the message. */
  readonly isWhole: boolean;
}

/** How a choice of texts is looked for; `undefined` where one of them may be written in any way. */
function lookups(needles: Choice, format: "cri" | "docker", variant = 0): Lookups | undefined {
  if (format === "cri") {
    const bytes = encoded(needles, { verified: needles.length, format, variant });
    return { bytes, alone: () => bytes, isWhole: true };
  }
  const parts = needles.map(jsonPart);
  if (!parts.every((part) => part !== undefined)) return undefined;
  return {
    bytes: encoded([...parts, UNICODE_ESCAPE], { verified: parts.length, format, variant }),
    alone: () => encoded(parts, { verified: parts.length, format, variant }),
    isWhole: parts.every((part, index) => part.length === needles[index]?.length && part.every(isWrittenAsItIs)),
  };
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
