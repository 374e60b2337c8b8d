import assert from "#assert";
import { connect, type Socket } from "node:net";
import { createMessageWriter } from "../../src/collector/wire/encode.ts";
import type { MessageName, MessageValues } from "../../src/collector/wire/layouts.ts";
import { createFrameWriter } from "../../src/collector/wire/lz4_frame.ts";
import { type FakeReducerOptions, startFakeReducer } from "./fake_reducer.ts";

type Sent = { [Name in MessageName]: readonly [Name, MessageValues<Name>] }[MessageName];

/** Sends the first message in plain and the others packed. */
async function sendAll(port: number, messages: readonly Sent[]): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  const frame = createFrameWriter();
  for (const [index, [name, values]] of messages.entries()) {
    const writer = createMessageWriter();
    writer.write(name as "connect", values as MessageValues<"connect">);
    socket.write(index === 0 ? writer.take() : frame.write(writer.take()));
  }
  socket.resume();
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return socket;
}

const version: Sent = ["version_info", { major: 0, minor: 11, patch: 0 }];
const hello: Sent = ["connect", { collector_type: 3, hostname: "host" }];

for (
  const [what, messages, fault, options] of [
    ["a message before connect", [version, ["heartbeat", {}]], "heartbeat before connect", {}],
    ["an old version", [["version_info", { major: 0, minor: 8, patch: 9 }], hello], "version 0.8 is too old", {}],
    ["silence", [version, hello], "silent for 5 ms", { silentLooks: 5, checkMs: 1 }],
  ] satisfies [string, Sent[], string, FakeReducerOptions][]
) {
  Deno.test(`startReducerStandIn closes a connection for ${what}`, async () => {
    await using reducer = await startFakeReducer(options);
    const socket = await sendAll(reducer.port, messages);
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    assert.deepEqual(reducer.faults, [fault]);
  });
}

Deno.test("startReducerStandIn closes a connection for what is no LZ4, and for what is no message", async () => {
  await using reducer = await startFakeReducer();
  for (const junk of [new Uint8Array(20), createFrameWriter().write(new Uint8Array(20))]) {
    const socket = await sendAll(reducer.port, [version]);
    socket.write(junk);
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  }
  assert.deepEqual(reducer.faults, [
    "Cannot read LZ4 frame: it begins with 00000000",
    "Cannot read message: no message has the number 0",
  ]);
});

Deno.test("startReducerStandIn keeps the tables of each connection, and forgets them with it", async () => {
  await using reducer = await startFakeReducer();
  const container: Sent = ["pod_container", {
    uid: "p1",
    container_id: "containerd://c1",
    container_name: "c",
    container_image: "a:1",
  }];
  const pod: Sent = ["pod_new_with_name", {
    ip: 0x0403_0201,
    uid: "p1",
    owner_name: "o".repeat(70),
    pod_name: "n",
    owner_uid: "",
    ns: "ns",
    owner_kind: 254,
    is_host_network: 0,
    version: "",
  }];
  const first = await sendAll(reducer.port, [version, hello, container, pod, container, container, pod]);
  await reducer.until(({ counts }) => counts.get("pod_new_with_name") === 2);
  const known = reducer.pods.get("p1");
  assert.equal(known?.ip, "1.2.3.4");
  assert.equal(known?.ownerName.length, 64);
  assert.deepEqual([...known?.containers.keys() ?? []], ["c1"]);
  assert.deepEqual(reducer.strays, ["container of p1"]);

  const second = await sendAll(reducer.port, [version, hello, ["pod_delete", { uid: "p1" }]]);
  await reducer.until(({ strays }) => strays.length === 2);
  assert.equal(reducer.pods.size, 1);
  const gone = reducer.until(({ pods }) => pods.size === 0);
  first.destroy();
  await gone;
  second.destroy();
});

Deno.test("startReducerStandIn drops all pods of a connection at a resync", async () => {
  await using reducer = await startFakeReducer();
  const socket = await sendAll(reducer.port, [version, hello, ["pod_resync", { resync_count: 1n }]]);
  await reducer.until(({ counts }) => counts.get("pod_resync") === 1);
  assert.equal(reducer.connections, 1);
  socket.destroy();
});
