/**
 * How much memory the agent takes while nobody asks for anything: its bundle beside a Deno process that does nothing.
 *
 *     deno run -A tests/idle_memory.ts
 *
 * Measured from outside, as the resident set of the process that the kernel tells (Linux), a few seconds after the
 * agent has come to listen, with a kubeconfig – a pod needs some 3 MB less. Prints a table; ends with exit code 1 where
 * the agent takes more than it may. It is not a test because it waits, and because it wants a machine that has memory
 * to spare.
 *
 * @module
 */

import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { startAgent } from "./support/agent_process.ts";
import { bundleAgent, declared, engineFlags, permissionFlags } from "./support/agent_bundle.ts";
import { makeCertificateFiles } from "./support/certificate_files.ts";

/** What the agent may take beyond a bare process, by the flags that it is started with. */
const LIMITS_MB: readonly (readonly [flags: readonly string[], mostMb: number])[] = [
  [[], 50],
  [engineFlags(), 40],
];

const SETTLE_MS = 3_000;
const MAX_LOOKS = 10;

async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kilobytes === undefined) throw new TypeError(`Cannot read the resident set of process ${pid}`);
  return Number(kilobytes) / 1024;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

async function bareMb(): Promise<number> {
  const program = "setInterval(() => {}, 1e6); console.log()";
  await using process = new Deno.Command(Deno.execPath(), { args: ["eval", program], stdout: "piped" }).spawn();
  const reader = process.stdout.getReader();
  await reader.read();
  await settled();
  const resident = await residentMb(process.pid);
  process.kill();
  await reader.cancel();
  return resident;
}

async function agentMb(flags: readonly string[], { enoughMb }: { readonly enoughMb: number }): Promise<number> {
  await using bundle = await bundleAgent();
  await using certificates = await makeCertificateFiles();
  await using reviews = await startAccessReviews({ decide: () => false });
  const { certFile, keyFile, caFile, folder } = certificates;
  const set = { ...declared, read: [...declared.read, folder] };
  await using agent = await startAgent({
    dir: folder,
    settings: { tls: { "cert-file": certFile, "key-file": keyFile, "ca-file": caFile, "allowed-names": ["nobody"] } },
    kubeconfig: reviews.kubeconfig,
    command: [Deno.execPath(), "run", ...flags, ...permissionFlags(set), bundle.file],
  });
  // Garbage of the start may be collected late: it has to have gone some time, so the least of several looks counts.
  let least = Infinity;
  for (let look = 0; look < MAX_LOOKS && least > enoughMb; look++) {
    await settled();
    least = Math.min(least, await residentMb(agent.pid));
  }
  return least;
}

function print(cells: readonly string[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`| ${cells.join(" | ")} |\n`));
}

const bare = await bareMb();
print(["idle", "RSS", "above bare Deno", "at most"]);
print(["---", "---", "---", "---"]);
print(["Deno, doing nothing", `${bare.toFixed(0)} MB`, "", ""]);
for (const [flags, mostMb] of LIMITS_MB) {
  const resident = await agentMb(flags, { enoughMb: bare + mostMb });
  const above = resident - bare;
  const name = ["the agent", ...flags].join(" ");
  print([name, `${resident.toFixed(0)} MB`, `${above.toFixed(0)} MB`, `${mostMb} MB`]);
  if (above > mostMb) Deno.exitCode = 1;
}
