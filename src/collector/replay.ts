/**
 * Runs recorded traces: each line is a step, and comes back with the events that this program makes of it.
 *
 * A line with `scenario` begins a new, empty table, with `delete_ttl` in seconds or `inf` and `delete_capacity`; the
 * others hold `stream` (`pods`, `replicasets`, `jobs` or `reconnect`), `type`, `obj` and `out`. Time stands still.
 *
 * @module
 */
import type { WatchEvent } from "../kube/watch_event.ts";
import type { Owner, OwnerReference, Pod } from "./pod.ts";
import { eventJson, type PodEvent } from "./pod_event.ts";
import { createPodTable, type PodTable } from "./pod_table.ts";

/** A line of a trace is not what it should be; the message says how, for whoever knows which line it is. */
export class TraceError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "TraceError";
}

/** How traces are run. */
export interface ReplayOptions {
  /** Whether the faults of the original are wanted. @default {false} */
  readonly parity?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A function that takes one line after the other and gives each back with our `out`. Throws a {@linkcode TraceError}.
 */
export function createReplay(options: ReplayOptions = {}): (line: string) => string {
  let events: PodEvent[] = [];
  let table = emptyTable({});

  function emptyTable({ delete_ttl: ttl = 60, delete_capacity: capacity = 10_000 }: Fields): PodTable {
    return createPodTable({
      ...options,
      emit: (event) => events.push(event),
      deleteTtlMs: ttl === "inf" ? Infinity : amount("delete_ttl", ttl) * 1_000,
      deleteCapacity: amount("delete_capacity", capacity),
      now: () => 0,
    });
  }

  return (line) => {
    const step = stepOf(line);
    if ("scenario" in step) {
      table = emptyTable(step);
      return line;
    }
    events = [];
    run(table, step);
    return JSON.stringify({ ...step, out: events.map(eventJson) });
  };
}

function stepOf(line: string): Fields {
  try {
    return fields("step", JSON.parse(line));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new TraceError(`not JSON: ${shown(line)}`, { cause });
    throw cause;
  }
}

function run(table: PodTable, { stream, type, obj }: Fields): void {
  if (stream === "reconnect") {
    if (type !== "StartNewEpoch") throw new TraceError(`no type of ${stream}: ${shown(type)}`);
    return table.startNewEpoch();
  }
  if (stream === "pods") return table.pod(eventOf(type, () => podOf(fields("obj", obj))));
  if (stream !== "replicasets" && stream !== "jobs") throw new TraceError(`no stream: ${shown(stream)}`);
  table.owner(stream, eventOf(type, () => ownerOf(fields("obj", obj))));
}

function eventOf<T>(type: unknown, object: () => T): WatchEvent<T> {
  if (type === "Init" || type === "InitDone") return { type };
  if (type === "InitApply" || type === "Apply" || type === "Delete") return { type, object: object() };
  throw new TraceError(`no type of event: ${shown(type)}`);
}

function podOf(obj: Fields): Pod {
  const { host_network: hostNetwork = false, containers = [] } = obj;
  if (typeof hostNetwork !== "boolean") throw new TraceError(`host_network is no boolean: ${shown(hostNetwork)}`);
  if (!Array.isArray(containers)) throw new TraceError(`containers is no array: ${shown(containers)}`);
  return {
    uid: text(obj, "uid"),
    ip: text(obj, "ip"),
    name: text(obj, "name"),
    namespace: text(obj, "namespace"),
    version: text(obj, "version"),
    owner: reference("owner", obj["owner"]),
    hostNetwork,
    containers: containers.map((it) => {
      const container = fields("container", it);
      return { id: text(container, "id"), name: text(container, "name"), image: text(container, "image") };
    }),
  };
}

function ownerOf(obj: Fields): Owner {
  return { uid: text(obj, "uid"), controller: reference("controller", obj["controller"]) };
}

function reference(name: string, value: unknown): OwnerReference | undefined {
  if (value === undefined || value === null) return undefined;
  const found = fields(name, value);
  return { kind: text(found, "kind"), uid: text(found, "uid"), name: text(found, "name") };
}

function fields(name: string, value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TraceError(`${name} is no object: ${shown(value)}`);
}

function text(of: Fields, name: string): string {
  const value = of[name];
  if (typeof value === "string") return value;
  throw new TraceError(`${name} is no text: ${shown(value)}`);
}

/** A number from 0, as such or as a text. */
function amount(name: string, value: unknown): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number === "number" && number >= 0) return number;
  throw new TraceError(`${name} is no number from 0: ${shown(value)}`);
}

/** The beginning of a value, for a message. */
function shown(value: unknown): string {
  const all = typeof value === "string" ? value : JSON.stringify(value) ?? "nothing";
  return all.length > 80 ? `${all.slice(0, 80)}…` : all;
}
