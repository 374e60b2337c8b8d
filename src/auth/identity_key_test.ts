import assert from "#assert";
import type { Principal } from "./identity.ts";
import { identityKey } from "./identity_key.ts";

function user(name: string, groups: readonly string[] = []): Principal {
  return { kind: "identity", identity: { user: name, groups, extra: {} } };
}

Deno.test("identityKey() is the same for a user in whatever groups, and another for another user", () => {
  assert.equal(identityKey(user("alice", ["a"])), identityKey(user("alice", ["b", "c"])));
  const long = "a".repeat(10_000);
  const all = [user("alice"), user("bob"), user(`${long}1`), user(`${long}2`), user(""), user("token alice")];
  all.push({ kind: "token", token: "alice" }, { kind: "token", token: "" });
  const keys = all.map(identityKey);
  assert.equal(new Set(keys).size, all.length);
  assert.ok(keys.every((key) => key.length < 300));
});

Deno.test("identityKey() keeps no token", () => {
  assert.ok(!identityKey({ kind: "token", token: "secret-token" }).includes("secret"));
});
