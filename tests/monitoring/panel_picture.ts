/**
 * Panels with lines over time as one SVG, which brings its own background, for light and dark.
 *
 * Knows nothing of where the values come from.
 *
 * @module
 */

/** A line. */
export interface PictureLine {
  /** What it stands for. */
  readonly name: string;
  /** Seconds and values, by time. */
  readonly points: readonly (readonly [number, number])[];
}

/** A panel. */
export interface PicturePanel {
  /** Its heading. */
  readonly title: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** Its lines. */
  readonly lines: readonly PictureLine[];
}

/** Panels under a heading. */
export interface PictureSection {
  /** The heading. */
  readonly title: string;
  /** The panels, from left to right. */
  readonly panels: readonly PicturePanel[];
}

/** What stands over them, and the time that they show, in seconds. */
export interface PictureText {
  readonly title: string;
  readonly subtitle: string;
  readonly from: number;
  readonly to: number;
}

const WIDTH = 1_080;
const MARGIN = 20;
const COLUMNS = 4;
const GAP = 12;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const PANEL_HEIGHT = 150;
const HEAD_HEIGHT = 64;
const HEADING_HEIGHT = 30;
/** Lines that a legend names. */
const NAMED = 4;
const COLOURS = ["a", "b", "c", "d"] as const;

const STYLE = `
  .card { fill: #ffffff } .panel { fill: #f6f8fa; stroke: #d1d9e0 } .text { fill: #1f2328 } .quiet { fill: #59636e }
  .axis { stroke: #d1d9e0 } .a { color: #0f7b6c } .b { color: #bc4c00 } .c { color: #0969da } .d { color: #8250df }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117 } .panel { fill: #151b23; stroke: #3d444d } .text { fill: #f0f6fc } .quiet { fill: #a0a9b3 }
    .axis { stroke: #3d444d } .a { color: #3cc4ab } .b { color: #f0883e } .c { color: #58a6ff } .d { color: #bc8cff }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 11px; fill: currentColor }
  .title { font-size: 17px; font-weight: 600 } .heading { font-size: 13px; font-weight: 600 }
  polyline { fill: none; stroke: currentColor; stroke-width: 1.5 }
`;

/** Draws them. */
export function pictureSvg(sections: readonly PictureSection[], { title, subtitle, from, to }: PictureText): string {
  const parts: string[] = [];
  let y = HEAD_HEIGHT;
  for (const section of sections) {
    parts.push(`<text class="text heading" x="${MARGIN}" y="${y + 20}">${escaped(section.title)}</text>`);
    y += HEADING_HEIGHT;
    section.panels.forEach((panel, index) => {
      const x = MARGIN + (index % COLUMNS) * (PANEL_WIDTH + GAP);
      parts.push(panelSvg(panel, { x, y: y + Math.floor(index / COLUMNS) * (PANEL_HEIGHT + GAP), from, to }));
    });
    y += Math.ceil(section.panels.length / COLUMNS) * (PANEL_HEIGHT + GAP);
  }
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="card" width="${WIDTH}" height="${height}" rx="8"/>`,
    `<text class="text title" x="${MARGIN}" y="30">${escaped(title)}</text>`,
    `<text class="quiet" x="${MARGIN}" y="49">${escaped(subtitle)}</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

interface PanelPlace {
  readonly x: number;
  readonly y: number;
  readonly from: number;
  readonly to: number;
}

function panelSvg({ title, unit, lines }: PicturePanel, { x, y, from, to }: PanelPlace): string {
  const real = lines.map(({ name, points }) => ({ name, points: points.filter(([, value]) => Number.isFinite(value)) }))
    .filter(({ points }) => points.length > 0);
  const most = Math.max(...real.flatMap(({ points }) => points.map(([, value]) => value)), 0);
  const left = x + 10;
  const width = PANEL_WIDTH - 20;
  const top = y + 40;
  const bottom = y + PANEL_HEIGHT - 12 - 12 * Math.ceil(Math.min(real.length, NAMED) / 2);
  const across = (at: number): number => rounded(left + width * (at - from) / (to - from));
  const up = (value: number): number => rounded(bottom - (bottom - top) * (most === 0 ? 0 : value / most));
  const drawn = real.map(({ points }, index) =>
    `<polyline class="${COLOURS[index % COLOURS.length]}" points="${
      points.map(([at, value]) => `${across(at)},${up(value)}`).join(" ")
    }"/>`
  );
  const names = real.slice(0, NAMED).map(({ name }, index) => {
    const more = index === NAMED - 1 && real.length > NAMED ? ` + ${real.length - NAMED}` : "";
    const at = { x: left + (index % 2) * width / 2, y: bottom + 14 + 12 * Math.floor(index / 2) };
    return `<text class="${COLOURS[index]}" x="${rounded(at.x)}" y="${rounded(at.y)}">${
      escaped(cut(name, more))
    }</text>`;
  });
  return [
    `<rect class="panel" x="${rounded(x)}" y="${y}" width="${rounded(PANEL_WIDTH)}" height="${PANEL_HEIGHT}" rx="4"/>`,
    `<text class="text" x="${rounded(left)}" y="${y + 17}">${escaped(title)}</text>`,
    `<text class="quiet" x="${rounded(left)}" y="${y + 32}">${
      real.length === 0 ? "no samples" : `up to ${valueText(most, unit)}`
    }</text>`,
    `<line class="axis" x1="${rounded(left)}" x2="${rounded(left + width)}" y1="${bottom}" y2="${bottom}"/>`,
    ...drawn,
    ...names,
  ].join("\n");
}

/** A name that fits beside another one. */
function cut(name: string, more: string): string {
  const most = 18 - more.length;
  return (name.length > most ? `${name.slice(0, most - 1)}…` : name) + more;
}

/** A value with its unit. */
export function valueText(value: number, unit: string): string {
  const figure = (number: number): string => String(Number(number.toPrecision(3)));
  if (unit === "bytes" || unit === "Bps") {
    const scale = value === 0 ? 0 : Math.max(0, Math.min(3, Math.floor(Math.log2(value) / 10)));
    return `${figure(value / 1024 ** scale)} ${["B", "KiB", "MiB", "GiB"][scale]}${unit === "Bps" ? "/s" : ""}`;
  }
  if (unit === "s") return value < 1 ? `${figure(value * 1_000)} ms` : `${figure(value)} s`;
  if (unit === "percentunit") return `${figure(value * 100)} %`;
  return `${figure(value)}${unit === "none" ? "" : "/s"}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
