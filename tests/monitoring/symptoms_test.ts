/**
 * The page of symptoms: each has its four parts, its lines are written by the program, and its metrics are there.
 *
 * @module
 */
import assert from "#assert";
import { sourceTexts } from "../support/project.ts";
import { problemsOf } from "./promql.ts";
import { readAlerts, readRecordings } from "./queries.ts";
import { readSymptoms } from "./symptoms.ts";

const symptoms = await readSymptoms();
const recorded = (await readRecordings()).map(({ record }) => record);

Deno.test("the page has its symptoms, each with what is seen, the line, the metric and what to do", () => {
  assert.ok(symptoms.length >= 15, `${symptoms.length} symptoms`);
  for (const { title, parts } of symptoms) {
    assert.deepEqual([...parts.keys()], ["Seen", "Log", "Metric", "Do"], title);
  }
});

Deno.test("each line and field that a symptom tells to look for is written by the program", async () => {
  const sources = await sourceTexts();
  const missing = symptoms.flatMap(({ title, lines }) =>
    lines.filter((line) => !sources.some((text) => text.includes(line))).map((line) => `${title}: ${line}`)
  );
  assert.deepEqual(missing, []);
  assert.ok(symptoms.flatMap(({ lines }) => lines).length > 40);
});

Deno.test("each metric of a symptom is one of the table, with labels that it has", () => {
  const problems = symptoms.flatMap(({ title, metrics }) =>
    metrics.flatMap((expr) => problemsOf(expr, { recorded }).map((it) => `${title}: ${it}`))
  );
  assert.deepEqual(problems, []);
  assert.ok(symptoms.flatMap(({ metrics }) => metrics).length > 25);
});

Deno.test("each alert leads to a heading of the page", async () => {
  const anchors = new Set(symptoms.map(({ title }) => title.toLowerCase().replaceAll(" ", "-")));
  for (const { alert, annotations } of await readAlerts()) {
    const [, anchor = ""] = /^docs\/symptoms\.md#(.+)$/.exec(annotations["runbook_url"] ?? "") ?? [];
    assert.ok(anchors.has(anchor), `${alert}: ${anchor}`);
  }
});
