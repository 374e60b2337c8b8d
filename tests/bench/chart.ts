/**
 * A bar chart as SVG: how many times as fast one thing is as another, on a logarithmic scale with 1 as its middle.
 *
 * Brings its own background, and colours for light and dark, so that it can be read on any page. Knows nothing of what
 * was measured.
 *
 * @module
 */

/** One bar. */
export interface ChartBar {
  /** What it stands for. */
  readonly label: string;
  /** Times as fast; above 1 the bar goes right, below left. */
  readonly times: number;
}

/** Bars under one heading. */
export interface ChartGroup {
  /** The heading. */
  readonly heading: string;
  /** The bars, from above. */
  readonly bars: readonly ChartBar[];
}

/** What stands over the bars. */
export interface ChartText {
  /** The first line. */
  readonly title: string;
  /** The second, in smaller type. */
  readonly subtitle: string;
}

const WIDTH = 760;
const MARGIN = 24;
const LABEL_WIDTH = 210;
/** Room for a figure beside the longest bar. */
const FIGURE_WIDTH = 56;
const HEAD_HEIGHT = 84;
const BAR_HEIGHT = 15;
const ROW_HEIGHT = 22;
const GROUP_HEIGHT = 32;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

const STYLE = `
  .card { fill: #ffffff; stroke: #d1d9e0 } .text { fill: #1f2328 } .quiet { fill: #59636e } .grid { stroke: #e4e8ec }
  .one { stroke: #59636e } .faster { fill: #0f7b6c } .slower { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #12171e; stroke: #3d444d } .text { fill: #f0f6fc } .quiet { fill: #a0a9b3 } .grid { stroke: #262d36 }
    .one { stroke: #a0a9b3 } .faster { fill: #3cc4ab } .slower { fill: #f0883e }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 13px }
  .title { font-size: 17px; font-weight: 600 } .heading { font-weight: 600 } .small { font-size: 12px }
`;

/** Draws the chart. */
export function chartSvg(groups: readonly ChartGroup[], { title, subtitle }: ChartText): string {
  const times = groups.flatMap(({ bars }) => bars.map((bar) => bar.times));
  const x = logScale(times);
  const height = HEAD_HEIGHT + MARGIN +
    groups.reduce((sum, { bars }) => sum + GROUP_HEIGHT + ROW_HEIGHT * bars.length, 0);
  const bottom = height - MARGIN + 4;
  const parts = x.ticks.map((tick) => {
    const at = x.place(tick);
    return `<line class="${tick === 1 ? "one" : "grid"}" x1="${at}" x2="${at}" y1="${HEAD_HEIGHT}" y2="${bottom}"/>` +
      `<text class="quiet small" x="${at}" y="${HEAD_HEIGHT - 7}" text-anchor="middle">${tick}×</text>`;
  });
  let y = HEAD_HEIGHT;
  for (const { heading, bars } of groups) {
    parts.push(`<text class="text heading" x="${MARGIN}" y="${y + 23}">${escaped(heading)}</text>`);
    y += GROUP_HEIGHT;
    for (const bar of bars) {
      parts.push(barSvg(bar, { y, place: x.place }));
      y += ROW_HEIGHT;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="text title" x="${MARGIN}" y="32">${escaped(title)}</text>`,
    `<text class="quiet small" x="${MARGIN}" y="51">${escaped(subtitle)}</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function barSvg(
  { label, times }: ChartBar,
  { y, place }: { readonly y: number; readonly place: (times: number) => number },
): string {
  const one = place(1);
  const end = place(times);
  const faster = times >= 1;
  const left = Math.min(one, end);
  const width = Math.max(1, Math.abs(end - one));
  const base = y + BAR_HEIGHT - 3;
  // The figure stands beyond the bar's end, and right of 1 where the bar goes left: there is always room.
  const figure = faster ? end + 6 : one + 6;
  return [
    `<text class="text" x="${MARGIN}" y="${base}">${escaped(label)}</text>`,
    `<rect class="${faster ? "faster" : "slower"}" x="${rounded(left)}" y="${y}" width="${
      rounded(width)
    }" height="${BAR_HEIGHT}" rx="2"/>`,
    `<text class="text small" x="${rounded(figure)}" y="${base}">${figureText(times)}</text>`,
  ].join("");
}

interface LogScale {
  readonly ticks: readonly number[];
  readonly place: (times: number) => number;
}

/** From the tick below the least value to the tick above the greatest, with 1 among them. */
function logScale(times: readonly number[]): LogScale {
  const least = Math.min(1, ...times);
  const greatest = Math.max(2, ...times);
  const from = TICKS.findLast((tick) => tick <= least) ?? least;
  const to = TICKS.find((tick) => tick >= greatest) ?? greatest;
  const left = MARGIN + LABEL_WIDTH;
  const width = WIDTH - left - MARGIN - FIGURE_WIDTH;
  return {
    ticks: TICKS.filter((tick) => tick >= from && tick <= to),
    place: (value) => rounded(left + width * Math.log(value / from) / Math.log(to / from)),
  };
}

function figureText(times: number): string {
  return `${times < 0.995 ? times.toFixed(2) : times < 9.95 ? times.toFixed(1) : times.toFixed(0)}×`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
