import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { MemoryTrim } from "./memory_trim.ts";

Deno.test("the signal is sent while somebody listens to it, and not after the end", () => {
  const done: string[] = [];
  const memory = new MemoryTrim({
    listen: () => {
      done.push("listen");
      return () => done.push("unlisten");
    },
    send: () => done.push("send"),
  });
  memory.trim();
  memory[Symbol.dispose]();
  memory.trim();
  memory[Symbol.dispose]();
  assert.deepEqual(done, ["listen", "send", "unlisten"]);
});

Deno.test("a signal that was sent here is told from one of another process, once", () => {
  using memory = new MemoryTrim({ listen: () => () => {}, send: () => {} });
  assert.ok(!memory.takeOwn());
  memory.trim();
  assert.deepEqual([memory.takeOwn(), memory.takeOwn()], [true, false]);
});

Deno.test("the process gets the signal, and lives", async () => {
  using memory = new MemoryTrim();
  let count = 0;
  const listener = (): void => void count++;
  Deno.addSignalListener("SIGUSR2", listener);
  try {
    memory.trim();
    await eventually("the signal has come", () => count === 1);
  } finally {
    Deno.removeSignalListener("SIGUSR2", listener);
  }
});
