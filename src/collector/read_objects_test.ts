import assert from "#assert";
import { createObjectReader } from "./read_objects.ts";

const reference = { apiVersion: "apps/v1", kind: "ReplicaSet", uid: "rs1", name: "web-1", controller: true };

const full = {
  metadata: {
    uid: "p1",
    name: "web-1-a",
    namespace: "shop",
    ownerReferences: [{ ...reference, controller: false, uid: "no" }, {
      ...reference,
      uid: "no",
      controller: undefined,
    }, reference],
  },
  spec: { hostNetwork: true, initContainers: [{ name: "init" }] },
  status: {
    podIP: "10.0.0.4",
    podIPs: [{ ip: "10.0.0.4" }, { ip: "fd00::4" }],
    initContainerStatuses: [{ name: "init", image: "init:1", containerID: "containerd://i" }],
    containerStatuses: [
      { name: "b", image: "b:2", containerID: "containerd://bb" },
      { name: "a", image: "a:1" },
      { name: "c", image: "" },
    ],
  },
};

Deno.test("createObjectReader keeps of a pod what is told of it", () => {
  const read = createObjectReader({ onSkip: assert.fail });
  assert.deepEqual(read.pod(full), {
    uid: "p1",
    ip: "10.0.0.4",
    name: "web-1-a",
    namespace: "shop",
    owner: { kind: "ReplicaSet", uid: "rs1", name: "web-1" },
    hostNetwork: true,
    version: "'a:1','b:2'",
    containers: [
      { id: "containerd://bb", name: "b", image: "b:2" },
      { id: "", name: "a", image: "a:1" },
      { id: "", name: "c", image: "" },
    ],
  });
});

Deno.test("createObjectReader takes what is missing for empty, the namespace as well", () => {
  const read = createObjectReader({ onSkip: assert.fail });
  const empty = { ip: "", name: "", namespace: "", owner: undefined, hostNetwork: false, version: "", containers: [] };
  for (
    const object of [{ metadata: { uid: "p" } }, {
      metadata: { uid: "p", ownerReferences: null },
      spec: {},
      status: { containerStatuses: null },
    }]
  ) {
    assert.deepEqual(read.pod(object), { uid: "p", ...empty });
  }
  assert.deepEqual(read.owner({ metadata: { uid: "o" } }), { uid: "o", controller: undefined });
});

Deno.test("createObjectReader leaves out what has no uid, and tells", () => {
  let skipped = 0;
  const read = createObjectReader({ onSkip: () => skipped++ });
  for (const object of [{}, { metadata: {} }, { metadata: { uid: "" } }]) {
    assert.equal(read.pod(object), undefined);
    assert.equal(read.owner(object), undefined);
  }
  assert.equal(skipped, 6);
});

Deno.test("createObjectReader keeps one copy of what pods share, and of an owner only while it is the same", () => {
  const read = createObjectReader({ onSkip: assert.fail, maxShared: 3 });
  const [first, second] = [read.pod(full), read.pod(structuredClone(full))];
  assert.deepEqual(first, second);
  assert.equal(first?.owner, second?.owner);
  for (let number = 0; number < 20; number++) {
    const other = structuredClone(full);
    other.metadata.ownerReferences[2] = { ...reference, uid: `rs${number % 5}`, name: `web-${number}` };
    assert.deepEqual(read.pod(other)?.owner, { kind: "ReplicaSet", uid: `rs${number % 5}`, name: `web-${number}` });
  }
});

Deno.test("createObjectReader takes what is of another type for absent, and tells once for an object", () => {
  let skipped = 0;
  const read = createObjectReader({ onSkip: () => skipped++ });
  const odd = {
    metadata: { uid: "p", name: 5, namespace: ["x"], ownerReferences: [null, "text", reference] },
    spec: "text",
    status: { podIP: { ip: "10.0.0.1" }, containerStatuses: [null, 7, [], { name: {}, image: "a:1" }] },
  };
  assert.deepEqual(read.pod(odd), {
    uid: "p",
    ip: "",
    name: "",
    namespace: "",
    owner: { kind: "ReplicaSet", uid: "rs1", name: "web-1" },
    hostNetwork: false,
    version: "'a:1'",
    containers: [{ id: "", name: "", image: "a:1" }],
  });
  assert.equal(skipped, 1);
  const long = "x".repeat(1_025);
  assert.equal(read.pod({ metadata: { uid: "p", name: long } })?.name, "");
  assert.equal(read.pod({ metadata: { uid: long } }), undefined);
  const image = { metadata: { uid: "p" }, status: { containerStatuses: [{ image: long }, { image: "a:1" }] } };
  assert.equal(read.pod(image)?.version, "'a:1'");
  assert.equal(read.pod({ metadata: { uid: "p", ownerReferences: {} } })?.owner, undefined);
  assert.equal(read.pod({ metadata: { uid: "p" }, status: { containerStatuses: "text" } })?.containers.length, 0);
  assert(!read.pod({ metadata: { uid: "p" }, spec: { hostNetwork: "true" } })?.hostNetwork);
  for (const object of [null, 42, "text", [], [null], { metadata: "text" }, { metadata: { uid: 5 } }]) {
    assert.equal(read.pod(object), undefined);
    assert.equal(read.owner(object), undefined);
  }
  assert.equal(skipped, 21);
  assert.equal(read.pod({ metadata: { uid: "\ud800" } })?.uid, "\ufffd");
});
