/**
 * How JSON writes the texts of messages: which parts of a needle stand in Docker's lines, and in which form.
 *
 * Any character can be written by `\u`; lines with such an escape are always looked at, so here nothing counts but
 * how else it is written. Only where that is how a character is written as a rule, as control characters and `<` are,
 * such an escape tells nothing: no needle holds one of those.
 *
 * @module
 */
import { needleRarity, rarestRun } from "./byte_rarity.ts";
import { isClassUnit, isPlainByte, MAX_UNITS, type Needle, type PlainByte, type Unit } from "./needle.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** `\u` */
export const UNICODE_ESCAPE: Needle = [{ value: BACKSLASH, fold: 0 }, { value: 0x75, fold: 0 }];

/** The rarest part of a needle that JSON writes in one way only. */
export function jsonPart(needle: Needle): Needle | undefined {
  let best: Needle | undefined;
  for (const part of jsonParts(needle)) if (best === undefined || needleRarity(part) > needleRarity(best)) best = part;
  return best;
}

/**
 * The parts of a needle that JSON writes in one way only, but for `\u`: as it is, or behind a backslash. So without
 * `/`, and without characters that are written by `\u` as a rule: control characters, `&`, `<` and `>`.
 */
export function jsonParts(needle: Needle): readonly Needle[] {
  const parts: Needle[] = [];
  let part: Unit[] = [];
  const add = (): void => {
    const run = rarestRun(part);
    if (run !== undefined) {
      // An escape is two units where the needle has one.
      const from = Math.max(0, Math.min(run.start, part.length - MAX_UNITS));
      parts.push(part.slice(from, from + MAX_UNITS));
    }
    part = [];
  };
  for (const unit of needle) {
    const written = isWrittenAsItIs(unit) ? [unit] : isPlainByte(unit) ? escaped(unit) : undefined;
    if (written === undefined) add();
    else part.push(...written);
  }
  add();
  return parts;
}

/** Whether JSON writes a unit as it is, in each of its forms. */
export function isWrittenAsItIs(unit: Unit): boolean {
  if (isClassUnit(unit)) return JSON_BYTES.every((byte) => unit.characters[byte] === 0);
  return !isPlainByte(unit) ||
    [unit.value, unit.value & ~unit.fold].every((byte) =>
      byte >= 0x20 && !'"\\/&<>'.includes(String.fromCharCode(byte))
    );
}

/** A byte behind a backslash; `undefined` where it has no such form, or may have another one. */
function escaped({ value, fold }: PlainByte): Needle | undefined {
  return fold === 0 && (value === QUOTE || value === BACKSLASH)
    ? [{ value: BACKSLASH, fold: 0 }, { value, fold: 0 }]
    : undefined;
}

/** Bytes that a JSON string holds in another form, or may hold so. */
export const JSON_BYTES = [...Array(0x20).keys(), 0x22, 0x26, 0x2f, 0x3c, 0x3e, 0x5c];
