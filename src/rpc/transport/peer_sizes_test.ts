import assert from "#assert";
import { createPeerSizes } from "./peer_sizes.ts";

Deno.test("the largest peer is found while sizes change", () => {
  const sizes = createPeerSizes<string>();
  assert.equal(sizes.largest(), undefined);
  sizes.set("a", 1);
  sizes.set("b", 3);
  assert.equal(sizes.largest(), "b");
  sizes.set("a", 7);
  assert.equal(sizes.largest(), "a");
  sizes.set("a", 0);
  assert.equal(sizes.largest(), "b");
  sizes.set("b", 0);
  sizes.set("b", 0);
  assert.equal(sizes.largest(), undefined);
});

Deno.test("of peers of one size the one that has had it for longest is found", () => {
  const sizes = createPeerSizes<string>();
  for (const peer of ["a", "b", "c"]) sizes.set(peer, 2);
  sizes.set("a", 2);
  assert.equal(sizes.largest(), "a");
  sizes.set("a", 1);
  sizes.set("a", 2);
  assert.equal(sizes.largest(), "b");
});
