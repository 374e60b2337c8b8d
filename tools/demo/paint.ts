/**
 * How the demonstration's text looks: colours on a terminal, none elsewhere, and columns.
 *
 * Promises that nothing which a log says reaches the terminal as a control, except for colours where colours are
 * wanted.
 *
 * @module
 */

/** Puts a colour around a text; or leaves it as it is, where colours are not wanted. */
export type Colour = (text: string) => string;

/** What texts can look like. */
export interface Paint {
  /** For headings. */
  readonly bold: Colour;
  /** For what is beside the point. */
  readonly dim: Colour;
  /** For refusals and failures. */
  readonly red: Colour;
  /** For what went well. */
  readonly green: Colour;
  /** For what is asked. */
  readonly cyan: Colour;
  /** For a match. */
  readonly match: Colour;
  /** A log's message with its own colours, or without any where colours are not wanted. */
  readonly message: Colour;
}

// deno-lint-ignore no-control-regex -- this is what they are
const colours = /\x1b\[[0-9;]*m/g;
// deno-lint-ignore no-control-regex -- and these
const controls = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]*m)/g;

/** A look. */
export function createPaint({ colourful }: { readonly colourful: boolean }): Paint {
  const painted = (code: string): Colour => (text) => colourful ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    bold: painted("1"),
    dim: painted("2"),
    red: painted("31"),
    green: painted("32"),
    cyan: painted("36"),
    match: painted("30;43"),
    message: (text) => colourful && text.includes("\x1b") ? `${harmless(text)}\x1b[0m` : plain(text),
  };
}

/** The text without colours and other controls. */
export function plain(text: string): string {
  return harmless(text).replace(colours, "");
}

function harmless(text: string): string {
  return text.replace(controls, "\u{fffd}");
}

/** The text, plain, with every match in the colour of matches. */
export function highlight(text: string, pattern: RegExp, paint: Paint): string {
  return plain(text).replace(pattern, (match) => paint.match(match));
}

/** At most so many characters, the last one an ellipsis where more were there. */
export function clip(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}

/**
 * Rows as lines of columns, each as wide as its widest cell; a column whose heading begins with a blank is
 * right-aligned.
 */
export function columns(heading: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = heading.map((title, column) =>
    Math.max(title.trim().length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]): string =>
    widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return heading[column]?.startsWith(" ") ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd();
  return [paint.dim(line(heading.map((title) => title.trim()))), ...rows.map(line)];
}
