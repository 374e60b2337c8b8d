import assert from "#assert";
import { kernel } from "../../kernel/kernel.ts";
import { type Block, createBlockPool } from "./block_pool.ts";
import type { Lent } from "../../scheduling/resource_pool.ts";

const { signal } = new AbortController();

Deno.test("createBlockPool() lends the kernel's blocks, whole and apart from one another", () => {
  const pool = createBlockPool({ blocks: kernel.blocks.length });
  assert.equal(pool.blockBytes, kernel.blockBytes);
  const lent: Lent<Block>[] = [];
  for (let spare = pool.takeSpare(0); spare !== undefined; spare = pool.takeSpare(0)) lent.push(spare);
  // One is read ahead into while three are kept.
  assert.ok(lent.length > 3 && lent.length <= kernel.blocks.length);
  const places = lent.map(({ item }) => item).sort((a, b) => a.address - b.address);
  for (const [index, { address, bytes }] of places.entries()) {
    assert.equal(bytes.length, kernel.blockBytes);
    assert.equal(bytes.byteOffset, address);
    assert.equal(bytes.buffer, kernel.memory.buffer);
    assert.ok(address + bytes.length <= (places[index + 1]?.address ?? kernel.memory.length));
  }
});

Deno.test("createBlockPool() can be made smaller", async () => {
  const pool = createBlockPool({ blocks: 1, blockBytes: 128 });
  assert.equal(pool.blockBytes, 128);
  const { item } = await pool.take({ signal });
  assert.equal(item.bytes.length, 128);
  assert.equal(pool.takeSpare(0), undefined);
});
