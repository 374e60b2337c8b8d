import assert from "#assert";
import type { Owner, OwnerReference, Pod } from "../../src/collector/pod.ts";
import type { PodEvent } from "../../src/collector/pod_event.ts";
import { createPodTable } from "../../src/collector/pod_table.ts";
import { createRandom, type Random } from "../support/random.ts";

const SCENARIOS = ["nobody", "other", "deployment", "replicaset", "cronjob", "job"] as const;

interface Modelled {
  readonly pod: Pod;
  readonly owner: OwnerReference;
}

/** A pod, its own owner where that is looked up, and whom it is to be told with. */
function made(scenario: typeof SCENARIOS[number], number: number): Modelled & { readonly looked?: Owner } {
  const own = {
    kind: scenario === "other" ? "StatefulSet" : scenario.includes("job") ? "Job" : "ReplicaSet",
    uid: `own-${number}`,
    name: `own-name-${number}`,
  };
  const above = {
    kind: scenario === "cronjob" ? "CronJob" : "Deployment",
    uid: `above-${number}`,
    name: `above-name-${number}`,
  };
  const hasAbove = scenario === "deployment" || scenario === "cronjob";
  const pod: Pod = {
    uid: `pod-${number}`,
    ip: "10.0.0.1",
    name: `pod-name-${number}`,
    namespace: "ns",
    owner: scenario === "nobody" ? undefined : own,
    hostNetwork: false,
    version: "'a:1'",
    containers: [{ id: `c${number}`, name: "c", image: "a:1" }],
  };
  if (scenario === "nobody") return { pod, owner: { kind: "NoOwner", uid: "", name: pod.name } };
  if (scenario === "other") return { pod, owner: own };
  return { pod, owner: hasAbove ? above : own, looked: { uid: own.uid, controller: hasAbove ? above : undefined } };
}

/** Additions, deletes and new lists at random; whoever listens must know exactly the pods that there are. */
function runProgram(random: Random): void {
  const events: PodEvent[] = [];
  const table = createPodTable({ deleteTtlMs: 0, emit: (event) => events.push(event) });
  const live = new Map<string, Modelled>();
  const told = new Set<string>();
  let epoch = 0;
  let number = 0;

  function add(): void {
    const { looked, ...model } = made(random.pick(SCENARIOS), number++);
    const steps = [() => table.pod({ type: "Apply", object: model.pod })];
    if (looked !== undefined) {
      const kind = model.pod.owner?.kind === "Job" ? "jobs" : "replicasets";
      const step = (): void => table.owner(kind, { type: "Apply", object: looked });
      if (random.oneIn(2)) steps.push(step);
      else steps.unshift(step);
    }
    for (const [index, step] of steps.entries()) {
      assert.equal(events.length, 0);
      step();
      if (index < steps.length - 1) assert.deepEqual(events, [], "nothing before both are there");
    }
    live.set(model.pod.uid, model);
    const [first, container, ...more] = events.splice(0);
    assert.deepEqual(first, { type: "PodNew", ...model });
    assert.equal(container?.type, "PodContainer");
    assert.deepEqual(more, []);
    told.add(model.pod.uid);
    table.pod({ type: "Apply", object: model.pod });
    assert.deepEqual(events.splice(0).map(({ type }) => type), ["PodContainer"]);
  }

  function remove(): void {
    const model = live.size === 0 ? undefined : random.pick([...live.values()]);
    if (model === undefined) return;
    table.pod({ type: "Delete", object: model.pod });
    live.delete(model.pod.uid);
    told.delete(model.pod.uid);
    assert.deepEqual(events.splice(0), [{ type: "PodDelete", uid: model.pod.uid }]);
  }

  function list(): void {
    const vanished = [...live.keys()].filter(() => random.oneIn(5));
    for (const uid of vanished) live.delete(uid);
    table.pod({ type: "Init" });
    if (random.oneIn(4)) table.pod({ type: "Init" });
    for (const { pod } of live.values()) table.pod({ type: "InitApply", object: pod });
    table.pod({ type: "InitDone" });
    expectAll();
  }

  function expectAll(): void {
    const [resync, ...rest] = events.splice(0);
    assert.deepEqual(resync, { type: "PodResync", epoch: ++epoch });
    told.clear();
    for (const event of rest) {
      if (event.type === "PodNew") {
        assert.deepEqual(event, { type: "PodNew", ...live.get(event.pod.uid) });
        assert(!told.has(event.pod.uid), "once");
        told.add(event.pod.uid);
      } else assert(event.type === "PodContainer" && told.has(event.uid), "after its pod");
    }
    assert.deepEqual([...told].sort(), [...live.keys()].sort());
  }

  function reconnect(): void {
    table.startNewEpoch();
    expectAll();
  }

  for (let steps = random.int(128); steps > 0; steps--) {
    const step = random.int(10);
    if (step < 5) add();
    else if (step < 8) remove();
    else if (step < 9) list();
    else reconnect();
  }
  assert.equal(table.sizes().pods, live.size);
  assert.equal(table.sizes().waitingPods, 0);
}

Deno.test("whoever listens knows the pods that there are, and their owners: 500 programs", () => {
  for (let seed = 0; seed < 500; seed++) {
    try {
      runProgram(createRandom(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
