/**
 * A client of a bench that runs beside a test's server.
 *
 * @module
 */
import type { RunningServer } from "../support/agent_server.ts";
import { type BenchClient, bundleClient, startClient } from "./client_process.ts";

/** Bundles a client and runs it, with a certificate that the server takes; disposing of it removes its folder, too. */
export async function runBundledClient<Command extends { readonly kind: string }, Answer>(
  { certificates }: RunningServer,
  file: string,
): Promise<BenchClient<Command, Answer> & { readonly folder: string }> {
  const folder = await Deno.makeTempDir();
  const { authority, client } = certificates;
  const identity = { ca: authority.certPem, cert: client.certPem, key: client.keyPem, metadata: {} };
  const started = await startClient<Command, Answer>(await bundleClient(folder, file), identity);
  return {
    folder,
    ask: started.ask,
    [Symbol.asyncDispose]: async () => {
      await started[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
