/**
 * Reads the plain-HTTP address of a program as Prometheus and a kubelet do.
 *
 * @module
 */
import assert from "#assert";

/** One series of a text. */
export interface ScrapedSeries {
  /** The name of the line, as `x_bucket`. */
  readonly name: string;
  /** Its labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its value. */
  readonly value: number;
}

/** A text of metrics. */
export interface Scrape {
  /** The text. */
  readonly text: string;
  /** All series, in their order. */
  readonly series: readonly ScrapedSeries[];
  /** The kinds of metrics, by name. */
  readonly types: ReadonlyMap<string, string>;
  /** The sum of all series of that name with these labels. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Where a program serves its metrics, by what it has printed. */
export function metricsUrl(log: readonly string[]): string {
  const [, port] = /Serving metrics and probes on [^\s"]*:(\d+)/.exec(log.join("\n")) ?? [];
  if (port === undefined) assert.fail(`no address of metrics in:\n${log.join("\n")}`);
  return `http://127.0.0.1:${port}`;
}

/** What an address answers to a path. */
export async function probe(url: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.text() };
}

/** Reads the metrics of an address. */
export async function scrape(url: string): Promise<Scrape> {
  const { status, body } = await probe(url, "/metrics");
  assert.equal(status, 200, body);
  return parseMetrics(body);
}

/** Parses a text, by the rules of Prometheus's text format; throws for a line that breaks them. */
export function parseMetrics(text: string): Scrape {
  assert.ok(text.endsWith("\n"), "the last line has an end");
  const series: ScrapedSeries[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let family = "";
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const [, typed, type] = /^# TYPE ([a-z_][a-z0-9_]*) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      assert.ok(!types.has(typed), `${typed} has one type`);
      types.set(family = typed, type);
      continue;
    }
    const [, name, inside = "", value] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new TypeError(`no line of the format: ${line}`);
    assert.ok(name.startsWith(family), `${name} stands with its type`);
    const labels = Object.fromEntries([...inside.matchAll(/([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)]
      .map(([, label = "", text = ""]) => [label, text]));
    const key = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
    assert.ok(!seen.has(key), `${key} is there once`);
    seen.add(key);
    const number = value === "+Inf" ? Infinity : Number(value);
    assert.ok(!Number.isNaN(number), `${line} has a number`);
    series.push({ name, labels, value: number });
  }
  return {
    text,
    series,
    types,
    sum: (name, labels = {}) =>
      series
        .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
