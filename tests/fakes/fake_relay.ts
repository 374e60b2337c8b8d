/**
 * A stand-in for the relay of OpenTelemetry's network project: takes streams as the published one does, and joins pods
 * and owners by its rules. What it would tell the reducer of is kept, of the newest stream only.
 *
 * @module
 */
import { type UntilOptions, untilSo } from "./until_so.ts";
import { onLastingPort } from "../support/lasting_port.ts";
import { Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import {
  collectMethod,
  type RelayInfo,
  type RelayOwner,
  type RelayPodInfo,
} from "../../src/collector/relay/relay_client.ts";

/** A pod, as the relay tells it. */
export interface RelayPod {
  /** Its name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Its address. */
  readonly ip: string;
  /** Its owner's kind and name; the pod's own name where it belongs to nobody. */
  readonly owner: string;
  /** The ids of its containers. */
  readonly containers: readonly string[];
}

/** A stand-in that runs. */
export interface FakeRelay extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** How many streams have begun. */
  readonly streams: number;
  /** Pods of the newest stream, by uid. */
  readonly pods: ReadonlyMap<string, RelayPod>;
  /** Pods of the newest stream whose owners are not known. */
  readonly waiting: number;
  /** Resolves when `isSo` holds. */
  until(isSo: (relay: FakeRelay) => boolean, options?: UntilOptions): Promise<void>;
  /** Ends the newest stream: with an error, or with the answer that asks for everything again. */
  breakOff(how: "error" | "answer"): void;
}

type Call = ServerDuplexStream<RelayInfo, unknown>;

/** What one stream has told. */
interface Told {
  readonly owners: Map<string, RelayOwner | undefined>;
  readonly infos: Map<string, RelayPodInfo>;
  readonly live: Map<string, RelayPod>;
}

/** Starts a stand-in, on a port of an earlier one or on a free one. */
export async function startFakeRelay({ port }: { readonly port?: number } = {}): Promise<FakeRelay> {
  const waiters = new Set<() => void>();
  let told: Told = { owners: new Map(), infos: new Map(), live: new Map() };
  let newest: Call | undefined;
  let streams = 0;
  const changed = (): void => {
    for (const waiter of waiters) waiter();
  };
  const server = new Server();
  server.addService({ Collect: collectMethod }, {
    Collect: (call: Call) => {
      streams++;
      newest = call;
      const own: Told = { owners: new Map(), infos: new Map(), live: new Map() };
      told = own;
      call.on("data", (info: RelayInfo) => {
        take(own, info);
        changed();
      });
      call.on("end", () => call.end());
      call.on("error", () => {}); // The other side has gone.
      changed();
    },
  });
  const bind = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  const bound = await (port === undefined ? onLastingPort(bind) : bind(port));
  const relay: FakeRelay = {
    port: bound,
    get streams(): number {
      return streams;
    },
    get pods(): ReadonlyMap<string, RelayPod> {
      return told.live;
    },
    get waiting(): number {
      return told.infos.size - told.live.size;
    },
    until: (isSo, options) => untilSo(() => isSo(relay), { waiters, condition: `${isSo}`, ...options }),
    breakOff: (how) => {
      if (how === "answer") newest?.write({});
      else newest?.emit("error", Object.assign(new Error("queue full"), { code: status.CANCELLED }));
    },
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => {
        server.tryShutdown(() => resolve());
        server.forceShutdown();
      });
    },
  };
  return relay;
}

function take(told: Told, { type, event, pod_info, rs_info, job_info }: RelayInfo): void {
  const owner = type === "K8S_JOB" ? job_info : rs_info;
  if (type !== "K8S_POD" && owner) {
    if (event === "DELETED") return; // Kept for pods that come late.
    told.owners.set(owner.uid, owner.owner || undefined);
    for (const info of told.infos.values()) if (!told.live.has(info.uid)) tell(told, info, []);
    return;
  }
  if (!pod_info || pod_info.uid === "") return;
  const { uid, container_infos: containers = [] } = pod_info;
  if (event === "DELETED") {
    told.infos.delete(uid);
    told.live.delete(uid);
    return;
  }
  const merged = {
    ...told.infos.get(uid),
    ...Object.fromEntries(Object.entries(pod_info).filter(([, value]) => value)),
  };
  told.infos.set(uid, merged as RelayPodInfo);
  tell(told, merged as RelayPodInfo, containers.map(({ id }) => id));
}

function tell({ owners, live }: Told, info: RelayPodInfo, containers: readonly string[]): void {
  const { uid, ip = "", name = "", ns = "", owner } = info;
  const known = live.get(uid);
  if (known !== undefined) {
    live.set(uid, { ...known, containers: [...new Set([...known.containers, ...containers])] });
    return;
  }
  if (ip === "") return;
  let told = owner ? `${owner.kind} ${owner.name}` : `nobody ${name}`;
  if (owner?.kind === "ReplicaSet" || owner?.kind === "Job") {
    if (!owners.has(owner.uid)) return;
    const above = owners.get(owner.uid);
    if (above !== undefined) told = `${above.kind} ${above.name}`;
  }
  live.set(uid, { name, namespace: ns, ip, owner: told, containers });
}
