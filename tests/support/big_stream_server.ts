/**
 * A server as a process of its own, whose `StreamForward` sends many megabytes: `deno run -A big_stream_server.ts`.
 *
 * Writes one line of JSON, a {@linkcode BigStreamServer}, when it listens; ends when its standard input ends.
 *
 * @module
 */

import type { Leaf } from "../fakes/certificates.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { runServer } from "./agent_server.ts";
import { framedStreaming, record } from "./test_services.ts";

/** How to reach the server. */
export interface BigStreamServer {
  /** Its port on this machine. */
  readonly port: number;
  /** Who has signed its certificate. */
  readonly ca: string;
  /** A certificate to show. */
  readonly leaf: Leaf;
}

/** How many batches make a stream. */
const batchCount = 64;

/** How many records make a batch. */
const recordsPerBatch = 500;

/** How many records a stream has: 128 bytes each. */
export const recordCount = batchCount * recordsPerBatch;

if (import.meta.main) {
  const message = services.logRecords.StreamForward.responseSerialize(record("x".repeat(119)));
  const frame = [0, 0, 0, 0, message.byteLength, ...message];
  const batch = Uint8Array.from(Array.from({ length: recordsPerBatch }, () => frame).flat());
  await using running = await runServer([framedStreaming(async ({ send }) => {
    for (let sent = 0; sent < batchCount; sent++) await send(batch);
  })]);
  const { authority, client } = running.certificates;
  const line: BigStreamServer = { port: running.port, ca: authority.certPem, leaf: client };
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  for await (const _ of Deno.stdin.readable);
}
