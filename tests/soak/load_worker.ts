/**
 * The thread, or the process, that makes a part of a soak's load.
 *
 * As a thread it is told what to do by messages. As a process – one that can be stopped by a signal – it reads the
 * same as JSON, a line each, from standard input, and writes its reports to standard output.
 *
 * @module
 */
import process from "node:process";
import readline from "node:readline";
import { type LoadReport, StreamLoad } from "./load.ts";
import type { SoakOrder } from "./load_order.ts";

/** What it is told. */
export type LoadCommand =
  | { readonly kind: "start"; readonly order: SoakOrder }
  | { readonly kind: "outage"; readonly isAway: boolean }
  | { readonly kind: "report" }
  | { readonly kind: "stop" };

let load: StreamLoad | undefined;
let running: Promise<void> | undefined;

/** Does what it is told; the answer is a report where one was asked for. */
async function obey(command: LoadCommand): Promise<LoadReport | undefined> {
  switch (command.kind) {
    case "start":
      load = new StreamLoad(command.order);
      running = load.run();
      return undefined;
    case "outage":
      load?.setOutage(command.isAway);
      return undefined;
    case "report":
      return load?.report();
    case "stop":
      load?.stop();
      await running;
      return load?.report();
  }
}

interface Scope {
  onmessage: (event: MessageEvent<LoadCommand>) => void;
  postMessage(report: unknown): void;
}

if ((globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== undefined) {
  const scope = globalThis as unknown as Scope;
  scope.onmessage = async ({ data }): Promise<void> => {
    const answer = await obey(data);
    if (answer !== undefined) scope.postMessage(answer);
  };
} else {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await obey(JSON.parse(line, reviveBytes));
    if (answer !== undefined) process.stdout.write(`${JSON.stringify(answer)}\n`);
    if (line.includes('"stop"')) process.exit();
  }
}

/** Bytes come as arrays of numbers. */
function reviveBytes(_key: string, value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "number")
    ? Uint8Array.from(value)
    : value;
}
