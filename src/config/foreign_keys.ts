/**
 * Keys that configuration files carry for Kubetail's other programs, and for older versions of this one: they mean
 * nothing here, and need no warning.
 *
 * Form: kubetail, `config/default/`, `hack/config.yaml` and the README pages of its modules.
 *
 * @module
 */

/** Keys of other programs, with all that stands below them. */
const FOREIGN: ReadonlySet<string> = new Set([
  "auth-mode",
  "base-path",
  "cli",
  "cluster-agent",
  "cluser-agent",
  "cluster-agent-dispatch-url",
  "cluster-api",
  "cluster-api-endpoint",
  "commands",
  "csrf",
  "dashboard",
  "environment",
  "general",
  "gin-mode",
  "kube-config",
  "kubeconfig",
  "logging.access-log",
  "server",
  "session",
  "tls.enabled",
  "ui",
  "version",
]);

/** Sections in which Kubetail's cluster API has what it needs to call this program. */
const NAMESAKES: ReadonlySet<string> = new Set(["cluster-agent", "cluser-agent"]);

/** Reports whether a key, by its dotted name, belongs to another program. */
export function isForeignKey(key: string): boolean {
  const parts = key.split(".");
  return FOREIGN.has(parts[0] ?? "") || FOREIGN.has(parts.slice(0, 2).join("."));
}

/** Reports whether a section of another program has the name of this one, so that settings may stand in it. */
export function isNamesake(section: string): boolean {
  return NAMESAKES.has(section);
}
