/**
 * Counts, by a source map, how many bytes of a generated file come from each of its sources.
 *
 * Reads version 3 of the format (ECMA-426), as bundlers write it: no sections.
 *
 * @module
 */

/** The parts of a source map that are read. */
export interface SourceMap {
  readonly sources: readonly string[];
  /** Segments of base64 VLQ: `;` ends a line, `,` a segment. */
  readonly mappings: string;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, value) => [digit, value]));
const CONTINUED = 32;

/**
 * Returns the bytes in UTF-8 of each source, by its name. A segment reaches to the next one of its line, or to the
 * line's end; what stands before the first segment of a line belongs to no source.
 */
export function bytesBySource(text: string, { sources, mappings }: SourceMap): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  const encoder = new TextEncoder();
  const lines = text.split("\n");
  let source = 0;
  for (const [row, segments] of mappings.split(";").entries()) {
    const line = lines[row] ?? "";
    let column = 0;
    let last: { readonly column: number; readonly source: number | undefined } | undefined;
    const close = (end: number): void => {
      if (last?.source === undefined) return;
      const name = sources[last.source];
      if (name === undefined) throw new TypeError(`Cannot read a source map: it has no source ${last.source}`);
      bytes.set(name, (bytes.get(name) ?? 0) + encoder.encode(line.slice(last.column, end)).length);
    };
    for (const segment of segments.split(",")) {
      if (segment === "") continue;
      const [columns = 0, sourceStep] = numbersOf(segment);
      column += columns;
      close(column);
      if (sourceStep !== undefined) source += sourceStep;
      last = { column, source: sourceStep === undefined ? undefined : source };
    }
    close(line.length);
  }
  return bytes;
}

/** Decodes the numbers of a segment. */
function numbersOf(segment: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = VALUES.get(digit);
    if (bits === undefined) throw new TypeError(`Cannot read a source map: ${JSON.stringify(segment)} is no segment`);
    value |= (bits & (CONTINUED - 1)) << shift;
    shift += 5;
    if ((bits & CONTINUED) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    value = 0;
    shift = 0;
  }
  return numbers;
}
