import assert from "#assert";
import { sender } from "./sender.ts";

Deno.test("sender rejects with the error of a write that failed, and with the reason of a signal that has fired", async () => {
  const failure = new Error("broken");
  const { signal } = new AbortController();
  const failing = sender<string>({ write: (_, callback) => (callback(failure), false) }, { signal });
  await assert.rejects(failing("x"), failure);
  await assert.rejects(failing("y"), failure);
  const unwritten = sender<string>({ write: () => assert.fail("written") }, { signal: AbortSignal.abort(failure) });
  await assert.rejects(unwritten("x"), failure);
});
