import assert from "#assert";
import { refusalOfKey } from "./near_key.ts";

/** The setting that a key is taken for; undefined where the key is ignored. */
function nearest(key: string): string | undefined {
  return /is no setting, the nearest is (.+)$/.exec(refusalOfKey(key) ?? "")?.[1];
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
