/**
 * The process of a credential plug-in: what the client library starts, with an end.
 *
 * The library waits until the plug-in's output is closed, however long that takes. A plug-in that asks somebody, or a
 * server that does not answer, would hold up every request.
 *
 * @module
 */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import process from "node:process";
import { setTimeout } from "node:timers";

/** Logging in at a provider of identities takes seconds. */
export const PLUG_IN_MS = 30_000;

/** How a plug-in is started. */
export interface PlugInOptions {
  /** How long it may run, in milliseconds. */
  readonly limitMs: number;
}

/** Returns a `spawn` that kills the process, and what it has started, after its time. */
export function plugInSpawn({ limitMs }: PlugInOptions): typeof spawn {
  const start = (command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess => {
    // A group of its own, so that what a script has started ends with it; nobody would close its output otherwise.
    const child = spawn(command, args, { ...options, detached: true });
    const timer = setTimeout(() => {
      child.emit("error", new Error(`it has not ended within ${limitMs / 1_000} s`));
      killGroup(child);
      // What has left the group may hold them open.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, limitMs);
    child.once("close", () => clearTimeout(timer));
    return child;
  };
  return start as typeof spawn;
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // There is no such group, or the runtime may not kill it: the plug-in alone.
    child.kill("SIGKILL");
  }
}
