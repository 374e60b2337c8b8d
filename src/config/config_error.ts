/**
 * The one error of a configuration that cannot be used. Its message is one line for the terminal and names where the
 * value came from, the key, the value and what is allowed; nothing in it needs a stack trace to be understood.
 * @module
 */

/** The configuration cannot be used; the message says which file or flag, which key and value, and what is allowed. */
export class ConfigError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "ConfigError";
}

/** Where a value came from: the file that `-c` names, a `-p key:value`, or `-a`. */
export type Source = { readonly file: string } | "-p" | "-a";

/** Returns the error for one thing that is wrong in `source`. */
export function unusable(
  source: Source,
  detail: string,
  options?: ErrorOptions,
): ConfigError {
  const where = typeof source === "string" ? source : `configuration file ${JSON.stringify(source.file)}`;
  return new ConfigError(
    `Cannot use ${where}: ${oneLine(detail)}`,
    options,
  );
}

/** Returns a text without line ends, cut at a length that a terminal shows. */
function oneLine(text: string): string {
  const line = text.slice(0, MAX_DETAIL).split(/[\r\n]+/).map((part) => part.trim()).join(" ");
  return text.length > MAX_DETAIL ? `${line}…` : line;
}

/** A parser's message about a line may hold all of it. */
const MAX_DETAIL = 1_000;

/** Returns a value as an error message shows it: its JSON, cut after 80 characters; nothing of what may be a key. */
export function shown(value: unknown): string {
  // JSON has no infinity.
  const isPlain = typeof value === "bigint" || typeof value === "number";
  const text = isPlain ? `${value}` : JSON.stringify(value) ?? String(value);
  if (text.includes("-----BEGIN ")) return "a PEM text";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
