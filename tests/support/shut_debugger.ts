/**
 * That a program's debugger stays shut.
 *
 * @module
 */
import { INSPECTOR_PORT } from "../../src/lifecycle/inspector_port.ts";
import { eventually } from "./eventually.ts";
import { listeningPorts } from "./listening_ports.ts";

/** A program that was started. */
interface Program {
  readonly pid: number;
  /** What it has written so far, line by line. */
  readonly log: readonly string[];
  signal(name: Deno.Signal): void;
}

/** Other tests' programs may have the port before: the longest of those tests takes about a minute. */
const DEADLINE_MS = 180_000;
const PAUSE_MS = 50;

/**
 * Sends SIGUSR1 until the runtime has said that it cannot open its debugger.
 *
 * The program has to hold the port itself by then: one that another program holds may be free a moment later.
 */
export async function untilDebuggerRefused(program: Program): Promise<void> {
  await eventually(
    `it holds port ${INSPECTOR_PORT}, which another program may have`,
    async () => (await listeningPorts(program.pid)).includes(INSPECTOR_PORT),
    { deadlineMs: DEADLINE_MS, pauseMs: PAUSE_MS },
  );
  // The runtime listens for the signal from half a second after its start on.
  await eventually("the runtime could not open its debugger", () => {
    program.signal("SIGUSR1");
    return program.log.some((line) => line.includes("Failed to start inspector server"));
  }, { pauseMs: PAUSE_MS });
}
