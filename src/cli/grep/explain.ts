/**
 * How a search would be done, in words: the pattern as it is taken, what the kernel looks for, and what gives the
 * verdict.
 *
 * @module
 */
import type { Fingerprint } from "../../search/plan/fingerprint.ts";
import type { KernelPlan } from "../../search/plan/kernel_plan.ts";
import { isClassUnit, isPlainByte, type Needle } from "../../search/plan/needle.ts";
import { type Choice, type Plan, requiredTexts } from "../../search/plan/plan.ts";
import type { Search } from "../../search/search.ts";

const decoder = new TextDecoder();

/** Lines that tell how `search` works, which was compiled from `pattern`; without one, there is nothing to look for. */
export function explain(pattern: string, search: Search | undefined): string {
  if (search === undefined) return "pattern  empty: every record is wanted\n";
  const { plan, kernelPlans } = search;
  const rows = [
    ["pattern", pattern],
    ["plan", planText(plan)],
    ["", `because ${plan.because}`],
    ...orderRow(plan),
    ["CRI", lineText(kernelPlans.cri)],
    ["Docker", lineText(kernelPlans.docker)],
    ["engine", "a table of states over the bytes, made while it is used; where it grows too fast, sets of states"],
  ];
  return rows.map(([title = "", text = ""]) => `${title.padEnd(8)} ${text}\n`).join("");
}

/** What each match holds, one behind the other, where that is more than the plan says. */
function orderRow(plan: Plan): readonly (readonly string[])[] {
  const required = requiredTexts(plan);
  if (required.length < 2) return [];
  return [["", `in this order: ${required.map(textsOf).join("; then ")}`], ["", ORDER]];
}

const ORDER = "which of them is looked for is chosen by how many of a log's lines hold it; the others are checked";

function planText(plan: Plan): string {
  switch (plan.kind) {
    case "every line":
      return "every line is judged";
    case "needles":
      return `only lines are looked at that hold ${textsOf(plan.needles)}`;
    case "fingerprint":
      return `only lines are looked at that hold ${fingerprintText(plan.fingerprint)}`;
  }
}

/** Returns the alternatives, or, where they say nothing, the three bytes. */
function fingerprintText({ sets, alternatives }: Fingerprint): string {
  return alternatives.every((alternative) => alternative.length > 0 && alternative.every((set) => set.includes(1)))
    ? `${alternatives.map((alternative) => alternative.map(bytesText).join("")).join(" or ")}, as far as it is ASCII`
    : `bytes as ${sets.map(bytesText).join("")}`;
}

/** A set of bytes, or of ASCII characters, as a class of a pattern: `[0-9]`, `.` for all of them. */
function bytesText(set: Uint8Array): string {
  if (set.every((taken) => taken !== 0)) return ".";
  let text = "";
  for (let first = 0; first < set.length; first++) {
    if (set[first] === 0) continue;
    let last = first;
    while (last + 1 < set.length && set[last + 1] !== 0) last++;
    text += byteText(first) + (last > first + 1 ? "-" : "") + (last > first ? byteText(last) : "");
    first = last;
  }
  return `[${text}]`;
}

function byteText(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[\w !"#$%&'()*+,./:;<=>?@_`{|}~]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** What happens to the lines of one format. */
function lineText({ bytes, exact }: KernelPlan): string {
  if (bytes[0] === 0) return "the engine judges every line";
  return exact ? "a message that holds one is a match, the engine is not asked" : "the engine judges those lines";
}

/** Texts in words: `"error" in either case, "fatal" in either case`. */
export function textsOf(needles: Choice): string {
  const texts = needles.flatMap((needle) => needles.length < MAX_TEXTS ? spelledOut(needle) : [needle]);
  const shown = texts.slice(0, MAX_TEXTS).map(textOf);
  const more = texts.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` or one of ${more} more` : "");
}

const MAX_TEXTS = 12;
const MAX_SPELLED_OUT = 3;

/** A needle as several, where some bytes, the first few, may have either of two characters that are no letter. */
function spelledOut(needle: Needle, depth = MAX_SPELLED_OUT): readonly Needle[] {
  if (depth === 0) return [needle];
  const at = needle.findIndex((unit) => isPlainByte(unit) && unit.fold !== 0 && !isLetter(unit.value));
  const unit = needle[at];
  if (unit === undefined || !isPlainByte(unit)) return [needle];
  return [unit.value & ~unit.fold, unit.value].flatMap((value) =>
    spelledOut(needle.with(at, { value, fold: 0 }), depth - 1)
  );
}

function isLetter(byte: number): boolean {
  return /[a-z]/i.test(String.fromCharCode(byte));
}

function textOf(needle: Needle): string {
  const bytes = needle.flatMap((unit) => isClassUnit(unit) ? [] : isPlainByte(unit) ? unit.value : unit.charCodeAt(0));
  const isFolded = needle.some((unit) => typeof unit === "string" || isPlainByte(unit) && unit.fold !== 0);
  const text = JSON.stringify(decoder.decode(Uint8Array.from(bytes)));
  return (isFolded ? `${text} in either case` : text) + classesText(needle);
}

/** The classes behind a text: ` followed by [1-9][0-9]{3}`; nothing where there are none. */
function classesText(needle: Needle): string {
  const runs: { readonly text: string; times: number }[] = [];
  for (const { characters } of needle.filter(isClassUnit)) {
    const text = bytesText(characters);
    const last = runs.at(-1);
    if (last?.text === text) last.times++;
    else runs.push({ text, times: 1 });
  }
  const classes = runs.map(({ text, times }) => times > 1 ? `${text}{${times}}` : text).join("");
  return classes === "" ? "" : ` followed by ${classes}`;
}
