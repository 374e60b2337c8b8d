import assert from "#assert";
import { assignShare, shareOf } from "./share.ts";

Deno.test("a share stays with its signal, and what is assigned later is added to it", () => {
  const { signal } = new AbortController();
  const connection = {};
  assert.deepEqual(shareOf(signal), { identity: "" });
  assignShare(signal, { connection });
  assignShare(signal, { identity: "alice" });
  assert.deepEqual(shareOf(signal), { identity: "alice", connection });
  assert.deepEqual(shareOf(new AbortController().signal), { identity: "" });
});
