/**
 * Keys that nobody knows: those that are ignored, because deployed files carry keys of older and other programs, and
 * those that are refused, because somebody meant a setting and has not set it.
 *
 * Refused are all keys of `tls` and `authorization`, those that begin with `allowed` wherever they stand, and those
 * that are spelled nearly as a setting is. Does not look at values.
 *
 * @module
 */
import { editsBetween } from "./edit_distance.ts";
import { isForeignKey, isNamesake } from "./foreign_keys.ts";
import { SETTINGS } from "./settings.ts";

/** Sections in which a key without a meaning may leave something open. */
const STRICT = ["tls", "authorization"];
/** A key that begins so limits something, or is meant to. */
const LIMITING = "allowed";
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

/** The settings that limit something, by the name that they have in their section. */
const LIMITS: ReadonlyMap<string, string> = new Map(
  Object.keys(SETTINGS).flatMap((key) => {
    const name = key.slice(key.indexOf(".") + 1);
    return name.startsWith(LIMITING) ? [[name, key]] : [];
  }),
);

/** Why an unknown key is refused; undefined for one that is ignored. */
export function refusalOfKey(key: string): string | undefined {
  const shown = JSON.stringify(key.length > MAX_COMPARED ? `${key.slice(0, MAX_COMPARED)}…` : key);
  const [section = ""] = key.split(".");
  if (Object.hasOwn(SETTINGS, key)) {
    return `${shown} is written with a dot, expected a map ${JSON.stringify(section)} with ${
      JSON.stringify(key.slice(section.length + 1))
    } in it`;
  }
  const meant = meantBy(key);
  return meant === undefined ? undefined : `${shown} is no setting, did you mean ${meant}?`;
}

/** Returns the setting that a key was to be, where it is not to be ignored. */
function meantBy(key: string): string | undefined {
  const [section = ""] = key.split(".");
  if (isForeignKey(key) && !isNamesake(section)) return undefined;
  const limiting = limitingName(key);
  if (limiting !== undefined) return nearestOf(limiting, LIMITS).meant;
  if (isNamesake(section)) return undefined;
  if (section !== key && STRICT.includes(plain(section))) return nearestOf(key, keysOf(plain(section))).meant;
  let [nearest, least]: [string | undefined, number] = [undefined, Infinity];
  for (const [name, meant] of CANDIDATES) {
    const edits = editsBetween(plain(key), plain(name));
    if (edits < least && edits <= maxEdits(name)) [nearest, least] = [meant, edits];
  }
  return nearest;
}

/** Returns the part of a dotted name that says that it limits something. */
function limitingName(key: string): string | undefined {
  return key.slice(0, 4 * MAX_COMPARED).split(".").find((name) => plain(name).startsWith(LIMITING));
}

/**
 * Returns the setting that is most like an ignored key: one of its section, if that is one of settings; undefined where
 * half of the letters are others.
 */
export function nearestSetting(key: string): string | undefined {
  const [section = ""] = key.split(".");
  const near = keysOf(section);
  if (near.size > 0) return nearestOf(key, near).meant;
  const { meant, edits } = nearestOf(key, CANDIDATES);
  return edits < plain(key).length / 2 ? meant : undefined;
}

/** Returns the candidates in a section. */
function keysOf(section: string): ReadonlyMap<string, string> {
  return new Map([...CANDIDATES].filter(([, meant]) => meant.startsWith(`${section}.`)));
}

function nearestOf(
  key: string,
  candidates: ReadonlyMap<string, string>,
): { readonly meant: string | undefined; readonly edits: number } {
  let [nearest, least]: [string | undefined, number] = [undefined, Infinity];
  for (const [name, meant] of candidates) {
    const edits = editsBetween(plain(key), plain(name));
    if (edits < least) [nearest, least] = [meant, edits];
  }
  return { meant: nearest, edits: least };
}

/** Letters and digits only: `allowedNames` and `allowed_names` are spelled as `allowed-names` is. */
function plain(key: string): string {
  return key.slice(0, MAX_COMPARED).toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Returns how many letters of a key may be wrong for it to be taken for this one. */
function maxEdits(name: string): number {
  return name.length < 5 ? 0 : name.length < 8 ? 1 : 2;
}
