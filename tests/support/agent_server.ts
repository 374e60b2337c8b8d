/**
 * The agent's server with services of a test's own, in the test's process, and clients for it.
 *
 * @module
 */

import { status as code } from "@grpc/grpc-js";
import type { Leaf } from "../fakes/certificates.ts";
import type { ConnectionCut } from "../../src/rpc/transport/client_connection.ts";
import { DEFAULT_TRANSPORT_LIMITS, type TransportLimits } from "../../src/rpc/transport/transport_limits.ts";
import type { Refusal } from "../../src/rpc/transport/refusal.ts";
import type { Clock } from "../../src/rpc/transport/clock.ts";
import type { AgentCredentials } from "../../src/rpc/transport/credentials.ts";
import type { AgentCall, CallFailure } from "../../src/rpc/agent_call.ts";
import type { CallEnd } from "../../src/rpc/call_ending.ts";
import { type AgentServer, createAgentServer } from "../../src/rpc/server.ts";
import type { AgentService } from "../../src/rpc/service.ts";
import type { RefusedStream } from "../../src/rpc/transport/refused_stream.ts";
import type { TlsFailure } from "../../src/rpc/transport/tls_failure.ts";
import { type CertificateFiles, makeCertificateFiles } from "./certificate_files.ts";
import { connect, type GrpcClient } from "./grpc_client.ts";
import { readServerCredentials } from "./server_credentials.ts";

/** A server that runs. */
export interface RunningServer extends AsyncDisposable {
  /** The server. */
  readonly server: AgentServer;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What it shows, and whom it lets in. */
  readonly credentials: AgentCredentials;
  /** Its certificates, and the authority that clients' certificates come from. */
  readonly certificates: CertificateFiles;
  /** The defects that it has reported, in order. */
  readonly reports: readonly { readonly error: unknown; readonly method: string }[];
  /** All failed calls that it has reported, in order. */
  readonly failures: readonly CallFailure[];
  /** The calls that have begun, and those that have ended, in order, as an observer is told. */
  readonly calls: {
    readonly begun: readonly AgentCall<unknown>[];
    readonly ended: readonly (CallEnd & { readonly call: AgentCall<unknown> })[];
  };
  /** All handshakes that have failed, in order. */
  readonly tlsFailures: readonly TlsFailure[];
  /** The calls that reached no handler, in order. */
  readonly refused: readonly RefusedStream[];
  /** The connections that it has cut off, in order. */
  readonly cuts: readonly ConnectionCut[];
  /** What it has refused because of a limit of connections, in order. */
  readonly refusals: readonly Refusal[];
  /** Makes a client; with the certificate of `test-client` unless another one, or null for none, is given. */
  client(leaf?: Leaf | null): GrpcClient;
}

/** How to run it. */
export interface RunOptions {
  /** @default "require" */
  readonly clientAuth?: "require" | "none" | undefined;
  /** Tells the time of connections. @default processClock */
  readonly clock?: Clock | undefined;
  /** What connections may do. @default {DEFAULT_TRANSPORT_LIMITS} */
  readonly limits?: Partial<TransportLimits> | undefined;
}

/** Starts a server. */
export async function runServer(
  services: readonly AgentService[],
  { clientAuth = "require", clock, limits }: RunOptions = {},
): Promise<RunningServer> {
  const certificates = await makeCertificateFiles();
  const credentials = await readServerCredentials({ ...certificates, clientAuth });
  const reports: { error: unknown; method: string }[] = [];
  const failures: CallFailure[] = [];
  const calls = { begun: [] as AgentCall<unknown>[], ended: [] as (CallEnd & { call: AgentCall<unknown> })[] };
  const tlsFailures: TlsFailure[] = [];
  const refused: RefusedStream[] = [];
  const cuts: ConnectionCut[] = [];
  const refusals: Refusal[] = [];
  const server = createAgentServer({
    credentials,
    onRefused: (call) => refused.push(call),
    onCut: (cut) => cuts.push(cut),
    onLimit: (refusal) => refusals.push(refusal),
    limits: { ...DEFAULT_TRANSPORT_LIMITS, ...limits },
    clock,
    services,
    report: (failure) => {
      failures.push(failure);
      const { error, status, method } = failure;
      if (status.code === code.INTERNAL) reports.push({ error, method });
    },
    observers: [{
      begin: (call) => calls.begun.push(call),
      end: (call, end) => calls.ended.push({ call, ...end }),
    }],
    onTlsFailure: (failure) => tlsFailures.push(failure),
  });
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  const clients: GrpcClient[] = [];
  return {
    server,
    port,
    credentials,
    certificates,
    reports,
    failures,
    calls,
    tlsFailures,
    refused,
    cuts,
    refusals,
    client: (leaf = certificates.client) => {
      const client = connect({ port, ca: certificates.authority.certPem, leaf: leaf ?? undefined });
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client[Symbol.dispose]();
      await server.stop();
      await certificates[Symbol.asyncDispose]();
    },
  };
}
