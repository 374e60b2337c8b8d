import assert from "#assert";
import { nearestSetting, refusalOfKey } from "./near_key.ts";

/** The setting that a key is taken for; undefined where the key is ignored. */
function nearest(key: string): string | undefined {
  return /is no setting, did you mean (.+)\?$/.exec(refusalOfKey(key) ?? "")?.[1];
}

for (
  const [key, meant] of [
    ["allowed-namespace", "allowed-namespaces"],
    ["allowedNamespaces", "allowed-namespaces"],
    ["allowed_namespaces", "allowed-namespaces"],
    ["alowed-namespaces", "allowed-namespaces"],
    ["allowd-names", "tls.allowed-names"],
    ["allowed-names", "tls.allowed-names"],
    ["client-auth", "tls.client-auth"],
    ["ALLOWED_NAMES", "tls.allowed-names"],
    ["Allowed-Namespaces", "allowed-namespaces"],
    ["allowed-", "tls.allowed-names"],
    ["allowed-everything-else", "tls.allowed-names"],
    ["logging.allowed-names", "tls.allowed-names"],
    ["limits.allowed-namespaces", "allowed-namespaces"],
    ["future.more.allowedNames", "tls.allowed-names"],
    ["cluster-agent.allowed-namespaces", "allowed-namespaces"],
    ["cluster-agent.tls.allowed-names", "tls.allowed-names"],
    ["tls.allowed-namespaces", "allowed-namespaces"],
    ["TLS", "tls"],
    ["Tls.cert-file", "tls.cert-file"],
    ["TLS.certificate", "tls.cert-file"],
    ["tls.cert-flie", "tls.cert-file"],
    ["AUTHORIZATION", "authorization"],
    ["Authorization.MODE", "authorization.mode"],
    ["tls.ca-file.path", "tls.ca-file"],
    ["tls.allowd-names", "tls.allowed-names"],
    ["tls.allowedNames", "tls.allowed-names"],
    ["tls.ca", "tls.ca-file"],
    ["tls.something-else", "tls.cert-file"],
    ["authorization.mod", "authorization.mode"],
    ["authorization.review_interval", "authorization.review-interval"],
    ["authorisation", "authorization"],
    ["loging", "logging"],
    ["logging.levle", "logging.level"],
    ["log-root", "log-roots"],
    ["container-log-dir", "container-logs-dir"],
    ["shutdown-grase", "shutdown-grace"],
    ["hystory", "history"],
  ] as const
) {
  Deno.test(`${key} is refused, and ${meant} is named`, () => {
    // Of a key that is like none, any of its section will do.
    if (key === "tls.something-else") assert.match(nearest(key) ?? "", /^tls\./);
    else assert.equal(nearest(key), meant);
  });
}

Deno.test("keys of older and other programs are ignored", () => {
  for (
    const key of [
      "tls.enabled",
      "future",
      "base-path",
      "gin-mode",
      "auth-mode",
      "mode",
      "cluster-agent",
      "cluser-agent",
      "kubeconfig",
      "csrf",
      "session",
      "dashboard",
      "logging.access-log",
      "dashboard.allowed-namespaces",
      "cluster-api.tls.cert-file",
      "cluster-agent.tls.cert-file",
      "cluster-agent.tls.server-name",
      "cluster-agent.addr",
      "address",
      "port",
      "ssl",
      "x".repeat(100_000),
      "",
    ]
  ) assert.equal(refusalOfKey(key), undefined, key.slice(0, 80));
});

Deno.test("a key that is written with a dot is refused, with how to write it", () => {
  assert.equal(
    refusalOfKey("tls.allowed-names"),
    '"tls.allowed-names" is written with a dot, expected a map "tls" with "allowed-names" in it',
  );
});

Deno.test("of an ignored key the setting that is most like it is named, unless nothing is like it", () => {
  for (
    const [key, meant] of [
      ["limits.max-connections", "limits.connections"],
      ["limits.xyz", /^limits\./],
      ["logging.output", /^logging\./],
      ["metrics.port", "metrics.addr"],
      ["shutdown-timeout", "shutdown-grace"],
      ["future", undefined],
      ["replicas", undefined],
      ["", undefined],
      ["x".repeat(100_000), undefined],
    ] as const
  ) {
    const nearest = nearestSetting(key);
    if (meant instanceof RegExp) assert.match(nearest ?? "", meant);
    else assert.equal(nearest, meant, key.slice(0, 80));
  }
});
