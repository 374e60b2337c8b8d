/**
 * The text of a terminal as a picture: SVG with the colours that the text asks for.
 *
 * Knows the colours that the agent's commands print: 1, 2, 0, and 30 to 37. Any other escape is an error.
 *
 * @module
 */

const COLUMN = 8.4;
const LINE = 19;
const MARGIN = 14;
const COLOURS = ["#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#f0f6fc"];

/** A stretch of text in one look. */
interface Span {
  readonly text: string;
  readonly look: string;
}

/** Returns the picture of some lines, with a prompt's line before them. */
export function ansiSvg(command: string, output: string): string {
  const lines = output.replace(/\n$/, "").split("\n").map(spansOf);
  const prompt: Span[] = [{ text: "$ ", look: ' fill="#7ee787"' }, { text: command, look: "" }];
  const all = [prompt, ...lines];
  const width = Math.max(...all.map((line) => line.reduce((sum, { text }) => sum + [...text].length, 0)));
  const height = MARGIN * 2 + all.length * LINE;
  const rows = all.map((line, at) => {
    const spans = line.map(({ text, look }) => `<tspan${look}>${escaped(text)}</tspan>`).join("");
    return `<text x="${MARGIN}" y="${MARGIN + LINE * (at + 0.75)}" xml:space="preserve">${spans}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width * COLUMN) + MARGIN * 2}" height="${height}"
  font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#c9d1d9">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join("\n")}
</svg>
`;
}

/** Returns the text of a picture that {@linkcode ansiSvg} has made. */
export function svgText(svg: string): string {
  const lines = [...svg.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, line = ""]) => line.replace(/<[^>]*>/g, ""));
  return lines.map((line) => line.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")).join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let look = "";
  // deno-lint-ignore no-control-regex -- escapes are what it looks for
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    // deno-lint-ignore no-control-regex -- the same
    const codes = /^\x1b\[([0-9;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      if (part !== "") spans.push({ text: part, look });
    } else {
      look = codes.split(";").reduce((before, code) => lookOf(before, Number(code)), look);
    }
  }
  return spans;
}

function lookOf(before: string, code: number): string {
  if (code === 0) return "";
  if (code === 1) return `${before} font-weight="bold"`;
  if (code === 2) return `${before} opacity="0.6"`;
  const base = code >= 90 ? 90 : 30;
  const colour = COLOURS[code - base];
  if (colour === undefined) throw new RangeError(`Cannot draw the escape ${code}`);
  return `${before.replace(/ fill="[^"]*"/, "")} fill="${colour}"`;
}
