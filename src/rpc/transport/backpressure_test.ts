import assert from "#assert";
import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import { type PressuredSocket, socketHasRoom } from "./backpressure.ts";

const FULL = 300 * 1024;

class FakeSocket extends EventEmitter implements PressuredSocket {
  writableLength = 0;
  destroyed = false;
}

/** Runs what is ready to run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

Deno.test("socketHasRoom() resolves at once while little waits", async () => {
  const socket = new FakeSocket();
  socket.writableLength = 200 * 1024;
  await socketHasRoom(socket);
  assert.equal(socket.eventNames().length, 0);
});

Deno.test("socketHasRoom() lets those who wait go on one by one, in order, as far as there is room", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const passed: number[] = [];
  const all = [1, 2, 3].map(async (number) => {
    await socketHasRoom(socket);
    passed.push(number);
    // Its message fills the socket again.
    socket.writableLength = FULL;
  });
  await turns();
  assert.deepEqual(passed, []);
  for (const wanted of [[1], [1, 2], [1, 2, 3]]) {
    socket.writableLength = 0;
    socket.emit("drain");
    await turns();
    assert.deepEqual(passed, wanted);
  }
  await Promise.all(all);
  assert.equal(socket.eventNames().length, 0);
});

Deno.test("socketHasRoom() lets everybody go on when the socket is over", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const all = [1, 2, 3].map(() => socketHasRoom(socket));
  await turns();
  socket.destroyed = true;
  socket.emit("close");
  await Promise.all(all);
  await socketHasRoom(socket);
});
