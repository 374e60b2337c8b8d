/**
 * The alerts, the recording rules and the dashboard, as Prometheus itself takes them.
 *
 * @module
 */
import assert from "#assert";
import { startLoadedPrograms } from "../monitoring/loaded_programs.ts";
import { parsePromql } from "../monitoring/promql.ts";
import { panelQueries, readAlerts, readDashboard, readRecordings } from "../monitoring/queries.ts";
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
  "ClusterAgentFollowProblems",
  "ClusterAgentLimitReached",
  "ClusterAgentLogsUnreadable",
  "ClusterAgentRecordsLost",
  "ClusterAgentReloadFailed",
  "ClusterAgentReviewsFail",
  "ClusterAgentUnknownFormat",
];

await check(
  "a Prometheus that scrapes the agent and the collector under load answers each query with samples",
  ["prometheus"],
  async ({ path }) => {
    await using programs = await startLoadedPrograms({ prometheusPath: path });
    for (let number = 0; number < ROUNDS; number++) await programs.round(number);
    const { prometheus } = programs;
    const to = Date.now() / 1000;

    const empty: string[] = [];
    for (const panel of (await readDashboard()).panels) {
      for (const { where, expr } of panelQueries(panel, { interval: "5s" })) {
        const series = await prometheus.range(expr, { from: to - ROUNDS, to, step: 1 });
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
    await eventually("the conditions of these alerts hold, and each rule is evaluated", async () => {
      rules = await prometheus.rules();
      const pending = new Set(rules.filter(({ state }) => state === "pending").map(({ name }) => name));
      return PENDING.every((name) => pending.has(name)) && rules.every(({ health }) => health !== "unknown");
    }, { pauseMs: 500, deadlineMs: 30_000 });
    assert.deepEqual(rules.filter(({ health }) => health !== "ok"), []);
  },
);
