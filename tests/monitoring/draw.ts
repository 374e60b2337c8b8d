/**
 * Draws the dashboard from the answers of a real Prometheus that scrapes the loaded programs, into
 * `docs/dashboard.svg`: `deno task draw-dashboard`. It is no screenshot of Grafana, and differs from run to run.
 *
 * @module
 */
import { projectFolder } from "../support/project.ts";
import type { Prometheus } from "../support/prometheus.ts";
import { startLoadedPrograms } from "./loaded_programs.ts";
import { type PictureLine, type PicturePanel, type PictureSection, pictureSvg } from "./panel_picture.ts";
import { asAsked, type Panel, readDashboard } from "./queries.ts";

/** Rounds of the load, of about a second each. */
const ROUNDS = 90;
const STEP = 2;

/** The series of a panel, by their names. */
async function drawnPanel(
  panel: Panel,
  { prometheus, from, to }: { readonly prometheus: Prometheus; readonly from: number; readonly to: number },
): Promise<PicturePanel> {
  const lines: PictureLine[] = [];
  for (const { expr, legendFormat } of panel.targets ?? []) {
    for (
      const { labels, points } of await prometheus.range(asAsked(expr, { interval: "10s" }), { from, to, step: STEP })
    ) {
      lines.push({ name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? ""), points });
    }
  }
  return { title: panel.title, unit: panel.fieldConfig?.defaults.unit ?? "none", lines };
}

if (import.meta.main) {
  await using programs = await startLoadedPrograms({ prometheusPath: "prometheus" });
  const from = Date.now() / 1000;
  for (let number = 0; number < ROUNDS; number++) await programs.round(number);
  const to = Date.now() / 1000;
  const sections: { title: string; panels: PicturePanel[] }[] = [];
  for (const panel of (await readDashboard()).panels) {
    if (panel.type === "row") sections.push({ title: panel.title, panels: [] });
    else sections.at(-1)?.panels.push(await drawnPanel(panel, { prometheus: programs.prometheus, from, to }));
  }
  const svg = pictureSvg(sections satisfies PictureSection[], {
    title: "Cluster agent: the panels of the dashboard",
    subtitle: `Drawn from Prometheus' answers by a script, not a screenshot of Grafana: ${
      Math.round(to - from)
    } seconds of an agent and a collector under a made-up load`,
    from,
    to,
  });
  await Deno.writeTextFile(new URL("docs/dashboard.svg", projectFolder), svg);
}
