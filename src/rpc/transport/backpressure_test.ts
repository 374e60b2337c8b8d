import assert from "#assert";
import { EventEmitter } from "node:events";
import { countedSignal } from "../../../tests/support/counted_signal.ts";
import { replaced } from "../../../tests/support/replaced.ts";
import { ticks } from "../../../tests/support/ticks.ts";
import { bytesInFlight } from "./bytes_in_flight.ts";
import { type PressuredSocket, socketHasRoom } from "./backpressure.ts";

const FULL = 300 * 1024;

class FakeSocket extends EventEmitter implements PressuredSocket {
  writableLength = 0;
  writableNeedDrain = true;
  destroyed = false;
}

const { signal } = new AbortController();

Deno.test("socketHasRoom() resolves at once while little waits", async () => {
  const socket = new FakeSocket();
  socket.writableLength = 200 * 1024;
  await socketHasRoom(socket, { signal });
  assert.equal(socket.eventNames().length, 0);
});

Deno.test("socketHasRoom() does not wait for a socket that will not drain, past the budget either", async () => {
  using _ = replaced(bytesInFlight, "maxBytes", -1);
  const socket = new FakeSocket();
  socket.writableLength = 8 * 1024;
  let hasRoom = false;
  const waiting = socketHasRoom(socket, { signal }).then(() => hasRoom = true);
  await ticks();
  assert.ok(!hasRoom);
  socket.writableLength = 0;
  socket.emit("drain");
  await waiting;
  socket.writableLength = 8 * 1024;
  socket.writableNeedDrain = false;
  await socketHasRoom(socket, { signal: AbortSignal.timeout(60_000) });
});

Deno.test("socketHasRoom() admits streams one by one, in order, as far as there is room", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const passed: number[] = [];
  const all = [1, 2, 3].map(async (number) => {
    await socketHasRoom(socket, { signal });
    passed.push(number);
    // Its message fills the socket again.
    socket.writableLength = FULL;
  });
  await ticks();
  assert.deepEqual(passed, []);
  for (const wanted of [[1], [1, 2], [1, 2, 3]]) {
    socket.writableLength = 0;
    socket.emit("drain");
    await ticks();
    assert.deepEqual(passed, wanted);
  }
  await Promise.all(all);
  assert.equal(socket.eventNames().length, 0);
});

Deno.test("socketHasRoom() admits all streams when the socket is over", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const all = [1, 2, 3].map(() => socketHasRoom(socket, { signal }));
  await ticks();
  socket.destroyed = true;
  socket.emit("close");
  await Promise.all(all);
  await socketHasRoom(socket, { signal });
});

Deno.test("socketHasRoom() rejects a stream that is cancelled, at once; the others keep their order", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const cancelled = countedSignal();
  const kept = countedSignal();
  const admitted: number[] = [];
  const waits = [kept, cancelled, kept].map(({ signal }, index) =>
    socketHasRoom(socket, { signal }).then(() => {
      admitted.push(index);
      socket.writableLength = FULL;
    })
  );
  cancelled.abort(new Error("gone"));
  await assert.rejects(async () => await waits[1], { message: "gone" });
  for (const wanted of [[0], [0, 2]]) {
    socket.writableLength = 0;
    socket.emit("drain");
    await ticks();
    assert.deepEqual(admitted, wanted);
  }
  assert.deepEqual([cancelled.listeners(), kept.listeners(), socket.eventNames().length], [0, 0, 0]);
});

Deno.test("a socket that nobody waits for any more is forgotten, and asked anew by the next stream", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const cancelled = countedSignal();
  const leaving = [1, 2].map(() => socketHasRoom(socket, cancelled));
  cancelled.abort(new Error("gone"));
  for (const wait of leaving) await assert.rejects(wait, { message: "gone" });
  assert.equal(socket.eventNames().length, 0);
  const next = socketHasRoom(socket, { signal });
  await ticks();
  socket.writableLength = 0;
  socket.emit("drain");
  await next;
  await ticks();
  assert.equal(socket.eventNames().length, 0);
});

Deno.test("a stream that comes while another one goes on waits behind it", async () => {
  const socket = new FakeSocket();
  socket.writableLength = FULL;
  const first = socketHasRoom(socket, { signal }).then(() => void (socket.writableLength = FULL));
  socket.writableLength = 0;
  socket.emit("drain");
  await first;
  let hasRoom = false;
  const second = socketHasRoom(socket, { signal }).then(() => hasRoom = true);
  await ticks();
  assert.ok(!hasRoom);
  socket.writableLength = 0;
  socket.emit("drain");
  await second;
});
