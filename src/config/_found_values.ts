/**
 * Sorts what a file and `-p` flags say by the settings they mean: the value and its source for each known key, and the
 * names of all others. Values are not checked here.
 * @module
 */

import { shown, type Source, unusable } from "./config_error.ts";
import { type Document, isDocument } from "./document.ts";
import { isForeignKey, isNamesake } from "./foreign_keys.ts";
import { nearestSetting, refusalOfKey } from "./near_key.ts";
import { isSettingKey, type SettingKey, SETTINGS } from "./settings.ts";

/** The winning value of each setting that something was said about, as it stands in the file or flag. */
export type FoundValues = Map<
  SettingKey,
  { readonly raw: unknown; readonly source: Source }
>;

/**
 * Notes the document's values in `found`; answers with the keys that nobody knows, the outermost where a whole map is
 * unknown, each with the setting that may be meant. Those of other programs are passed over.
 *
 * @throws {ConfigError} for a key that is nearly one of a setting, or begins with `allowed`
 */
export function takeDocument(
  document: Document,
  { prefix, file, found }: {
    prefix: string;
    file: string;
    found: FoundValues;
  },
): string[] {
  const unknown: string[] = [];
  for (const [name, raw] of Object.entries(document)) {
    const key = prefix + name;
    // A dot inside a name does not make it the name of a setting in a map.
    if (name.includes(".")) unknown.push(...ignored(key, { raw, source: { file } }));
    else if (isSettingKey(key)) {
      found.set(key, { raw, source: { file } });
    } else if (!isSection(key)) unknown.push(...ignored(key, { raw, source: { file } }));
    else if (isDocument(raw)) {
      unknown.push(...takeDocument(raw, { prefix: `${key}.`, file, found }));
    } else if (raw !== null) {
      // A section is null when all keys below it are commented out. A null in a setting is an error, as it was before:
      // for a list of names, "no limit" would be a bad guess.
      throw unusable(
        { file },
        `${key} is ${shown(raw)}, expected a map of settings`,
      );
    }
  }
  return unknown;
}

/** Notes the value of a `key:value` in `found`; answers with its key when nobody knows it. */
export function takeOverride(
  override: string,
  found: FoundValues,
): string[] {
  const colon = override.indexOf(":");
  if (colon === -1) {
    throw unusable("-p", `${shown(override)} has no colon, expected key:value`);
  }
  const key = override.slice(0, colon);
  const text = override.slice(colon + 1);
  if (key === "" || isSection(key)) {
    throw unusable("-p", `${shown(override)} names no single setting, expected key:value, such as logging.level:debug`);
  }
  if (!isSettingKey(key)) return ignored(key, { raw: text, source: "-p" }).map((warned) => `${warned} (-p)`);
  const { kind } = SETTINGS[key];
  found.set(key, {
    raw: "fromText" in kind ? kind.fromText?.(text) : text,
    source: "-p",
  });
  return [];
}

/**
 * Returns an unknown key that may be ignored, as a warning shows it; none for that of another program. Of what stands
 * below it only refusals count.
 */
function ignored(key: string, { raw, source, depth = 0 }: UnknownValue): string[] {
  const refusal = refusalOfKey(key);
  if (refusal !== undefined) throw unusable(source, refusal);
  const [section = ""] = key.split(".");
  if (isForeignKey(key) && !isNamesake(section)) return [];
  const below = isDocument(raw) && depth < MAX_DEPTH
    ? Object.entries(raw).flatMap(([name, value]) =>
      ignored(`${key}.${name}`, { raw: value, source, depth: depth + 1 })
    )
    : [];
  const shownKey = key.length > MAX_SHOWN ? `${key.slice(0, MAX_SHOWN)}…` : key;
  if (isNamesake(section)) {
    // There the caller of this program finds how to call it, by TLS. Other settings in it do not count.
    const name = key.slice(section.length + 1);
    return isSettingKey(name) && !name.startsWith("tls.") ? [`${shownKey} (did you mean ${name}?)`] : below;
  }
  const meant = nearestSetting(key);
  return [meant === undefined ? shownKey : `${shownKey} (did you mean ${meant}?)`];
}

/** What is given for a key that nobody knows. */
interface UnknownValue {
  readonly raw: unknown;
  readonly source: Source;
  /** Maps of unknown keys around it. @default {0} */
  readonly depth?: number;
}

/** Maps in maps of unknown keys that are searched. */
const MAX_DEPTH = 8;
const MAX_SHOWN = 80;

function isSection(key: string): boolean {
  return Object.keys(SETTINGS).some((known) => known.startsWith(`${key}.`));
}
