/**
 * A program that swaps the certificate and authorities of a server, with a handshake after each, and prints what is
 * left of the earlier ones: how many are still held, and the memory of the process. Started with `--expose-gc`.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import { parseAuthorities, parseServerCertificate } from "../../src/rpc/transport/pem.ts";
import { issue, makeAuthority } from "../fakes/certificates.ts";
import { runServer } from "../support/agent_server.ts";
import { shakeHands } from "../support/tls_client.ts";

/** What the program prints. */
export interface TlsSwaps {
  /** Swaps that were made. */
  readonly swaps: number;
  /** Of all certificates and authorities that were in use, those that are still held. */
  readonly held: number;
  /** Memory of the process after a fifth of the swaps, in bytes. */
  readonly rssEarly: number;
  /** Memory of the process at the end, in bytes. */
  readonly rssLate: number;
}

const gc = (globalThis as unknown as { gc: () => void }).gc;

async function rssAfterGc(): Promise<number> {
  for (let tick = 0; tick < 5; tick++) {
    await setImmediate();
    gc();
  }
  return Deno.memoryUsage().rss;
}

async function swapMany(swaps: number): Promise<TlsSwaps> {
  await using running = await runServer([]);
  const { credentials, port, certificates } = running;
  const other = await makeAuthority("Other authority");
  const client = { cert: certificates.client.certPem, key: certificates.client.keyPem, ca: other.certPem };
  const used: WeakRef<object>[] = [];
  let rssEarly = 0;
  for (let swap = 0; swap < swaps; swap++) {
    const leaf = await issue(other, { commonName: `s${swap}`, names: ["localhost"], usages: ["server"] });
    const certificate = parseServerCertificate({ path: "c", text: leaf.certPem }, { path: "k", text: leaf.keyPem });
    // Some 70 KB, so that a leak would be seen in the memory of the process, too.
    const text = certificates.authority.certPem + other.certPem.repeat(swap % 2 === 0 ? 100 : 99);
    const authorities = parseAuthorities({ path: "a", text });
    used.push(new WeakRef(certificate), new WeakRef(authorities));
    await credentials.useCertificate(certificate);
    await credentials.useAuthorities(authorities);
    const { server } = await shakeHands(port, client);
    if (server !== `s${swap}`) throw new Error(`Cannot shake hands: shown ${server}`);
    if (swap === Math.floor(swaps / 5)) rssEarly = await rssAfterGc();
  }
  const rssLate = await rssAfterGc();
  return { swaps, held: used.filter((ref) => ref.deref() !== undefined).length, rssEarly, rssLate };
}

const answer = JSON.stringify(await swapMany(Number(Deno.args[0] ?? 100)));
await Deno.stdout.write(new TextEncoder().encode(answer));
