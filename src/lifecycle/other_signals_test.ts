import assert from "#assert";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { holdInspectorPort } from "./inspector_port.ts";
import { onOtherSignals, OTHER_SIGNALS, type OtherSignal } from "./other_signals.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { ticks } from "../../tests/support/ticks.ts";

/** What is told when a signal comes, with the port of the inspector held or not. */
function toldOf(
  name: OtherSignal,
  { isHeld, isOwn = false }: { readonly isHeld: boolean; readonly isOwn?: boolean },
): readonly string[] {
  const told: string[] = [];
  const listeners = new Map<OtherSignal, () => void>();
  const handle = onOtherSignals({
    report: (message) => told.push(message),
    hangupNote: "nothing is read again",
    listen: (signal, listener) => {
      listeners.set(signal, listener);
      return () => listeners.delete(signal);
    },
    isOwn: (signal) => signal === name && isOwn,
    holdPort: () => ({ isHeld, [Symbol.dispose]: () => listeners.delete("SIGHUP") }),
  });
  assert.deepEqual([...listeners.keys()], OTHER_SIGNALS);
  listeners.get(name)?.();
  handle[Symbol.dispose]();
  assert.equal(listeners.size, 0, "does not listen any more after it is disposed");
  return told;
}

Deno.test("onOtherSignals() tells of each signal in one line", () => {
  for (const name of OTHER_SIGNALS) {
    const [line = "", ...more] = toldOf(name, { isHeld: true });
    assert.deepEqual(more, []);
    assert.equal(
      line,
      `${name} received, going on${name === "SIGHUP" ? ": nothing is read again" : ""}`,
    );
  }
});

Deno.test("onOtherSignals() tells nothing of a signal that the process has sent to itself", () => {
  assert.deepEqual(toldOf("SIGUSR2", { isHeld: true, isOwn: true }), []);
});

Deno.test("onOtherSignals() tells when a debugger may be open", () => {
  assert.deepEqual(toldOf("SIGUSR1", { isHeld: false }), [
    "SIGUSR1 received, going on: the runtime may have opened its inspector on port 9229, which the agent does not hold",
  ]);
  assert.deepEqual(toldOf("SIGUSR2", { isHeld: false }), ["SIGUSR2 received, going on"]);
});

Deno.test("holdInspectorPort() disconnects who connects, and takes the port when another program lets go", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  if (address === null || typeof address === "string") throw new TypeError("Cannot tell the port");
  const { port } = address;
  using held = holdInspectorPort({ port, retryMs: 5 });
  await ticks();
  assert.ok(!held.isHeld);
  other.close();
  await once(other, "close");
  await eventually("the port is held", () => held.isHeld, { pauseMs: 5 });
  const socket = connect(port, "127.0.0.1");
  socket.resume();
  await once(socket, "close");
});
