/**
 * How long an agent takes from the start of its process to its first answer SERVING, by turns with the original's:
 *
 *     deno task bench-start [--runs N] [--bundle FILE]… [--v8-flags FLAGS] [--no-peer]
 *
 * Each start is a process of its own under the image's flags and permissions, with mutual TLS and a stand-in for the
 * API server. The files are in the page cache, as after a pull. Told is the processor time as well, of which a busy
 * machine takes the same. A compiled program reads its modules from its own file and not from the disk; for the rest it
 * is what is measured here. Ends with exit code 1 where the median of this source's agent is above its bar.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { services } from "../../src/rpc/descriptor.ts";
import { startAccessReviews } from "../fakes/fake_access_reviews.ts";
import { bundleAgent, engineFlags, imageCommand, mainOf, MALLOC, V8_FLAGS } from "../support/agent_bundle.ts";
import { type CertificateFiles, makeCertificateFiles } from "../support/certificate_files.ts";
import { connect } from "../support/grpc_client.ts";
import { findPeer } from "./agents.ts";
import { readCpuMs } from "./process_usage.ts";
import { median, quantile } from "./statistics.ts";

/** From the start of the process to SERVING. */
const BAR_MS = 400;
/** How often a port is tried that nobody listens on yet: small beside what is measured, and few wakes on two cores. */
const TRY_MS = 4;
const DEADLINE_MS = 30_000;

const { values } = parseArgs({
  args: Deno.args,
  allowNegative: true,
  options: {
    runs: { type: "string", default: "15" },
    bundle: { type: "string", multiple: true, default: [] },
    "v8-flags": { type: "string", default: V8_FLAGS },
    peer: { type: "boolean", default: true },
  },
});

/** An agent to start, and how long its starts took. */
interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  readonly listeningMs: number[];
  readonly servingMs: number[];
  readonly processorMs: number[];
}

/** Where an agent finds what it needs. */
interface Place {
  readonly dir: string;
  readonly certificates: CertificateFiles;
}

function contestant(name: string, command: readonly string[]): Contestant {
  return { name, command, listeningMs: [], servingMs: [], processorMs: [] };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilListening(port: number, deadline: number): Promise<void> {
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      if (performance.now() > deadline) throw new Error("The agent does not listen", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, TRY_MS));
    }
  }
}

/** Starts the agent once, and ends it. */
async function measure(one: Contestant, { dir, certificates }: Place): Promise<void> {
  const port = freePort();
  const [program = "", ...args] = one.command;
  const startedAt = performance.now();
  await using child = new Deno.Command(program, {
    args: [...args, `--config=${dir}/agent.json`, `--addr=127.0.0.1:${port}`],
    env: { KUBECONFIG: `${dir}/kubeconfig`, NODE_NAME: "node-1", ...MALLOC },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilListening(port, startedAt + DEADLINE_MS);
  one.listeningMs.push(performance.now() - startedAt);
  using client = connect({ port, ca: certificates.authority.certPem, leaf: certificates.client });
  const { response, code } = await client.unary(services.health.Check, { service: "" });
  if (response?.status !== "SERVING") throw new Error(`The agent does not serve: ${code} ${response?.status ?? ""}`);
  one.servingMs.push(performance.now() - startedAt);
  one.processorMs.push(await readCpuMs(child.pid));
  child.kill("SIGKILL");
}

function print(cells: readonly string[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`| ${cells.join(" | ")} |\n`));
}

const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new TypeError(`Cannot start so often: "${values.runs}"`);
await using bundle = await bundleAgent();
await using certificates = await makeCertificateFiles();
await using reviews = await startAccessReviews({ decide: () => true });
const { folder: dir, certFile, keyFile, caFile } = certificates;
await Deno.writeTextFile(`${dir}/kubeconfig`, reviews.kubeconfig);
await Deno.mkdir(`${dir}/logs`);
const tls = { "cert-file": certFile, "key-file": keyFile, "ca-file": caFile, "allowed-names": ["test-client"] };
await Deno.writeTextFile(
  `${dir}/agent.json`,
  JSON.stringify({ "container-logs-dir": `${dir}/logs`, "log-roots": [dir], tls }),
);

const flags = engineFlags(values["v8-flags"]);
const ours = contestant("this source", imageCommand(bundle.file, [dir], flags));
const others = values.bundle.map((it) => contestant(it, imageCommand(mainOf(it), [dir], flags)));
const peer = values.peer ? await findPeer() : undefined;
const contestants = [ours, ...others, ...(peer === undefined ? [] : [contestant("the original", [peer])])];
const place = { dir, certificates };
// The first start of each fills the page cache.
for (const one of contestants) await measure(one, place);
for (const one of contestants) one.listeningMs.length = one.servingMs.length = one.processorMs.length = 0;
for (let run = 0; run < runs; run++) for (const one of contestants) await measure(one, place);

print(["agent", "listens, p50 ms", "SERVING, least", "p50", "p90", "most", "processor, p50"]);
print(Array<string>(7).fill("---"));
for (const { name, listeningMs, servingMs, processorMs } of contestants) {
  const figures = [median(listeningMs), Math.min(...servingMs), median(servingMs), quantile(servingMs, 0.9)];
  print([name, ...[...figures, Math.max(...servingMs), median(processorMs)].map((ms) => ms.toFixed(0))]);
}
if (median(ours.servingMs) > BAR_MS) {
  print([`above the bar of ${BAR_MS} ms`]);
  Deno.exitCode = 1;
}
