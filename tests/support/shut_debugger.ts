/**
 * That a program's debugger stays shut.
 *
 * @module
 */
import { holdInspectorPort, INSPECTOR_PORT, type InspectorPort } from "../../src/lifecycle/inspector_port.ts";
import { eventually } from "./eventually.ts";
import { listeningPorts } from "./listening_ports.ts";

/** A program that was started. */
interface Program {
  readonly pid: number;
  /** What it has written so far, line by line. */
  readonly log: readonly string[];
  signal(name: Deno.Signal): void;
}

/** Other tests' programs may have the port before: the longest of those tests takes minutes on a slow machine. */
const DEADLINE_MS = 900_000;
const PAUSE_MS = 50;

/**
 * Sends SIGUSR1 until the runtime has said that it cannot open its debugger. Returns the port as far as this process
 * has it, to be kept until the test is over.
 *
 * By then the port is the program's or this process's: one that a third holds may be free a moment later. This process
 * asks for it far more often than the programs of other tests do, so it does not wait in vain.
 */
export async function untilDebuggerRefused(program: Program): Promise<InspectorPort> {
  using stack = new DisposableStack();
  const own = stack.use(holdInspectorPort({ retryMs: PAUSE_MS }));
  await eventually(
    `port ${INSPECTOR_PORT} is held by the program or by this process`,
    async () => own.isHeld || (await listeningPorts(program.pid)).includes(INSPECTOR_PORT),
    { deadlineMs: DEADLINE_MS, pauseMs: PAUSE_MS },
  );
  // The runtime listens for the signal from half a second after its start on.
  await eventually("the runtime could not open its debugger", () => {
    program.signal("SIGUSR1");
    return program.log.some((line) => line.includes("Failed to start inspector server"));
  }, { pauseMs: PAUSE_MS });
  stack.move();
  return own;
}
