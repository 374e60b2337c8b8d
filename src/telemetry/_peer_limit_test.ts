import assert from "#assert";
import { createPeerLimit } from "./_peer_limit.ts";

Deno.test("a peer gets as many as one may have, and others what is left of all", () => {
  const limit = createPeerLimit<string>({ max: 3, maxPerPeer: 2 });
  assert.deepEqual(["a1", "a2", "a3"].map((one) => limit.admit(one, "a")), [true, true, false]);
  assert.deepEqual(["b1", "b2"].map((one) => limit.admit(one, "b")), [true, false]);
  assert.deepEqual([...limit.admitted], ["a1", "a2", "b1"]);
});

Deno.test("what is released makes room once, and what was refused makes none", () => {
  const limit = createPeerLimit<string>({ max: 2, maxPerPeer: 1 });
  assert.ok(limit.admit("a1", "a"));
  assert.ok(!limit.admit("a2", "a"));
  limit.release("a2");
  assert.ok(!limit.admit("a3", "a"));
  limit.release("a1");
  limit.release("a1");
  assert.ok(limit.admit("a4", "a"));
  assert.ok(!limit.admit("a5", "a"));
  assert.ok(limit.admit("b1", "b"));
});
