/**
 * The alerts and recording rules, as Prometheus's own checker takes them.
 *
 * @module
 */
import assert from "#assert";
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
