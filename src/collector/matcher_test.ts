import assert from "#assert";
import type { OwnerReference, Pod } from "./pod.ts";
import type { PodEvent } from "./pod_event.ts";
import { createPodTable, type PodTable, type PodTableOptions } from "./pod_table.ts";

/** A table, and the events since they were last asked for. */
function tableOf(options: Partial<PodTableOptions> = {}): { table: PodTable; events: () => readonly PodEvent[] } {
  const events: PodEvent[] = [];
  const table = createPodTable({ emit: (event) => events.push(event), ...options });
  return { table, events: () => events.splice(0) };
}

function pod(uid: string, owner?: OwnerReference, more: Partial<Pod> = {}): Pod {
  return {
    uid,
    ip: "10.0.0.1",
    name: `name-${uid}`,
    namespace: "ns",
    owner,
    hostNetwork: false,
    version: "'a:1'",
    containers: [{ id: `containerd://${uid}`, name: "c", image: "a:1" }],
    ...more,
  };
}

const rs = { kind: "ReplicaSet", uid: "rs1", name: "web-5d" };
const job = { kind: "Job", uid: "job1", name: "nightly-1" };
const deployment = { kind: "Deployment", uid: "d1", name: "web" };
const cronJob = { kind: "CronJob", uid: "cj1", name: "nightly" };

/** What is told of a pod with its only container. */
function told(of: Pod, owner: OwnerReference): readonly PodEvent[] {
  return [
    { type: "PodNew", pod: of, owner },
    ...of.containers.map((container) => ({ type: "PodContainer", uid: of.uid, container } as const)),
  ];
}

Deno.test("a pod that comes before its owner is told when the owner comes", () => {
  const { table, events } = tableOf();
  const p1 = pod("p1", rs);
  table.pod({ type: "Apply", object: p1 });
  assert.deepEqual(events(), []);
  table.owner("replicasets", { type: "Apply", object: { uid: "rs1", controller: deployment } });
  assert.deepEqual(events(), told(p1, deployment));
});

Deno.test("a pod that comes after its owner is told at once", () => {
  const { table, events } = tableOf();
  table.owner("replicasets", { type: "Apply", object: { uid: "rs1", controller: deployment } });
  const p1 = pod("p1", rs);
  table.pod({ type: "Apply", object: p1 });
  assert.deepEqual(events(), told(p1, deployment));
});

Deno.test("a complete list of pods begins an epoch and tells those whose owners are known", () => {
  const { table, events } = tableOf();
  table.owner("replicasets", { type: "Apply", object: { uid: "rs1", controller: deployment } });
  table.pod({ type: "Init" });
  table.pod({ type: "InitApply", object: pod("p1", rs) });
  table.pod({ type: "InitApply", object: pod("p2", { ...rs, uid: "unknown" }) });
  assert.deepEqual(events(), []);
  table.pod({ type: "InitDone" });
  assert.deepEqual(events(), [{ type: "PodResync", epoch: 1 }, ...told(pod("p1", rs), deployment)]);
});

Deno.test("a pod without an owner is told as owned by nobody, under its own name", () => {
  const { table, events } = tableOf();
  const p1 = pod("p1");
  table.pod({ type: "Apply", object: p1 });
  assert.deepEqual(events(), told(p1, { kind: "NoOwner", uid: "", name: "name-p1" }));
});

Deno.test("a pod whose owner is neither ReplicaSet nor Job is told with it", () => {
  const { table, events } = tableOf();
  const owner = { kind: "DaemonSet", uid: "ds1", name: "proxy" };
  const p1 = pod("p1", owner);
  table.pod({ type: "Apply", object: p1 });
  assert.deepEqual(events(), told(p1, owner));
});

for (
  const [what, own, controller, expected] of [
    ["a Job's CronJob", job, cronJob, cronJob],
    ["a Job that belongs to nobody", job, undefined, job],
    ["a ReplicaSet that belongs to nobody", rs, undefined, rs],
    ["a ReplicaSet of something else", rs, { kind: "Rollout", uid: "ro", name: "ro" }, rs],
  ] as const
) {
  Deno.test(`a pod is told as owned by ${what}`, () => {
    const { table, events } = tableOf();
    table.owner(own === job ? "jobs" : "replicasets", { type: "Apply", object: { uid: own.uid, controller } });
    const p1 = pod("p1", own);
    table.pod({ type: "Apply", object: p1 });
    assert.deepEqual(events(), told(p1, expected));
  });
}

Deno.test("a delete is told once of a pod that was told, and never of another", () => {
  const { table, events } = tableOf({ deleteTtlMs: 0 });
  const p1 = pod("p1");
  table.pod({ type: "Apply", object: p1 });
  events();
  for (const object of [p1, p1, pod("p2")]) table.pod({ type: "Delete", object });
  assert.deepEqual(events(), [{ type: "PodDelete", uid: "p1" }]);
});

