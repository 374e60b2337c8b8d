/**
 * What an expression of PromQL asks for, by the parser of Prometheus's own editor, and whether the agent has it.
 *
 * @module
 */
import { parser } from "@prometheus-io/lezer-promql";
import { readableLabels } from "../../src/telemetry/call_labels.ts";
import { exportedName, type MetricName, metricRow, METRICS } from "../../src/telemetry/metric_table.ts";

/** A condition on a label. */
export interface Matcher {
  readonly label: string;
  readonly op: string;
  readonly value: string;
}

/** One metric that is asked for. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** What an expression asks for. */
export interface Asked {
  readonly selectors: readonly Selector[];
  /** The labels that series are grouped or joined by. */
  readonly grouping: readonly string[];
  /** The stretches that are no PromQL. */
  readonly errors: readonly string[];
}

/** Parses an expression. */
export function parsePromql(expr: string): Asked {
  const selectors: { metric: string; matchers: Matcher[] }[] = [];
  const grouping: string[] = [];
  const errors: string[] = [];
  let matcher: { label: string; op: string } | undefined;
  let isGrouping = Boolean(0);
  parser.parse(expr).iterate({
    enter: ({ name, type, from, to }) => {
      const text = expr.slice(from, to);
      const last = selectors.at(-1);
      if (type.isError) errors.push(`${from}: ${expr.slice(Math.max(0, from - 20), to + 20)}`);
      else if (name === "VectorSelector") selectors.push({ metric: "", matchers: [] });
      else if (name === "Identifier" && last !== undefined) last.metric = text;
      else if (name === "UnquotedLabelMatcher") matcher = { label: "", op: "" };
      else if (name === "GroupingLabels") isGrouping = Boolean(1);
      else if (name === "LabelName" && isGrouping) grouping.push(text);
      else if (name === "LabelName" && matcher !== undefined) matcher.label = text;
      else if (name === "MatchOp" && matcher !== undefined) matcher.op = text;
      else if (name === "StringLiteral" && matcher !== undefined) {
        last?.matchers.push({ ...matcher, value: JSON.parse(text) });
      }
    },
    leave: ({ name }) => {
      if (name === "UnquotedLabelMatcher") matcher = undefined;
      else if (name === "GroupingLabels") isGrouping = Boolean(0);
    },
  });
  return { selectors, grouping, errors };
}

/** Labels that Prometheus puts on each series, by how it was told of its targets. */
const TARGET_LABELS = ["job", "instance", "cluster", "namespace", "node", "pod"];

/** Labels with the values that they can have; undefined where these are not known here. */
type Labels = ReadonlyMap<string, readonly string[] | undefined>;

const withTargets = (labels: readonly (readonly [string, readonly string[] | undefined])[]): Labels =>
  new Map([...TARGET_LABELS.map((label) => [label, undefined] as const), ...labels]);

/** The labels of each series that a program exports, and of the two that Prometheus makes. */
function exportedSeries(): Map<string, Labels> {
  const all = new Map<string, Labels>([
    ["up", withTargets([])],
    ["ALERTS", withTargets([["alertname", undefined], ["alertstate", undefined], ["severity", undefined]])],
  ]);
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const { kind, labels = {} } = metricRow(name);
    const told = Object.entries(labels).flatMap(([label, values]) => {
      const readable = values.map((value) => readableLabels({ [label]: value }));
      return Object.keys(readable[0] ?? {}).map((key) =>
        [key, [...new Set(readable.map((it) => it[key] ?? ""))]] as const
      );
    });
    const exported = exportedName(name);
    if (kind !== "histogram") all.set(exported, withTargets(told));
    else {
      all.set(`${exported}_bucket`, withTargets([...told, ["le", undefined]]));
      for (const end of ["_count", "_sum"]) all.set(exported + end, withTargets(told));
    }
  }
  return all;
}

const KNOWN = exportedSeries();

/** What of an expression is no PromQL, or is asked of metrics and labels that there are not. */
export function problemsOf(expr: string, { recorded = [] }: { readonly recorded?: readonly string[] } = {}): string[] {
  const { selectors, grouping, errors } = parsePromql(expr);
  const problems = errors.map((error) => `no PromQL at ${error}`);
  if (selectors.length === 0) problems.push("asks for no metric");
  const labels = new Set<string>();
  for (const { metric, matchers } of selectors) {
    const known = recorded.includes(metric) ? withTargets([]) : KNOWN.get(metric);
    if (known === undefined) problems.push(`no metric ${metric}`);
    for (const label of known?.keys() ?? []) labels.add(label);
    for (const { label, op, value } of matchers) {
      if (known === undefined) continue;
      const values = known.get(label);
      if (!known.has(label)) problems.push(`${metric} has no label ${label}`);
      else if (values !== undefined && !isPossible(values, { op, value })) {
        problems.push(`${metric} has no ${label}${op}"${value}"`);
      }
    }
  }
  return [...problems, ...grouping.filter((label) => !labels.has(label)).map((label) => `no label ${label}`)];
}

/** Whether a condition can hold: each of the alternatives of a regular expression has to be a value. */
function isPossible(
  values: readonly string[],
  { op, value }: { readonly op: string; readonly value: string },
): boolean {
  if (op === "=") return values.includes(value);
  if (op !== "=~") return Boolean(1);
  return value.split("|").every((part) => values.some((it) => RegExp(`^(?:${part})$`).test(it)));
}
