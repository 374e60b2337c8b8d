import assert from "#assert";
import { Buffer } from "node:buffer";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
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

Deno.test("createRelayClient knows to the byte what the relay has not taken", async () => {
  const calls: ServerDuplexStream<RelayInfo, unknown>[] = [];
  const arrived = Promise.withResolvers<void>();
  const server = new Server();
  server.addService({ Collect: { ...collectMethod, requestStream: true, responseStream: true } }, {
    // Nothing is read before somebody listens.
    Collect: (call: ServerDuplexStream<RelayInfo, unknown>) => {
      calls.push(call);
      arrived.resolve();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
  const signal = AbortSignal.timeout(60_000);
  {
    using connection = await createRelayClient({ address: `127.0.0.1:${port}` }).connect({ signal });
    let taken = 0;
    const all = Promise.withResolvers<void>();
    const stream = connection.open({
      onTaken: () => {
        if (++taken === 100) all.resolve();
      },
    });
    const info: RelayInfo = { type: "K8S_POD", event: "ADDED", pod_info: { uid: "x".repeat(100_000) } };
    const { length } = collectMethod.requestSerialize(info);
    for (let sent = 0; sent < 100; sent++) stream.send(info);
    assert.equal(stream.waitingBytes, 100 * length);
    await arrived.promise;
    const received = Promise.withResolvers<void>();
    let count = 0;
    for (const call of calls) {
      call.on("data", () => {
        if (++count === 100) received.resolve();
      });
      call.on("end", () => call.end());
    }
    await all.promise;
    await received.promise;
    assert.equal(stream.waitingBytes, 0);
    stream.end();
    await stream.ended;
  }
  // Resolves when the connection has ended: until then the library has timers.
  await new Promise((resolve) => server.tryShutdown(resolve));
});
