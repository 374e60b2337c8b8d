import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { type ChangeQueue, createChangeQueue } from "./_change_queue.ts";
import { messagesOf, type PodChange } from "./_relay_messages.ts";
import type { Container, Pod } from "../pod.ts";

const owner = { kind: "Deployment", uid: "d", name: "d" };

function container(id: string): Container {
  return { id, name: "c", image: "a:1" };
}

function added(uid: string, id = "first"): PodChange {
  const pod: Pod = {
    uid,
    ip: "10.0.0.1",
    name: uid,
    namespace: "ns",
    owner,
    hostNetwork: false,
    version: "",
    containers: [],
  };
  return { event: "ADDED", pod, owner, containers: [container(id)] };
}

function modified(uid: string, id: string): PodChange {
  return { event: "MODIFIED", uid, containers: [container(id)] };
}

function deleted(uid: string): PodChange {
  return { event: "DELETED", uid };
}

/** What is left in a queue, as the relay hears it. */
function heard(queue: ChangeQueue): readonly string[] {
  const told: string[] = [];
  for (let change = queue.shift(); change !== undefined; change = queue.shift()) {
    for (const { event, pod_info: pod } of messagesOf(change, new Set())) {
      told.push([event, pod?.uid, ...(pod?.container_infos ?? []).map(({ id }) => id)].join(" "));
    }
  }
  return told;
}

const A = "a";
const joined: readonly { readonly changes: readonly PodChange[]; readonly told: readonly string[] }[] = [
  { changes: [added(A), added("b"), modified(A, "second")], told: ["ADDED a second", "ADDED b first"] },
  { changes: [added(A), modified(A, "second"), deleted(A)], told: [] },
  { changes: [modified(A, "second"), modified(A, "third")], told: ["MODIFIED a third"] },
  { changes: [modified(A, "second"), deleted(A)], told: ["DELETED a"] },
  { changes: [deleted(A), deleted("b"), added(A)], told: ["DELETED a", "ADDED a first", "DELETED b"] },
  { changes: [deleted(A), added(A), added(A, "second")], told: ["DELETED a", "ADDED a second"] },
  { changes: [deleted(A), added(A), modified(A, "second")], told: ["DELETED a", "ADDED a second"] },
  { changes: [deleted(A), added(A), deleted(A)], told: ["DELETED a"] },
];
for (const { changes, told } of joined) {
  const names = changes.map((change) => change.event).join(", ");
  Deno.test(`push() joins ${names} to ${told.join(", ") || "nothing"}`, () => {
    const queue = createChangeQueue({ maxBytes: 10_000 });
    for (const change of changes) assert(queue.push(change));
    assert.deepEqual([heard(queue), queue.bytes, queue.size], [told, 0, 0]);
  });
}

Deno.test("push() refuses what takes too many bytes, and keeps what was there", () => {
  const queue = createChangeQueue({ maxBytes: 1_000 });
  let count = 0;
  while (queue.push(added(`p${count}`))) count++;
  assert.equal(count, 5);
  assert(!queue.push(modified("other", "x".repeat(500))));
  assert(queue.push(deleted("p0")));
  assert.deepEqual(heard(queue), ["ADDED p1 first", "ADDED p2 first", "ADDED p3 first", "ADDED p4 first"]);
});

Deno.test("push() counts the containers of a pod that changes while it waits", () => {
  const queue = createChangeQueue({ maxBytes: 2_000 });
  const long = "x".repeat(500);
  for (const uid of ["a", "b", "c"]) assert(queue.push(added(uid, long)));
  assert(queue.bytes < 600);
  assert(queue.push(modified("a", long)));
  assert(queue.push(modified("a", long)));
  assert(queue.push(modified("b", long)));
  assert(!queue.push(modified("c", long)));
});

Deno.test("push() holds nothing for pods that come and go while nothing is taken", () => {
  const queue = createChangeQueue({ maxBytes: 1_000 });
  for (let number = 0; number < 100_000; number++) {
    assert(queue.push(added(`p${number}`)));
    assert(queue.push(deleted(`p${number}`)));
  }
  assert.deepEqual([queue.size, queue.bytes, queue.shift()], [0, 0, undefined]);
});

Deno.test("shift() gives each pod's changes so that whoever hears them knows the same pods, whatever is joined", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const queue = createChangeQueue({ maxBytes: 1_000_000 });
    const truth = new Map<string, string>();
    const known = new Map<string, string>();
    const take = (count: number): void => {
      for (let taken = 0; taken < count; taken++) {
        const change = queue.shift();
        if (change === undefined) return;
        for (const { event, pod_info: pod } of messagesOf(change, new Set())) {
          const uid = pod?.uid ?? "";
          // Nothing is told of a pod that is not known, and none is added twice.
          assert.equal(known.has(uid), event !== "ADDED", `seed ${seed}`);
          if (event === "DELETED") known.delete(uid);
          else known.set(uid, pod?.container_infos?.[0]?.id ?? "");
        }
      }
    };
    for (let step = 0; step < 200; step++) {
      const uid = `p${random.int(5)}`;
      const id = `c${step}`;
      if (!truth.has(uid)) {
        truth.set(uid, id);
        queue.push(added(uid, id));
      } else if (random.oneIn(2)) {
        truth.set(uid, id);
        queue.push(modified(uid, id));
      } else {
        truth.delete(uid);
        queue.push(deleted(uid));
      }
      if (random.oneIn(4)) take(random.int(3));
    }
    take(Infinity);
    assert.deepEqual([...known].sort(), [...truth].sort(), `seed ${seed}`);
    assert.equal(queue.bytes, 0);
  }
});
