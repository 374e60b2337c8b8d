/**
 * The text of a configuration file → nested maps, by the file's extension: YAML, JSON or TOML. What the keys mean is
 * not known here.
 * @module
 */

import { parse as parseToml } from "smol-toml";
import { unusable } from "./config_error.ts";
import { parseYaml, refuseDuplicateKeys } from "./yaml.ts";

/** A map of a configuration file: values are texts, numbers, booleans, lists, maps, or null. */
export type Document = Readonly<Record<string, unknown>>;

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  yaml: parseYaml,
  yml: parseYaml,
  json,
  toml: (text) => parseToml(text),
};

/** Types that the agent which this one replaces reads, and this one does not. */
const FORMER = ["ron", "ini", "json5"];

/**
 * The document that `text` stands for; nothing at all stands for an empty one.
 * @throws {ConfigError} when the extension is not known, the text does not parse, or the document is not a map.
 */
export function parseDocument(
  text: string,
  options: { readonly file: string },
): Document {
  const { file } = options;
  const extension = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? "";
  const parse = Object.hasOwn(PARSERS, extension) ? PARSERS[extension] : undefined;
  if (parse === undefined) {
    const known = Object.keys(PARSERS).join(", ");
    const advice = FORMER.includes(extension) ? `${extension} is no longer read, write the file as one of` : "expected";
    throw unusable(
      { file },
      `it is not of a registered file format, ${advice} ${known}`,
    );
  }
  let document: unknown;
  try {
    document = parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = text.trim() === "" ? "it is empty" : reasonOf(error);
    throw unusable({ file }, `it does not parse as ${extension}: ${reason}`, {
      cause: error,
    });
  }
  if (document === null || document === undefined) return {};
  if (!isDocument(document)) {
    throw unusable({ file }, `it is a ${shapeOf(document)}, expected a map of settings`);
  }
  return document;
}

/** Names the shape of what is no map; the value itself may be another file's secret. */
function shapeOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value === "string" ? "text" : typeof value;
}

/** Returns the reason and the place, as far as a parser names it; not its picture of the text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { line, column } = error as { line?: unknown; column?: unknown };
  const [reason = ""] = error.message.split("\n");
  const suffix = typeof line === "number" && typeof column === "number" ? ` at line ${line}, column ${column}` : "";
  return reason.replace(/:$/, "").replace(/^Invalid TOML document: /, "") + suffix;
}

/** Whether a value is a map with settings in it. */
export function isDocument(value: unknown): value is Document {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * JSON, in which each key of a map stands once: of two values for a limit the reader sees the first, and the last
 * would count.
 */
function json(text: string): unknown {
  const value = JSON.parse(text);
  refuseDuplicateKeys(text);
  return value;
}
