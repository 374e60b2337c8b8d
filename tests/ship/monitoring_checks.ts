/**
 * The alerts, the recording rules and the dashboard, as Prometheus itself takes them.
 *
 * @module
 */
import assert from "#assert";
import { type LoadedPrograms, startLoadedPrograms } from "../monitoring/loaded_programs.ts";
import { parsePromql } from "../monitoring/promql.ts";
import { panelQueries, readAlerts, readDashboard, readRecordings } from "../monitoring/queries.ts";
import { readSymptoms, type Symptom } from "../monitoring/symptoms.ts";
import { eventually } from "../support/eventually.ts";
import { projectFolder } from "../support/project.ts";
import { check, runProgram } from "./check.ts";

const cwd = new URL("deploy/monitoring/", projectFolder);

await check("promtool finds nothing in the rules", ["promtool"], async (promtool) => {
  const { code, text } = await runProgram(promtool, ["check", "rules", "rules.yaml"], { cwd });
  assert.equal(code, 0, text);
});

await check("each alert fires where it should, and nowhere else", ["promtool"], async (promtool) => {
  const { code, text } = await runProgram(promtool, ["test", "rules", "rules_test.yaml"], { cwd });
  assert.equal(code, 0, text);
});

/** Rounds of the load. */
const ROUNDS = 10;

/** Queries that give nothing under the load, and why. */
const EMPTY: ReadonlyMap<string, string> = new Map();

/** Alerts whose conditions hold under the load, each by another of its parts; they fire after their time. */
const PENDING = [
  "ClusterAgentCollectorDropsObjects",
  "ClusterAgentLimitReached",
  "ClusterAgentLogsUnreadable",
  "ClusterAgentRecordsLost",
  "ClusterAgentReloadFailed",
  "ClusterAgentUnknownFormat",
];

/** Symptoms that the load brings about. */
const DRIVEN = [
  "One user sees nothing",
  "Forbidden everywhere",
  "The API server cannot be reached",
  "Clients are refused after a change of certificates",
  "Connections are refused at a limit",
  "A stream ends by itself",
  "Lines are missing",
  "A follow ends with DATA_LOSS",
  "Permission denied on log files",
];

/** What of a symptom that was brought about is not as its page says: the line in the log, or the metric that grows. */
async function untold({ title, lines, metrics }: Symptom, { log, prometheus }: LoadedPrograms): Promise<string[]> {
  const text = log.join("\n");
  const told = lines.filter((line) => /^[A-Z]/.test(line) && text.includes(line));
  const values = await Promise.all(metrics.map(async (expr) => (await prometheus.query(expr)).map((it) => it.value)));
  const problems = metrics.filter((_, index) => values[index]?.length === 0).map((expr) => `no samples of ${expr}`);
  if (told.length === 0) problems.push(`none of ${lines.join(", ")} in the log`);
  if (!values.flat().some((value) => value > 0)) problems.push(`none of ${metrics.join(", ")} is above 0`);
  return problems.map((problem) => `${title}: ${problem}`);
}

await check(
  "a Prometheus that scrapes the loaded programs answers each query with samples, and symptoms show as their page says",
  ["prometheus"],
  async ({ path }) => {
    await using programs = await startLoadedPrograms({ prometheusPath: path });
    const from = Date.now() / 1000;
    for (let number = 0; number < ROUNDS; number++) await programs.round(number);
    const { prometheus } = programs;
    const to = Date.now() / 1000;

    const empty: string[] = [];
    for (const panel of (await readDashboard()).panels) {
      for (const { where, expr } of panelQueries(panel, { interval: "5s" })) {
        const series = await prometheus.range(expr, { from, to, step: 1 });
        const hasSamples = series.some(({ points }) => points.some(([, value]) => !Number.isNaN(value)));
        if (!hasSamples) empty.push(`${panel.title} / ${where}`);
      }
    }
    assert.deepEqual(empty, [...EMPTY.keys()]);

    const recorded = new Set((await readRecordings()).map(({ record }) => record));
    for (const { alert, expr } of await readAlerts()) {
      await prometheus.query(expr);
      for (const { metric, matchers } of parsePromql(expr).selectors) {
        const conditions = matchers.map(({ label, op, value }) => `${label}${op}${JSON.stringify(value)}`);
        const samples = await prometheus.query(`${metric}{${conditions.join(",")}}`);
        assert.ok(samples.length > 0, `${alert} asks for ${metric}{${conditions.join(",")}}, which has no sample`);
      }
    }
    for (const record of recorded) {
      const values = (await prometheus.query(record)).map(({ value }) => value);
      assert.ok(values.length > 0, `${record} has no sample`);
    }

    let rules = await prometheus.rules();
    const isPending = (name: string): boolean => rules.some((rule) => rule.name === name && rule.state === "pending");
    for (const name of PENDING) {
      await eventually(`the condition of ${name} holds`, async () => {
        rules = await prometheus.rules();
        return isPending(name);
      }, { pauseMs: 500 });
    }
    assert.deepEqual(rules.filter(({ health }) => health !== "ok"), []);

    const driven = (await readSymptoms()).filter(({ title }) => DRIVEN.includes(title));
    assert.equal(driven.length, DRIVEN.length);
    assert.deepEqual((await Promise.all(driven.map((symptom) => untold(symptom, programs)))).flat(), []);
  },
);
