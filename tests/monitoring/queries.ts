/**
 * Every query that operators are given: those of the dashboard, of the alerts and of the recording rules.
 *
 * @module
 */
import { parse } from "yaml";
import { projectText } from "../support/project.ts";

/** A query, and where it stands. */
export interface Query {
  /** The heading of the panel with the series' name, or the name of the rule. */
  readonly where: string;
  /** The expression; Grafana's variables are replaced. */
  readonly expr: string;
}

/** A rule that fires. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule that gives a series a name. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** A panel of the dashboard, or the heading of a section. */
export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** What is looked at of a dashboard. */
export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const RULES = "deploy/monitoring/rules.yaml";

/** All rules. */
export async function readRules(): Promise<readonly (AlertRule | RecordingRule)[]> {
  return parse(await projectText(RULES)).groups.flatMap(({ rules }: { rules: unknown[] }) => rules);
}

/** Those that fire. */
export async function readAlerts(): Promise<readonly AlertRule[]> {
  return (await readRules()).filter((rule) => "alert" in rule);
}

/** Those that give a series a name. */
export async function readRecordings(): Promise<readonly RecordingRule[]> {
  return (await readRules()).filter((rule) => "record" in rule);
}

/** The dashboard as it is committed. */
export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await projectText("deploy/monitoring/dashboard.json"));
}

/** The expression as Grafana puts it: all targets are chosen, and rates are over `interval`. */
export function asAsked(expr: string, { interval = "1m" } = {}): string {
  return expr.replaceAll("$__rate_interval", interval).replace(/\$(?:cluster|namespace|node)\b/g, ".*");
}

/** The queries of a panel. */
export function panelQueries({ title, targets = [] }: Panel, options: { readonly interval?: string } = {}): Query[] {
  return targets.map(({ expr, legendFormat }) => ({
    where: `${title}: ${legendFormat}`,
    expr: asAsked(expr, options),
  }));
}

/** All queries. */
export async function allQueries(): Promise<readonly Query[]> {
  const { panels } = await readDashboard();
  const rules = await readRules();
  return [
    ...panels.flatMap((panel) => panelQueries(panel)),
    ...rules.map((rule) => ({ where: "alert" in rule ? rule.alert : rule.record, expr: rule.expr })),
  ];
}
