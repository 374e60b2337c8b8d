import assert from "#assert";
import { createPodTable } from "./pod_table.ts";
import { createTombstones, type Tombstones } from "./tombstones.ts";

interface Held {
  readonly tombstones: Tombstones<string>;
  readonly released: string[];
  /** Sets the clock. */
  at(timeMs: number): void;
}

function held(ttlMs: number, capacity: number): Held {
  const released: string[] = [];
  let time = 0;
  const tombstones = createTombstones<string>({
    ttlMs,
    capacity,
    release: (object) => released.push(object),
    now: () => time,
  });
  return { tombstones, released, at: (timeMs) => time = timeMs };
}

Deno.test("createTombstones releases the oldest when there are too many", () => {
  const { tombstones, released } = held(Infinity, 2);
  for (const object of ["a", "b", "c", "d"]) tombstones.hold(object);
  assert.deepEqual(released, ["a", "b"]);
  assert.equal(tombstones.size, 2);
  assert.equal(tombstones.nextDueMs, undefined);
});

Deno.test("createTombstones releases what is due, in order, and tells when the next is", () => {
  const { tombstones, released, at } = held(60, 10);
  tombstones.hold("a");
  at(30);
  tombstones.hold("b");
  at(59);
  tombstones.expire();
  assert.deepEqual(released, []);
  assert.equal(tombstones.nextDueMs, 60);
  at(60);
  tombstones.expire();
  assert.deepEqual(released, ["a"]);
  assert.equal(tombstones.nextDueMs, 90);
});

Deno.test("createTombstones forgets when it is cleared", () => {
  const { tombstones, released } = held(0, 10);
  tombstones.hold("a");
  tombstones.clear();
  tombstones.expire();
  assert.deepEqual(released, []);
  assert.equal(tombstones.nextDueMs, undefined);
});

Deno.test("createTombstones keeps order and count over thousands", () => {
  const { tombstones, released, at } = held(100, 50);
  for (let index = 0; index < 3_000; index++) {
    at(index);
    tombstones.hold(String(index));
    if (index % 7 === 0) tombstones.expire();
  }
  assert.deepEqual(released, Array.from({ length: 2_950 }, (_, index) => String(index)));
  assert.equal(tombstones.size, 50);
});

for (const parity of [true, false]) {
  Deno.test(`a delete that is due comes before the change that follows${parity ? "" : ", or by itself"}`, () => {
    const events: string[] = [];
    let time = 0;
    const table = createPodTable({
      parity,
      now: () => time,
      emit: (event) => events.push(event.type === "PodDelete" ? `delete ${event.uid}` : event.type),
    });
    const pod = { ip: "1.1.1.1", name: "n", namespace: "", owner: undefined, hostNetwork: false, version: "" };
    const [p1, p2] = [{ ...pod, uid: "p1", containers: [] }, { ...pod, uid: "p2", containers: [] }];
    table.pod({ type: "Apply", object: p1 });
    table.pod({ type: "Delete", object: p1 });
    assert.equal(table.nextDueMs(), 60_000);
    time = 60_000;
    if (!parity) table.expire();
    else table.pod({ type: "Apply", object: p2 });
    assert.deepEqual(events, parity ? ["PodNew", "delete p1", "PodNew"] : ["PodNew", "delete p1"]);
  });
}

Deno.test("what was listed outlives a delete from before", () => {
  const events: string[] = [];
  const table = createPodTable({ deleteTtlMs: 0, parity: true, emit: ({ type }) => events.push(type) });
  const p1 = {
    uid: "p1",
    ip: "1.1.1.1",
    name: "n",
    namespace: "",
    owner: undefined,
    hostNetwork: false,
    version: "",
    containers: [],
  };
  table.pod({ type: "Init" });
  table.pod({ type: "InitApply", object: p1 });
  table.pod({ type: "Delete", object: p1 });
  table.pod({ type: "InitDone" });
  table.pod({ type: "Init" });
  assert.deepEqual(events, ["PodResync", "PodNew"]);
  assert.equal(table.sizes().pods, 1);
});
