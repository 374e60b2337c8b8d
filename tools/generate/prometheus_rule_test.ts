import assert from "#assert";
import { parse } from "yaml";
import { projectText } from "../../tests/support/project.ts";
import { prometheusRule } from "./prometheus_rule.ts";

Deno.test("the PrometheusRule has the groups of the rules, and says whose it is", async () => {
  const rules = await projectText("deploy/monitoring/rules.yaml");
  const { kind, metadata, spec } = parse(prometheusRule(rules));
  assert.equal(kind, "PrometheusRule");
  assert.equal(metadata.name, "cluster-agent");
  assert.deepEqual(spec, parse(rules));
  assert.ok(spec.groups.length >= 3);
});

Deno.test("rules without groups make no PrometheusRule", () => {
  assert.throws(() => prometheusRule("# groups:\n"), { message: /the rules have no groups/ });
});
