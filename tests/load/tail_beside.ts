/**
 * How long a tail takes beside many streams, and the peak of memory: 1,000 greps over logs with five compressed files
 * each, and 100 full streams.
 *
 * `deno run -A tests/load/tail_beside.ts BUNDLE…` measures each bundle, one after the other, on the same logs. A tail
 * is a log of about a hundred records, the newest first. It has a connection of its own, for the same caller and for
 * another one. The bars: the median within 50 ms, 128 MiB at the peak.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { services } from "../../src/rpc/descriptor.ts";
import { startAgents } from "../bench/agents.ts";
import { bundleClient, startClient } from "../bench/client_process.ts";
import type { ClientAnswer, ClientCommand } from "../bench/client_protocol.ts";
import { type LogFile, openLogTree } from "../bench/log_files.ts";
import { readPeakRss } from "../bench/process_usage.ts";
import { quantile } from "../bench/statistics.ts";
import { V8_FLAGS } from "../support/agent_bundle.ts";

const LOGS = 5;
const COMPRESSED = 5;
const TAIL_EVERY_MS = 50;
const MIB = 2 ** 20;

function say(text: string): void {
  // deno-lint-ignore no-console -- a program for the terminal
  console.log(text);
}

type Direction = "StreamForward" | "StreamBackward";

function messageOf({ name }: LogFile, grep: string, direction: Direction): string {
  const request = { ...name, start_time: "", stop_time: "", grep, follow_from: "NOOP" } as const;
  return Buffer.from(services.logRecords[direction].requestSerialize(request)).toString("base64");
}

function pathOf(direction: Direction): string {
  return services.logRecords[direction].path;
}

function shapeOf({ latenciesMs }: ClientAnswer): string {
  const [p50, p99] = [0.5, 0.99].map((part) => quantile(latenciesMs, part).toFixed(0));
  return `${latenciesMs.length} tails, p50 ${p50} ms, p99 ${p99} ms`;
}

const parent = await Deno.makeTempDir({ prefix: "tail-beside-" });
try {
  const tree = await openLogTree({ report: () => {}, parent });
  const { cri: small } = await tree.log(20_000);
  const { cri: full } = await tree.log(10e6);
  const logs: LogFile[] = [];
  for (let i = 0; i < LOGS; i++) {
    const { cri: log } = await tree.log(250_000 + i * 4_096);
    const bytes = gzipSync(await Deno.readFile(log.path), { level: 1 });
    for (let n = 0; n < COMPRESSED; n++) await Deno.writeFile(`${log.path}.20240101-00000${n}.gz`, bytes);
    logs.push(log);
  }
  const greps = Array.from(
    { length: 1_000 },
    (_, i) => messageOf(logs[i % LOGS] ?? small, "flux-capacitor", "StreamForward"),
  );
  const loads: Readonly<Record<string, readonly string[]>> = {
    "1,000 greps, five compressed files each": greps,
    "100 full streams": Array.from({ length: 100 }, () => messageOf(full, "", "StreamForward")),
  };
  const clientCommand = await bundleClient(parent);
  for (const [load, messages] of Object.entries(loads)) {
    for (const bundle of Deno.args) {
      await using stack = new AsyncDisposableStack();
      const { agents: [agent], identity } = stack.use(
        await startAgents({ tree, bundle, v8Flags: V8_FLAGS, peer: undefined }),
      );
      if (agent === undefined) throw new Error(`Cannot measure ${bundle}: it has no agent`);
      const { pid, port } = agent;
      const other = { ...identity, metadata: { "x-remote-user": "somebody-else" } };
      const client = stack.use(await startClient(clientCommand, identity));
      const tails = [stack.use(await startClient(clientCommand, identity))];
      tails.push(stack.use(await startClient(clientCommand, other)));
      const tail: ClientCommand = {
        kind: "probe",
        everyMs: TAIL_EVERY_MS,
        port,
        path: pathOf("StreamBackward"),
        messages: [messageOf(small, "", "StreamBackward")],
      };
      for (const one of tails) await one.ask(tail);
      const { wallMs, frames, failures } = await client.ask({
        kind: "streams",
        port,
        path: pathOf("StreamForward"),
        messages,
      });
      const [same, another] = [await tails[0]?.ask({ kind: "finish" }), await tails[1]?.ask({ kind: "finish" })];
      say(`${load}, ${bundle}: ${(wallMs / 1_000).toFixed(1)} s, ${frames} records`);
      say(`  peak ${(await readPeakRss(pid) / MIB).toFixed(0)} MiB${failures.length > 0 ? `, ${failures}` : ""}`);
      if (same !== undefined && another !== undefined) {
        say(`  same caller: ${shapeOf(same)}; another caller: ${shapeOf(another)}`);
      }
    }
  }
} finally {
  await Deno.remove(parent, { recursive: true });
}
