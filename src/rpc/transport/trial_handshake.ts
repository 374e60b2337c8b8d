/**
 * A TLS handshake within the process, as a trial of what a server is to show.
 *
 * Whether a certificate can be served is known only to the TLS stack, and it says so to the first client: a key on a
 * curve that it does not speak, or authorities whose names are too long for one message. So it is asked before any
 * client is.
 *
 * @module
 */

import { Duplex } from "node:stream";
import { setImmediate, setTimeout } from "node:timers";
import { connect, createSecureContext, type SecureContextOptions, TLSSocket } from "node:tls";

/** A handshake in memory takes a few milliseconds. */
const DEADLINE_MS = 10_000;

/** How a trial is made. */
export interface TrialOptions {
  /** Whether clients are asked for a certificate. */
  readonly requestCert: boolean;
}

/** Resolves when a client has got the server's part of a handshake; rejects with the reason of the TLS stack. */
export async function tryHandshake(options: SecureContextOptions, { requestCert }: TrialOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error): void => reject(error);
  // Not at once: the client may be done, and the server fails for want of its certificate.
  const failed = (error: Error): void => void setImmediate(() => reject(error));
  const closed = (): void => failed(new Error("the handshake ended early"));
  const timer = setTimeout(() => reject(new Error(`no handshake within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  const [left, right] = pipe();
  try {
    using ends = new DisposableStack();
    const server = new TLSSocket(left, {
      isServer: true,
      secureContext: createSecureContext(options),
      requestCert,
      rejectUnauthorized: true,
    });
    ends.defer(() => server.destroy());
    server.on("error", failed).on("close", closed);
    // Whether the client would believe the server is not the question. Named authorities save loading all public ones.
    const client = connect({
      socket: right,
      servername: "localhost",
      rejectUnauthorized: false,
      ca: toText(options.cert),
      // There a client is done before the server has judged its certificate.
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
    });
    ends.defer(() => client.destroy());
    client.on("secureConnect", resolve).on("error", fail).on("close", closed);
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** The two ends of a connection. What one writes comes to the other in a later tick, so neither is called amid work. */
function pipe(): readonly [Duplex, Duplex] {
  const end = (other: () => Duplex): Duplex => {
    const deliver = (chunk: Uint8Array | null, done: () => void): void => {
      setImmediate(() => {
        if (!other().destroyed) other().push(chunk);
        done();
      });
    };
    return new Duplex({
      read: () => {},
      write: (chunk, _, done) => deliver(chunk, done),
      final: (done) => deliver(null, done),
    });
  };
  const left: Duplex = end(() => right);
  const right: Duplex = end(() => left);
  return [left, right];
}

function toText(cert: SecureContextOptions["cert"]): string {
  return [cert ?? ""].flat().join("\n");
}
