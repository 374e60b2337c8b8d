import assert from "#assert";
import { EventEmitter } from "node:events";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import { unreadLimit } from "./unread_limit.ts";

class FakeSocket extends EventEmitter {
  writableLength = 0;
  bytesWritten = 0;
  destroyed = false;
}

function limited(): {
  readonly socket: FakeSocket;
  readonly clock: ManualClock;
  readonly events: string[];
  readonly isHeldBack: () => boolean;
  readonly owe: () => void;
} {
  const socket = new FakeSocket();
  const clock = createManualClock();
  const events: string[] = [];
  const { isHeldBack, owe } = unreadLimit(socket, { onStuck: () => events.push(`stuck at ${clock.now()}`), clock });
  return { socket, clock, events, owe, isHeldBack: () => isHeldBack(() => events.push(`resumed at ${clock.now()}`)) };
}

function write(socket: FakeSocket, bytes: number): void {
  socket.writableLength += bytes;
  socket.bytesWritten += bytes;
}

Deno.test("up to a megabyte may wait to be read", () => {
  const { socket, isHeldBack } = limited();
  write(socket, 2 ** 20);
  assert.ok(!isHeldBack());
  write(socket, 1);
  assert.ok(isHeldBack());
});

Deno.test("reading goes on when all has been read", () => {
  const { socket, isHeldBack, clock, events } = limited();
  write(socket, 2 ** 21);
  assert.ok(isHeldBack());
  clock.advance(19_000);
  socket.writableLength = 0;
  socket.emit("drain");
  clock.advance(600_000);
  assert.deepEqual(events, ["resumed at 19000"]);
  assert.ok(!isHeldBack());
});

Deno.test("a client that reads nothing for 20 s is stuck; one that reads slowly is not", () => {
  const { socket, isHeldBack, clock, events } = limited();
  write(socket, 2 ** 21);
  isHeldBack();
  for (let i = 0; i < 10; i++) {
    clock.advance(19_999);
    // What is added meanwhile does not count.
    write(socket, 1);
    socket.writableLength -= 1;
  }
  assert.deepEqual(events, []);
  clock.advance(40_000);
  assert.deepEqual(events, ["stuck at 220000"]);
});

Deno.test("a socket that is over holds nothing back, and leaves no timer", () => {
  const { socket, isHeldBack, clock } = limited();
  write(socket, 2 ** 21);
  isHeldBack();
  socket.destroyed = true;
  socket.emit("close");
  assert.deepEqual(clock.timers(), []);
  assert.ok(!isHeldBack());
});

Deno.test("answers to a thousand frames may wait to be read, however short they are", () => {
  const { socket, clock, events, owe, isHeldBack } = limited();
  write(socket, 17);
  for (let i = 0; i < 1_000; i++) owe();
  assert.ok(!isHeldBack());
  owe();
  assert.ok(isHeldBack());
  clock.advance(20_000);
  assert.deepEqual(events, ["stuck at 20000"]);
});

Deno.test("frames whose answers were read do not count", () => {
  const { socket, owe, isHeldBack } = limited();
  for (let i = 0; i < 10_000; i++) owe();
  assert.ok(!isHeldBack());
  write(socket, 17);
  for (let i = 0; i < 1_000; i++) owe();
  assert.ok(!isHeldBack());
});
