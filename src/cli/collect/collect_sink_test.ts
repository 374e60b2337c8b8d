import assert from "#assert";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { silentLogger } from "../../telemetry/log.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import type { PodEvent } from "../../collector/pod_event.ts";
import { createCollectSink } from "./collect_sink.ts";
import type { CollectSettings } from "./collect_settings.ts";

function settingsFor(port: number): CollectSettings {
  return {
    sink: "reducer",
    intakeHost: "127.0.0.1",
    intakePort: port,
    serverAddress: "",
    deleteTtlMs: 0,
    deleteCapacity: 0,
    hostname: "host",
    version: { major: 0, minor: 11, patch: 0 },
    logLevel: "info",
  };
}

/** A pod with a version of so many bytes, which no compression makes shorter. */
function podOf(bytes: number): PodEvent {
  const noise = new Uint8Array(bytes * 0.75);
  for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
  const owner = { kind: "Deployment", uid: "d", name: "d" };
  const pod = { uid: "p", ip: "10.0.0.1", name: "p", namespace: "ns", hostNetwork: false, containers: [], owner };
  return { type: "PodNew", pod: { ...pod, version: noise.toBase64() }, owner };
}

Deno.test("connections, cut messages and reducers that take nothing are counted", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.pause()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const metrics = createMetrics("collector");
  const stop = new AbortController();
  const sink = await createCollectSink(settingsFor(port), { log: silentLogger, metrics, maxWaitingBytes: 100_000 });
  let told = 0;
  const running = sink.run({ onListener: () => void told++, signal: stop.signal });
  await eventually("the sink has a listener", () => told === 1);
  assert.equal(metrics.value("sink_connections_total"), 1);
  sink.write(podOf(80_000));
  assert.equal(metrics.value("messages_cut_total"), 1);
  await eventually("the reducer is given up", () => {
    sink.write(podOf(40_000));
    sink.flush();
    return metrics.value("sink_overflows_total") === 1;
  }, { pauseMs: 5 });
  stop.abort();
  await running;
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
