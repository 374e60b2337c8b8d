/**
 * A connection from the moment in which it is accepted until HTTP/2 has begun on it: whether there is a place for it,
 * and how long it may take.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ConnectionCut, EVICTED, tcpConnection } from "./client_connection.ts";
import type { Clock } from "./clock.ts";
import { type ConnectionSlot, createConnectionSlots, slotReason } from "./connection_slots.ts";
import type { OnLimit } from "./refusal.ts";
import type { TlsFailure } from "./tls_failure.ts";
import type { TransportLimits } from "./transport_limits.ts";

/** After so long a silence the kernel asks whether a peer is there. */
const TCP_SILENCE_MS = 60_000;
const keepsAlive = true;

/** What an admission works with. */
export interface ConnectionAdmissionOptions {
  /** What is allowed. */
  readonly limits: TransportLimits;
  /** Takes each connection that is refused. */
  readonly onLimit: OnLimit;
  /** Takes each connection that takes too long. */
  readonly onFailure: (failure: TlsFailure) => void;
  /** Takes each connection that makes place for one of another address before HTTP/2 has begun. */
  readonly onCut: (cut: ConnectionCut) => void;
  /** Tells the time. */
  readonly clock: Clock;
}

/** A connection that has been let in. */
export interface AdmittedConnection {
  /** Its place. */
  readonly slot: ConnectionSlot;
  /** To be called when HTTP/2 has begun. */
  onBegin(): void;
}

/** The connections of a server. */
export interface ConnectionAdmission {
  /** How many are open. */
  size(): number;
  /** Lets a connection in, and returns true; or ends it. */
  admit(socket: Socket): boolean;
  /** Takes note of the end of a TLS handshake; undefined for a connection that was not let in here. */
  secure(socket: TLSSocket): AdmittedConnection | undefined;
  /** Reports whether a connection was ended here, which has been told: its handshake fails after that. */
  hasEnded(socket: TLSSocket): boolean;
  /** Ends all of them. */
  cutAll(): void;
}

/** No connections at first. */
export function createConnectionAdmission(options: ConnectionAdmissionOptions): ConnectionAdmission {
  const { limits, onLimit, onFailure, onCut, clock } = options;
  const slots = createConnectionSlots({ limits, clock });
  const open = new Set<Socket>();
  const ended = new WeakSet<Socket>();
  const beginning = new WeakMap<Socket, AdmittedConnection & { hasTls: boolean }>();

  function admit(socket: Socket): boolean {
    const { remoteAddress: address } = socket;
    const peer = { hasCertificate: false, commonName: undefined, ...(address === undefined ? {} : { address }) };
    const slot = slots.take(address ?? "", () => {
      onCut({ cause: EVICTED, limit: "connections", peer });
      end(socket);
    });
    if (typeof slot === "string") {
      onLimit({ limit: slot, peer, reason: slotReason(slot, limits) });
      socket.on("error", () => {});
      socket.destroy();
      return false;
    }
    open.add(socket);
    socket.setKeepAlive(keepsAlive, TCP_SILENCE_MS);
    const timer = clock.later(() => {
      onFailure(tooSlow(admitted, { address, limits }));
      end(socket);
    }, limits.handshakeMs);
    const admitted = { slot, hasTls: false, onBegin: () => timer[Symbol.dispose]() };
    beginning.set(socket, admitted);
    socket.once("close", () => {
      timer[Symbol.dispose]();
      slot.release();
      open.delete(socket);
    });
    return true;
  }

  function end(socket: Socket): void {
    ended.add(socket);
    socket.destroy();
  }

  function secure(socket: TLSSocket): AdmittedConnection | undefined {
    const tcp = tcpConnection(socket);
    const admitted = tcp && beginning.get(tcp);
    if (admitted !== undefined) admitted.hasTls = true;
    return admitted;
  }

  return {
    size: () => open.size,
    admit,
    secure,
    hasEnded: (socket) => {
      const tcp = tcpConnection(socket);
      return tcp !== undefined && ended.has(tcp);
    },
    cutAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

function tooSlow(
  { hasTls }: { readonly hasTls: boolean },
  { address, limits: { handshakeMs } }: { readonly address: string | undefined; readonly limits: TransportLimits },
): TlsFailure {
  return {
    message: hasTls ? "HTTP/2 connection failed" : "TLS handshake failed",
    address,
    reason: `no ${hasTls ? "HTTP/2 settings" : "TLS handshake"} within ${handshakeMs / 1_000} s`,
    limit: "handshake_time",
  };
}
