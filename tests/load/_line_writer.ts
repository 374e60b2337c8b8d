/**
 * A thread that writes numbered lines to a log at a rate, until it is told to stop: then it writes a last one and tells
 * its number.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";

/** What it is told first. */
export interface WriterOrder {
  /** The log's file. */
  readonly path: string;
  /** The number of its first line. */
  readonly from: number;
  /** Lines a second. */
  readonly rate: number;
}

/** A line of that number; the time counts with it. */
export function numberedLine(number: number): string {
  const nanos = String(number % 1_000_000_000).padStart(9, "0");
  return `2026-01-01T00:00:00.${nanos}Z stdout F line ${number} of a log that goes on and on\n`;
}

interface Scope {
  onmessage: (event: MessageEvent<WriterOrder | "stop">) => void;
  postMessage(message: number): void;
}

const encoder = new TextEncoder();
const scope = globalThis as unknown as Scope;
let isStopped = false;

async function write({ path, from, rate }: WriterOrder): Promise<void> {
  using file = await Deno.open(path, { append: true });
  const begun = performance.now();
  let written = 0;
  let hasBegun = false;
  while (!isStopped) {
    const due = Math.floor((performance.now() - begun) * rate / 1000);
    // Each line by a write of its own, as runtimes do.
    for (; written < due; written++) await file.write(encoder.encode(numberedLine(from + written)));
    if (written > 0 && !hasBegun) scope.postMessage(0);
    hasBegun ||= written > 0;
    await setImmediate();
  }
  await file.write(encoder.encode(numberedLine(from + written)));
  scope.postMessage(from + written);
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== "undefined") {
  scope.onmessage = ({ data }): void => {
    if (data === "stop") isStopped = true;
    else void write(data);
  };
}
