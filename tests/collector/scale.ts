/**
 * How long the collector takes for a large cluster, and how much of the machine: run by hand,
 * `deno task bench-collector`.
 *
 * An API server of 100,000 pods of 4.5 KB and 20,000 ReplicaSets, over TLS, and a reducer, both made up and processes
 * of their own or of this one; the collector is started from its bundle with the flags of its Deployment. Told are the
 * time until the reducer knows every pod, the resident memory when all is quiet and its peak, and the share of a core
 * at 1,000 changes a second. Fails when one of them is beyond its limit.
 *
 * @module
 */
import { issue, makeAuthority } from "../fakes/certificates.ts";
import { startFakeReducer } from "../fakes/fake_reducer.ts";
import { PROGRAMS } from "../../tools/compile/programs.ts";
import { bundleAgent, engineFlags, MALLOC } from "../support/agent_bundle.ts";
import { podJson } from "./_scale_objects.ts";

const PODS = Number(Deno.args[0] ?? 100_000);
const EVENTS_PER_SECOND = 1_000;
const STEADY_MS = Number(Deno.env.get("SCALE_STEADY_MS") ?? 30_000);
const SETTLE_MS = Number(Deno.env.get("SCALE_SETTLE_MS") ?? 15_000);
const LIMITS = { syncSeconds: 15, settledMiB: 200, peakMiB: 280, corePercent: 20 };
/** As the image for the collector is built. */
const V8_FLAGS = Deno.env.get("SCALE_V8_FLAGS") ?? PROGRAMS.collector.v8Flags.join();
/** As in deploy/collector/deployment.yaml: without it the C library keeps some 60 MiB of what it was given back. */

const encoder = new TextEncoder();

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

/** Resident memory now, and its highest so far, in MiB. */
async function memoryOf(pid: number): Promise<{ readonly rss: number; readonly peak: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const mib = (key: string): number => Number(status.match(new RegExp(`${key}:\\s+(\\d+)`))?.[1]) / 1_024;
  return { rss: mib("VmRSS"), peak: mib("VmHWM") };
}

/** Seconds of processor time so far. */
async function processorOf(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const dir = await Deno.makeTempDir({ prefix: "scale-" });
const authority = await makeAuthority("scale authority");
const leaf = await issue(authority, { names: ["127.0.0.1"], usages: ["server"] });
await Deno.writeTextFile(`${dir}/cert.pem`, leaf.certPem);
await Deno.writeTextFile(`${dir}/key.pem`, leaf.keyPem);
const server = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--quiet",
    new URL("_scale_server.ts", import.meta.url).pathname,
    `${dir}/cert.pem`,
    `${dir}/key.pem`,
    String(PODS),
    String(EVENTS_PER_SECOND),
  ],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const first = await server.stdout.getReader().read();
const port = new TextDecoder().decode(first.value).trim();
await Deno.writeTextFile(
  `${dir}/kubeconfig`,
  JSON.stringify({
    "current-context": "c",
    clusters: [{
      name: "c",
      cluster: {
        server: `https://127.0.0.1:${port}`,
        "certificate-authority-data": btoa(authority.certPem),
      },
    }],
    users: [{ name: "u", user: { token: "token" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  }),
);
let podsTold = 0;
let events = 0;
await using reducer = await startFakeReducer({
  onMessage: ({ name }) => {
    if (name === "pod_new_with_name") podsTold++;
    if (name === "pod_container") events++;
  },
});
await using bundle = await bundleAgent();
const startedAt = performance.now();
const collector = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--quiet",
    ...engineFlags(V8_FLAGS),
    bundle.collector,
    `--intake-host=127.0.0.1`,
    `--intake-port=${reducer.port}`,
  ],
  env: { ...MALLOC, KUBECONFIG: `${dir}/kubeconfig`, RUST_LOG: "warn" },
  stdout: "inherit",
  stderr: "inherit",
}).spawn();
function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended.
  }
}

let failed = false;
function judge(what: string, value: number, limit: number, unit: string): void {
  const ok = value <= limit;
  if (!ok) failed = true;
  say(`${what.padEnd(34)} ${value.toFixed(1).padStart(7)} ${unit.padEnd(4)} ${ok ? "≤" : "> !!"} ${limit}`);
}
try {
  say(`${PODS} pods of ${podJson(1, 1).length} bytes, ${PODS / 5} ReplicaSets, V8 ${V8_FLAGS}`);
  const died = collector.status.then(({ code }) => Promise.reject(new Error(`the collector ended with code ${code}`)));
  died.catch(() => {});
  await Promise.race([died, reducer.until(() => podsTold >= PODS, { deadlineMs: 600_000 })]);
  judge("until the reducer knows all pods", (performance.now() - startedAt) / 1_000, LIMITS.syncSeconds, "s");
  say(`${"processor time until then".padEnd(34)} ${(await processorOf(collector.pid)).toFixed(1).padStart(7)} s`);
  say(`${"bytes to the reducer".padEnd(34)} ${(reducer.bytes / 1e6).toFixed(1).padStart(7)} MB`);
  const atSync = await memoryOf(collector.pid);
  say(`${"RSS then".padEnd(34)} ${atSync.rss.toFixed(1).padStart(7)} MiB`);
  await sleep(SETTLE_MS);
  judge("RSS settled", (await memoryOf(collector.pid)).rss, LIMITS.settledMiB, "MiB");
  const stdin = server.stdin.getWriter();
  await stdin.write(encoder.encode("."));
  await sleep(2_000);
  const [processorBefore, eventsBefore, before] = [await processorOf(collector.pid), events, performance.now()];
  await sleep(STEADY_MS);
  const seconds = (performance.now() - before) / 1_000;
  const used = await processorOf(collector.pid) - processorBefore;
  say(`${"changes that came through".padEnd(34)} ${((events - eventsBefore) / 2 / seconds).toFixed(0).padStart(7)} /s`);
  judge("share of a core", 100 * used / seconds, LIMITS.corePercent, "%");
  const atEnd = await memoryOf(collector.pid);
  judge("RSS after half a minute of changes", atEnd.rss, LIMITS.settledMiB, "MiB");
  judge("RSS at its peak", atEnd.peak, LIMITS.peakMiB, "MiB");
  podsTold = 0;
  const [listedAt, processorAtList] = [performance.now(), await processorOf(collector.pid)];
  await stdin.write(encoder.encode("."));
  await Promise.race([died, reducer.until(() => podsTold >= PODS, { deadlineMs: 600_000 })]);
  judge("until all pods are listed anew", (performance.now() - listedAt) / 1_000, LIMITS.syncSeconds, "s");
  const listing = await processorOf(collector.pid) - processorAtList;
  say(`${"processor time until then".padEnd(34)} ${listing.toFixed(1).padStart(7)} s`);
  judge("RSS at its peak, with that", (await memoryOf(collector.pid)).peak, LIMITS.peakMiB, "MiB");
} finally {
  kill(collector);
  kill(server);
  await Promise.all([collector.status, server.status]);
  await Deno.remove(dir, { recursive: true });
}
if (failed) Deno.exit(1);
Deno.exit(0);
