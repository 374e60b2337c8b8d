import assert from "#assert";
import { Buffer } from "node:buffer";
import { collectMethod, createRelayClient, type RelayInfo } from "./relay_client.ts";

Deno.test("what the relay is told is on the wire what its contract says", () => {
  assert.equal(collectMethod.path, "/collector.Collector/Collect");
  const told: readonly (readonly [RelayInfo, string])[] = [
    [
      {
        type: "K8S_POD",
        event: "MODIFIED",
        pod_info: {
          uid: "u",
          ip: "1.2.3.4",
          owner: { uid: "o", name: "n", kind: "k" },
          ns: "s",
          is_host_network: true,
          name: "p",
          version: "v",
          container_infos: [{ id: "i", name: "c", image: "m" }],
        },
      },
      "0801" + "1001" + "1a2d" + "0a0175" + "1207312e322e332e34" + "1a090a016f12016e1a016b" + "220173" + "2801" +
      "320170" + "420176" + "4a090a01691201631a016d",
    ],
    [{ type: "K8S_REPLICASET", event: "ADDED", rs_info: { uid: "u" } }, "22030a0175"],
    [{ type: "K8S_JOB", event: "DELETED", job_info: { uid: "u" } }, "0802" + "1002" + "2a030a0175"],
  ];
  for (const [info, hex] of told) {
    const bytes = Buffer.from(collectMethod.requestSerialize(info));
    // A field that holds its default may be left out or not.
    assert.equal(bytes.toString("hex").replace(/^0800/, "").replace(/^1000/, ""), hex);
  }
});

// The library's own timers go on for a while when a channel is closed in the middle of connecting.
Deno.test({
  sanitizeOps: false,
  sanitizeResources: false,
  name: "createRelayClient does not wait for ever where nobody is, and not at all once it is to end",
  fn: async () => {
    const client = createRelayClient({ address: "127.0.0.1:1", connectLimitMs: 50 });
    await assert.rejects(client.connect({ signal: new AbortController().signal }), /no connection within 50 ms/);
    const stop = new AbortController();
    const connecting = createRelayClient({ address: "127.0.0.1:1" }).connect({ signal: stop.signal });
    stop.abort(new RangeError("enough"));
    await assert.rejects(connecting, RangeError);
  },
});
