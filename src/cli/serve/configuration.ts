/**
 * The settings of the start, with what is needed to read their file again in the same way.
 *
 * @module
 */
import { readFileText } from "../../config/file_text.ts";
import { readSettings, type ReadSettingsOptions, type SettingsRead } from "../../config/read_settings.ts";
import type { Settings } from "../../config/settings.ts";

/** Settings and where they come from. */
export interface Configuration extends SettingsRead {
  /** The file. */
  readonly file: string;
  /** Whether it can be read again, which a pipe cannot. */
  readonly isRegularFile: boolean;
  /** Its text. */
  readonly text: string;
  /** Returns the settings of another text of the file; rejects with `ConfigError`. */
  parse(text: string): Promise<Settings>;
}

/** Reads a file, with the options that stand above it; rejects with `ConfigError`. */
export async function readConfiguration(
  file: string,
  options: Omit<ReadSettingsOptions, "readText">,
): Promise<Configuration> {
  let text = "";
  const read = await readSettings(file, {
    ...options,
    readText: async (path, limits) => text = await readFileText(path, limits),
  });
  const { isFile: isRegularFile } = await Deno.stat(file);
  return {
    ...read,
    file,
    isRegularFile,
    text,
    parse: async (other) => (await readSettings(file, { ...options, readText: () => Promise.resolve(other) })).settings,
  };
}
