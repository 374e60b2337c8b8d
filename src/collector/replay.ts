/**
 * Runs recorded traces: each line is a step, and comes back with the events that this program makes of it.
 *
 * A line with `scenario` begins a new, empty table, with `delete_ttl` in seconds or `inf` and `delete_capacity`; the others hold
 * `stream` (`pods`, `replicasets`, `jobs` or `reconnect`), `type`, `obj` and `out`. Time stands still.
 *
 * @module
 */
import type { WatchEvent } from "../kube/watch_event.ts";
import type { Container, Owner, OwnerReference, Pod } from "./pod.ts";
import { eventJson, type PodEvent } from "./pod_event.ts";
import { createPodTable, type PodTable } from "./pod_table.ts";

/** A line of a trace is not what it should be. */
export class TraceError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "TraceError";
}

/** How traces are run. */
export interface ReplayOptions {
  /** Whether the faults of the original are wanted. @default {false} */
  readonly parity?: boolean;
}

interface TraceLine {
  readonly scenario?: unknown;
  readonly delete_ttl?: unknown;
  readonly delete_capacity?: unknown;
  readonly stream?: unknown;
  readonly type?: unknown;
  readonly obj?: unknown;
}

interface TracePod {
  readonly uid: string;
  readonly ip: string;
  readonly name: string;
  readonly namespace: string;
  readonly owner: OwnerReference | null;
  readonly host_network: boolean;
  readonly version: string;
  readonly containers: readonly Container[];
}

interface TraceOwner {
  readonly uid: string;
  readonly controller: OwnerReference | null;
}

/** A function that takes one line after the other and gives each back with our `out`. */
export function createReplay(options: ReplayOptions = {}): (line: string) => string {
  let events: PodEvent[] = [];
  let table = emptyTable({});

  function emptyTable({ delete_ttl: ttl = "60", delete_capacity: capacity = 10_000 }: TraceLine): PodTable {
    const ttlSeconds = ttl === "inf" ? Infinity : Number(ttl);
    if (!(ttlSeconds >= 0)) throw new TraceError(`Cannot read trace: a delete_ttl of ${JSON.stringify(ttl)}`);
    return createPodTable({
      ...options,
      emit: (event) => events.push(event),
      deleteTtlMs: ttlSeconds * 1_000,
      deleteCapacity: Number(capacity),
      now: () => 0,
    });
  }

  return (line) => {
    const step: TraceLine = JSON.parse(line);
    if ("scenario" in step) {
      table = emptyTable(step);
      return line;
    }
    events = [];
    run(table, step);
    return JSON.stringify({ ...step, out: events.map(eventJson) });
  };
}

function run(table: PodTable, { stream, type, obj }: TraceLine): void {
  if (stream === "reconnect") return table.startNewEpoch();
  if (stream === "pods") return table.pod(eventOf(type, () => podOf(obj as TracePod)));
  if (stream !== "replicasets" && stream !== "jobs") {
    throw new TraceError(`Cannot read trace: a stream ${JSON.stringify(stream)}`);
  }
  const { uid, controller } = (obj ?? {}) as TraceOwner;
  table.owner(stream, eventOf(type, () => ({ uid, controller: controller ?? undefined } satisfies Owner)));
}

function eventOf<T>(type: unknown, object: () => T): WatchEvent<T> {
  if (type === "Init" || type === "InitDone") return { type };
  if (type === "InitApply" || type === "Apply" || type === "Delete") return { type, object: object() };
  throw new TraceError(`Cannot read trace: an event ${JSON.stringify(type)}`);
}

function podOf({ host_network: hostNetwork, owner, ...rest }: TracePod): Pod {
  return { ...rest, hostNetwork, owner: owner ?? undefined };
}