Deno.test("an owner whose delete is held back is still found", () => {
  const { table, events } = tableOf();
  const owner = { uid: "rs1", controller: deployment };
  table.owner("replicasets", { type: "Apply", object: owner });
  table.owner("replicasets", { type: "Delete", object: owner });
  const p1 = pod("p1", rs);
  table.pod({ type: "Apply", object: p1 });
  assert.deepEqual(events(), told(p1, deployment));
});

Deno.test("a pod whose delete is held back is told when its owner comes", () => {
  const { table, events } = tableOf();
  const p1 = pod("p1", rs);
  table.pod({ type: "Apply", object: p1 });
  table.pod({ type: "Delete", object: p1 });
  table.owner("replicasets", { type: "Apply", object: { uid: "rs1", controller: deployment } });
  assert.deepEqual(events(), told(p1, deployment));
});

Deno.test("a pod is told when it gets its address, and then only its containers", () => {
  const { table, events } = tableOf();
  table.pod({ type: "Apply", object: pod("p1", undefined, { ip: "" }) });
  assert.deepEqual(events(), []);
  const p1 = pod("p1");
  table.pod({ type: "Apply", object: p1 });
  assert.equal(events().length, 2);
  table.pod({ type: "Apply", object: { ...p1, ip: "10.0.0.9" } });
  assert.deepEqual(events(), told(p1, rs).slice(1));
});

Deno.test("containers come with their pod in each epoch, even where the owner is gone", () => {
  for (const parity of [false, true]) {
    const { table, events } = tableOf({ parity });
    table.owner("replicasets", { type: "Apply", object: { uid: "rs1", controller: deployment } });
    table.pod({ type: "Apply", object: pod("p1", rs) });
    table.owner("replicasets", { type: "Init" });
    table.owner("replicasets", { type: "InitDone" });
    table.startNewEpoch();
    events();
    table.pod({ type: "Apply", object: pod("p1", rs) });
    assert.deepEqual(events().map(({ type }) => type), parity ? ["PodContainer"] : []);
    table.owner("replicasets", { type: "Apply", object: { uid: "rs1", controller: deployment } });
    assert.deepEqual(events().map(({ type }) => type), ["PodNew", "PodContainer"]);
  }
});

Deno.test("a pod that vanished while pods were listed anew is forgotten", () => {
  for (const parity of [false, true]) {
    const { table, events } = tableOf({ parity, deleteTtlMs: 0 });
    const p1 = pod("p1");
    table.pod({ type: "Apply", object: p1 });
    for (const type of ["Init", "InitDone"] as const) table.pod({ type });
    events();
    table.pod({ type: "Delete", object: p1 });
    table.pod({ type: "Init" });
    assert.deepEqual(events(), parity ? [{ type: "PodDelete", uid: "p1" }] : []);
  }
});

Deno.test("a list that was not completed changes nothing", () => {
  const { table, events } = tableOf();
  table.pod({ type: "Apply", object: pod("p1") });
  table.pod({ type: "Init" });
  table.pod({ type: "InitApply", object: pod("p2") });
  table.pod({ type: "Init" });
  table.pod({ type: "InitApply", object: pod("p3") });
  assert.deepEqual(table.sizes().pods, 1);
  events();
  table.pod({ type: "InitDone" });
  assert.deepEqual(events(), [
    { type: "PodResync", epoch: 1 },
    ...told(pod("p3"), { kind: "NoOwner", uid: "", name: "name-p3" }),
  ]);
});

Deno.test("owners for which no pod waits any more are forgotten", () => {
  const { table } = tableOf({ deleteTtlMs: 0 });
  for (let index = 0; index < 100; index++) {
    const owned = pod(`p${index}`, { ...rs, uid: `rs${index}` });
    table.pod({ type: "Apply", object: owned });
    if (index % 2 === 0) table.pod({ type: "Apply", object: { ...owned, owner: { ...rs, uid: "another" } } });
    table.pod({ type: "Delete", object: owned });
  }
  assert.deepEqual(table.sizes(), { pods: 0, owners: 0, waitingPods: 0, awaitedOwners: 0, heldDeletes: 0 });
});

Deno.test("one kind of owner that is listed anew does not wipe the other", () => {
  const { table, events } = tableOf();
  table.owner("jobs", { type: "Apply", object: { uid: "job1", controller: cronJob } });
  for (const type of ["Init", "InitDone"] as const) table.owner("replicasets", { type });
  table.pod({ type: "Apply", object: pod("p1", job) });
  assert.deepEqual(events(), told(pod("p1", job), cronJob));
});

Deno.test("a complete list of owners tells the pods that waited for one of them", () => {
  const { table, events } = tableOf();
  table.pod({ type: "Apply", object: pod("p1", rs) });
  table.pod({ type: "Apply", object: pod("p2", { ...rs, uid: "rs2" }) });
  table.owner("replicasets", { type: "Init" });
  table.owner("replicasets", { type: "InitApply", object: { uid: "rs1", controller: undefined } });
  assert.deepEqual(events(), []);
  table.owner("replicasets", { type: "InitDone" });
  assert.deepEqual(events(), told(pod("p1", rs), rs));
  assert.equal(table.sizes().waitingPods, 1);
});
