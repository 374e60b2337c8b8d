/**
 * Keys that nobody knows: those that are ignored, because deployed files carry keys of older and other programs, and
 * those that are refused, because somebody meant a setting and has not set it.
 *
 * Refused are all keys of `tls` and `authorization`, and those that are spelled nearly as a setting is. Does not look
 * at values.
 *
 * @module
 */
import { SETTINGS } from "./settings.ts";

/** Sections in which a key without a meaning may leave something open. */
const STRICT = ["tls", "authorization"];
/** Keys in them that deployed files carry, and that never had a meaning here. */
const IGNORED = ["tls.enabled"];
/** A name of these sections that stands elsewhere is known by itself, unless it is a common word. */
const MIN_NAME_LENGTH = 6;
/** Of longer keys only the beginning is compared. */
const MAX_COMPARED = 64;

/** What may be meant: sections, whole keys, and names of the strict sections, each with what to write. */
const CANDIDATES: ReadonlyMap<string, string> = new Map(
  Object.keys(SETTINGS).flatMap((key) => {
    const [section = "", name] = key.split(".");
    const isNamed = name !== undefined && STRICT.includes(section) && name.length >= MIN_NAME_LENGTH;
    return [[section, section], [key, key], ...(isNamed ? [[name, key]] : [])] as [string, string][];
  }),
);

/** Why an unknown key is refused; undefined for one that is ignored. */
export function refusalOfKey(key: string): string | undefined {
  if (IGNORED.includes(key)) return undefined;
  const [section = ""] = key.split(".");
  const shown = JSON.stringify(key.length > MAX_COMPARED ? `${key.slice(0, MAX_COMPARED)}…` : key);
  if (Object.hasOwn(SETTINGS, key)) {
    return `${shown} is written with a dot, expected a map ${JSON.stringify(section)} with ${
      JSON.stringify(key.slice(section.length + 1))
    } in it`;
  }
  const isStrict = STRICT.includes(section);
  let nearest: string | undefined;
  let least = Infinity;
  for (const [name, meant] of CANDIDATES) {
    if (isStrict && !meant.startsWith(`${section}.`)) continue;
    const edits = editsBetween(plain(key), plain(name));
    if (edits < least && (isStrict || edits <= maxEdits(name))) [nearest, least] = [meant, edits];
  }
  return nearest === undefined ? undefined : `${shown} is no setting, the nearest is ${nearest}`;
}

/** Letters and digits only: `allowedNames` and `allowed_names` are spelled as `allowed-names` is. */
function plain(key: string): string {
  return key.slice(0, MAX_COMPARED).toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Returns how many letters of a key may be wrong for it to be taken for this one. */
function maxEdits(name: string): number {
  return name.length < 5 ? 0 : name.length < 8 ? 1 : 2;
}

/** Letters to put in, leave out, change, or swap with their neighbours, to make one text of the other. */
function editsBetween(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, changed);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      }
      next.push(edits);
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
