import assert from "#assert";
import { EventEmitter } from "node:events";
import { countedSignal } from "../../../tests/support/counted_signal.ts";
import { ticks } from "../../../tests/support/ticks.ts";
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

Deno.test("a send that waits for room in its socket ends at once when its call is cancelled", async () => {
  const reason = new Error("gone");
  const socket = Object.assign(new EventEmitter(), {
    writableLength: 1024 * 1024,
    writableNeedDrain: true,
    destroyed: false,
  });
  const { signal, abort } = countedSignal();
  const send = sender<string>({ write: (_, callback) => (callback(), true) }, { signal, socket });
  const sending = send("x");
  await ticks();
  abort(reason);
  await assert.rejects(sending, reason);
  assert.equal(socket.eventNames().length, 0);
});
