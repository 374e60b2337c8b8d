/**
 * Writes the rules of `deploy/monitoring/rules.yaml` as a PrometheusRule, the form in which Prometheus's operator takes
 * them: `deno task gen`. `deno task gen --check` only compares.
 *
 * @module
 */
import { writeFile } from "./_write_file.ts";

const HEAD = `# Made by \`deno task gen\` from deploy/monitoring/rules.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: cluster-agent
  labels:
    app.kubernetes.io/name: cluster-agent
spec:
`;

/** The manifest of a rule file: the same text, further in. */
export function prometheusRule(rules: string): string {
  const groups = rules.slice(rules.search(/^groups:$/m));
  if (!groups.startsWith("groups:")) throw new TypeError("Cannot make a PrometheusRule: the rules have no groups");
  return HEAD + groups.replace(/^(?=.)/gm, "  ");
}

if (import.meta.main) {
  const rules = await Deno.readTextFile(new URL("../../deploy/monitoring/rules.yaml", import.meta.url));
  await writeFile("deploy/overlays/metrics/prometheus_rule.yaml", prometheusRule(rules));
}
