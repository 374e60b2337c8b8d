/**
 * The rules of the collector told once more, in the plainest way: arrays that are searched from the beginning, and
 * every step on its own. Each of the two mended faults has a switch. What the program does is compared with it.
 *
 * @module
 */

/** Which faults are mended. */
export interface Mended {
  /** A new epoch knows of no pod that was told. */
  readonly forgetsLive: boolean;
  /** A delete that is due at once is carried out at once. */
  readonly deletesWhenDue: boolean;
}

// deno-lint-ignore no-explicit-any -- lines of a trace, as they come
type Loose = any;

/** A function that takes the lines of a trace and gives the events of each; nothing for the head of a scenario. */
export function naiveReplay({ forgetsLive, deletesWhenDue }: Mended): (line: string) => Loose[] | undefined {
  const empty = (): Loose => ({
    ttl: 0,
    epoch: 0,
    live: [],
    waiting: [],
    kinds: {
      pods: { store: [], side: [], held: [] },
      replicasets: { store: [], side: [], held: [] },
      jobs: { store: [], side: [], held: [] },
    },
  });
  let state = empty();
  let out: Loose[] = [];

  const find = (kind: string, uid: string): Loose => state.kinds[kind].store.find((it: Loose) => it.uid === uid);
  const ownerFor = (uid: string): Loose => find("replicasets", uid) ?? find("jobs", uid);
  const without = (list: Loose[], uid: string): Loose[] => list.filter((it) => it.uid !== uid);

  function tell(pod: Loose): void {
    if (pod.ip === "") return;
    let owner = pod.owner ?? { kind: "NoOwner", uid: "", name: pod.name };
    if (["ReplicaSet", "Job"].includes(owner.kind)) {
      const known = ownerFor(owner.uid);
      if (known === undefined) {
        const isWaiting = state.waiting.some((it: Loose) => it.owner === owner.uid && it.pod === pod.uid);
        if (!isWaiting) state.waiting.push({ owner: owner.uid, pod: pod.uid });
        return;
      }
      if (["Deployment", "CronJob"].includes(known.controller?.kind)) owner = known.controller;
    }
    if (!state.live.includes(pod.uid)) state.live.push(pod.uid);
    const { uid, ip, name, namespace, version, host_network } = pod;
    out.push({
      ev: "PodNew",
      uid,
      ip,
      pod_name: name,
      ns: namespace,
      version,
      owner_kind: owner.kind,
      owner_uid: owner.uid,
      owner_name: owner.name,
      is_host_network: host_network,
    });
    for (const container of pod.containers) out.push({ ev: "PodContainer", uid, container });
  }

  function drain(isWanted: (owner: string) => boolean): void {
    const drained = state.waiting.filter((it: Loose) => isWanted(it.owner));
    state.waiting = state.waiting.filter((it: Loose) => !isWanted(it.owner));
    for (const { pod } of drained) {
      const known = find("pods", pod);
      if (known !== undefined) tell(known);
    }
  }

  function newEpoch(): void {
    state.waiting = [];
    if (forgetsLive) state.live = [];
    out.push({ ev: "PodResync", epoch: ++state.epoch });
    for (const pod of state.kinds.pods.store) tell(pod);
  }

  function remove(kind: string, obj: Loose): void {
    state.kinds[kind].store = without(state.kinds[kind].store, obj.uid);
    if (kind !== "pods") return;
    if (state.live.includes(obj.uid)) out.push({ ev: "PodDelete", uid: obj.uid });
    state.live = state.live.filter((uid: string) => uid !== obj.uid);
    state.waiting = state.waiting.filter((it: Loose) => it.pod !== obj.uid);
  }

  function expire(kind: string): void {
    if (state.ttl === "inf") return;
    const { held } = state.kinds[kind];
    state.kinds[kind].held = [];
    for (const obj of held) remove(kind, obj);
  }

  function step(stream: string, type: string, obj: Loose): void {
    if (stream === "reconnect") return newEpoch();
    const kind = state.kinds[stream];
    if (type !== "InitDone") expire(stream);
    if (type === "Init") kind.side = [];
    if (type === "InitApply") kind.side = [...without(kind.side, obj.uid), obj];
    if (type === "InitDone") {
      kind.store = kind.side;
      kind.side = [];
      kind.held = [];
      if (stream === "pods") newEpoch();
      else drain((owner) => ownerFor(owner) !== undefined);
    }
    if (type === "Apply") {
      kind.store = [...without(kind.store, obj.uid), obj];
      if (stream !== "pods") drain((owner) => owner === obj.uid);
      else if (!state.live.includes(obj.uid)) tell(obj);
      else for (const container of obj.containers) out.push({ ev: "PodContainer", uid: obj.uid, container });
    }
    if (type === "Delete") {
      kind.held.push(obj);
      if (deletesWhenDue) expire(stream);
    }
  }

  return (line) => {
    const { scenario, delete_ttl, stream, type, obj } = JSON.parse(line);
    out = [];
    if (scenario !== undefined) {
      state = { ...empty(), ttl: delete_ttl };
      return undefined;
    }
    step(stream, type, obj);
    return out;
  };
}
