/**
 * Connections that resume an earlier TLS session, and whether their clients still hold.
 *
 * A resumed session shows no certificate: the TLS stack takes the client for whom it was at the first handshake. Deno
 * keeps sessions of the whole process, whatever context they began in, and no option ends them. So an authority that
 * has been taken away would let its clients in for another day. Here a resumed session counts only where its
 * certificate has not expired and, once an authority has been taken away, has passed a whole handshake since then. The
 * client of a session that does not count makes a whole handshake the next time: a session can be used once. A
 * handshake that began before an authority was taken away does not count either.
 *
 * @module
 */

import type { PeerCertificate } from "node:tls";

/** Certificates that are remembered. Beyond that the oldest is forgotten, and its client makes a whole handshake. */
const MAX_CERTIFICATES = 1_000;

/** The part of a TLS connection that tells of its session. */
export interface SessionSocket {
  /** Whether it resumes an earlier session. */
  isSessionReused(): boolean;
  /** The certificate of the peer. */
  getPeerCertificate(): Partial<PeerCertificate> | null;
}

/** What is known beside the socket. */
export interface AcceptOptions {
  /** The TCP connection below it. */
  readonly tcp: object | undefined;
  /** Milliseconds since 1970. @default {Date.now()} */
  readonly nowMs?: number;
}

/** The sessions of one server. */
export class ResumedSessions {
  /** How often an authority has been taken away. */
  #removals = 0;
  /** That number when each connection began. */
  readonly #begun = new WeakMap<object, number>();
  /** Certificates that have passed a whole handshake since an authority was taken away. */
  #verified = new Set<string>();

  /** To be called when an authority has been taken away. */
  authorityRemoved(): void {
    this.#removals++;
    this.#verified = new Set();
  }

  /** Takes each TCP connection before its handshake. */
  begin(tcp: object): void {
    this.#begun.set(tcp, this.#removals);
  }

  /** Reports whether a connection whose handshake is over may go on; `tcp` is the one below it. */
  accepts(socket: SessionSocket, { tcp, nowMs = Date.now() }: AcceptOptions): boolean {
    const isReused = socket.isSessionReused();
    if (this.#removals === 0 && !isReused) return true;
    const isOld = this.#removals !== (tcp === undefined ? undefined : this.#begun.get(tcp));
    if (isOld) return false;
    const { raw, fingerprint256, valid_to: validTo } = socket.getPeerCertificate() ?? {};
    if (raw === undefined || fingerprint256 === undefined || validTo === undefined) return false;
    if (!isReused) {
      this.#remember(fingerprint256);
      return true;
    }
    return nowMs <= Date.parse(validTo) && (this.#removals === 0 || this.#verified.has(fingerprint256));
  }

  #remember(fingerprint: string): void {
    this.#verified.delete(fingerprint);
    this.#verified.add(fingerprint);
    const [oldest] = this.#verified;
    if (this.#verified.size > MAX_CERTIFICATES && oldest !== undefined) this.#verified.delete(oldest);
  }
}
