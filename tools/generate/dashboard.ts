/**
 * Writes `deploy/monitoring/dashboard.json` for Grafana: `deno task gen`. `deno task gen --check` only compares.
 *
 * The dashboard names no data source of its own: that, the cluster, the namespace and the nodes are chosen at its head.
 *
 * @module
 */
import { type DashboardPanel, type DashboardSection, SECTIONS } from "./_dashboard_panels.ts";
import { writeFile } from "./_write_file.ts";

/** Columns of Grafana's grid. */
const COLUMNS = 24;
const SIZES = { stat: { w: 4, h: 4 }, timeseries: { w: 8, h: 8 } } as const;
const SOURCE = { type: "prometheus", uid: "${datasource}" } as const;

/** Something on the grid, as Grafana has it. */
interface Placed {
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly [key: string]: unknown;
}

/** The dashboard, as Grafana imports it. */
export function dashboard(sections: readonly DashboardSection[] = SECTIONS): Readonly<Record<string, unknown>> {
  return {
    uid: "cluster-agent",
    title: "Cluster agent",
    description: "The node agents of a cluster, and their collector. Made by `deno task gen`.",
    tags: ["cluster-agent", "logs"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    timezone: "",
    annotations: { list: [] },
    links: [],
    templating: { list: variables() },
    panels: placed(sections),
  };
}

/** What is chosen at the head. */
function variables(): readonly unknown[] {
  const chosen = (name: string, query: string): unknown => ({
    name,
    type: "query",
    label: name,
    datasource: SOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    // A label that no target has matches this as well.
    allValue: ".*",
    current: { selected: true, text: ["All"], value: ["$__all"] },
  });
  return [
    { name: "datasource", type: "datasource", label: "data source", query: "prometheus", refresh: 1 },
    chosen("cluster", "label_values(cluster_agent_build_info, cluster)"),
    chosen("namespace", `label_values(cluster_agent_build_info{cluster=~"$cluster"}, namespace)`),
    chosen("node", `label_values(cluster_agent_build_info{cluster=~"$cluster", namespace=~"$namespace"}, node)`),
  ];
}

/** The panels on the grid: a row for each section, then its panels from left to right. */
function placed(sections: readonly DashboardSection[]): readonly Placed[] {
  const all: Placed[] = [];
  let y = 0;
  for (const { title, panels } of sections) {
    all.push({
      id: all.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of panels) {
      const { w, h } = SIZES[panel.type ?? "timeseries"];
      if (x + w > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      all.push({ id: all.length + 1, ...panelJson(panel), gridPos: { x, y, w, h } });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return all;
}

function panelJson(panel: DashboardPanel): Readonly<Record<string, unknown>> {
  const { title, description, unit, queries, type = "timeseries" } = panel;
  return {
    type,
    title,
    description,
    datasource: SOURCE,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
      range: type === "timeseries",
      instant: type === "stat",
    })),
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: type === "stat"
      ? { reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, textMode: "value_and_name" }
      : { legend: { displayMode: "list", placement: "bottom", showLegend: true }, tooltip: { mode: "multi" } },
  };
}

if (import.meta.main) await writeFile("deploy/monitoring/dashboard.json", `${JSON.stringify(dashboard(), null, 2)}\n`);
