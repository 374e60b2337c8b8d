/**
 * How many connections there may be: in all, and of one address.
 *
 * One that comes too many is refused before anything is done for it, unless another one makes place. Only a connection
 * without an open stream ever does:
 *
 * - At the limit in all, a new connection of an address that has none, or fewer connections than the largest one will
 *   have after, takes the place of a connection of the largest, at once: the one that has been idle for longest, which
 *   may still be in its handshake. So who fills the limit from a few addresses keeps nobody out, and these do not take
 *   from each other, a handshake each time.
 * - At either limit, a connection that has been idle for ten seconds makes place. At the limit of an address this is
 *   the only way. All connections there are of one party: at once, each new one would end another that is about to
 *   call, and a client that connects in a loop would cost a handshake each time.
 *
 * A connection that stays without a call for long is closed in any case. What is done for a new connection does not
 * grow with the number of those that are open, see `peer_sizes.ts`.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { createPeerSizes, type PeerSizes } from "./peer_sizes.ts";
import { FIXED_LIMITS, type TransportLimits } from "./transport_limits.ts";

/** What slots work with. */
export interface ConnectionSlotsOptions {
  /** How many there may be, and for how long without a call. */
  readonly limits: Pick<TransportLimits, "maxConnections" | "maxConnectionsPerPeer" | "connectionIdleMs">;
  /** Tells the time. */
  readonly clock: Clock;
}

/** Why a connection is ended for another one: it was idle for long, or another address has fewer connections. */
export type EvictionReason = "long idle" | "largest address";

/** Ends a connection, which has no open stream; called once at most. */
export type EndConnection = (reason: EvictionReason) => void;

/** The place of one connection. */
export interface ConnectionSlot {
  /** HTTP/2 has begun. From now on it is ended by `end`. */
  ready(end: EndConnection): void;
  /** A stream begins. */
  beginStream(): void;
  /** A stream is over. */
  endStream(): void;
  /** The connection is gone. */
  release(): void;
}

/** The limit that keeps a connection out. */
export type SlotLimit = "connections" | "connections_per_peer";

/** The places of a server. */
export interface ConnectionSlots {
  /**
   * Takes a place for a connection from an address, or tells which limit is reached. `end` ends it before HTTP/2 has
   * begun.
   */
  take(address: string, end: EndConnection): ConnectionSlot | SlotLimit;
}

/** The connections of one address. */
interface Peer {
  open: number;
  /** Those before HTTP/2, in the order in which they came. */
  readonly beginning: Set<Slot>;
  /** Those without a stream, in the order in which they became so. */
  readonly idle: Set<Slot>;
}

/** All places, free at first. */
export function createConnectionSlots({ limits, clock }: ConnectionSlotsOptions): ConnectionSlots {
  const peers = new Map<string, Peer>();
  const idle = new Set<Slot>();
  /** Those of which a connection may make place at once. */
  const sizes = createPeerSizes<Peer>();
  let open = 0;
  let timer: Disposable | undefined;

  function take(address: string, end: EndConnection): ConnectionSlot | SlotLimit {
    let peer = peers.get(address);
    if (peer !== undefined && peer.open >= limits.maxConnectionsPerPeer && !replaceOldest(peer.idle)) {
      return "connections_per_peer";
    }
    if (open >= limits.maxConnections && !replaceOfLargest(peer?.open ?? 0) && !replaceOldest(idle)) {
      return "connections";
    }
    // Replacing may have removed the address.
    peer = peers.get(address);
    if (peer === undefined) peers.set(address, peer = { open: 0, beginning: new Set(), idle: new Set() });
    open++;
    peer.open++;
    return new Slot({ peer, clock, idle, sizes, end, onIdle: sweepLater, onRelease: () => release(address) });
  }

  function release(address: string): void {
    open--;
    const peer = peers.get(address);
    if (peer !== undefined && --peer.open === 0) peers.delete(address);
    if (open > 0) return;
    timer?.[Symbol.dispose]();
    timer = undefined;
  }

  /**
   * Ends a connection of the address that has most, of those where one may be ended, for one of an
   * address that has `own`.
   */
  function replaceOfLargest(own: number): boolean {
    const largest = sizes.largest();
    if (largest === undefined || own > 0 && largest.open <= own + 1) return false;
    const [idlest] = largest.idle;
    const [slowest] = largest.beginning;
    if (idlest === undefined || slowest !== undefined && slowest.idleSince < idlest.idleSince) {
      slowest?.close("largest address");
    } else idlest.close("largest address");
    return true;
  }

  /** Ends the connection that has been without a stream for the longest time, if that is long. */
  function replaceOldest(set: ReadonlySet<Slot>): boolean {
    const [oldest] = set;
    if (oldest === undefined || clock.now() - oldest.idleSince < FIXED_LIMITS.replaceAfterMs.value) return false;
    oldest.close("long idle");
    return true;
  }

  function sweepLater(): void {
    const [oldest] = idle;
    if (timer !== undefined || oldest === undefined || limits.connectionIdleMs === 0) return;
    const leftMs = oldest.idleSince + limits.connectionIdleMs - clock.now();
    timer = clock.later(sweep, Math.max(leftMs, MIN_SWEEP_MS));
  }

  function sweep(): void {
    timer = undefined;
    for (const slot of idle) {
      if (clock.now() - slot.idleSince < limits.connectionIdleMs) break;
      slot.close("long idle");
    }
    sweepLater();
  }

  return { take };
}

/** Idle connections are looked at no more often than this. */
const MIN_SWEEP_MS = 1_000;

interface SlotParts {
  readonly peer: Peer;
  readonly clock: Clock;
  readonly idle: Set<Slot>;
  readonly sizes: PeerSizes<Peer>;
  readonly end: EndConnection;
  readonly onIdle: () => void;
  readonly onRelease: () => void;
}

class Slot implements ConnectionSlot {
  /** When the last stream ended, HTTP/2 began, or the connection came. */
  idleSince: number;
  readonly #parts: SlotParts;
  #end: EndConnection;
  #streams = 0;
  #isReady = false;
  #isReleased = false;

  constructor(parts: SlotParts) {
    this.#parts = parts;
    this.#end = parts.end;
    this.idleSince = parts.clock.now();
    parts.peer.beginning.add(this);
    this.#rank();
  }

  ready(end: EndConnection): void {
    if (this.#isReleased) return;
    this.#end = end;
    this.#isReady = true;
    if (this.#streams === 0) this.#becomeIdle();
  }

  beginStream(): void {
    if (this.#streams++ === 0) this.#endIdle();
  }

  endStream(): void {
    if (--this.#streams === 0 && this.#isReady && !this.#isReleased) this.#becomeIdle();
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#parts.onRelease();
    this.#endIdle();
  }

  /** Ends the connection; its place is free at once. */
  close(reason: EvictionReason): void {
    this.release();
    this.#end(reason);
  }

  #becomeIdle(): void {
    const { clock, idle, peer, onIdle } = this.#parts;
    this.idleSince = clock.now();
    idle.add(this);
    peer.idle.add(this);
    peer.beginning.delete(this);
    this.#rank();
    onIdle();
  }

  #endIdle(): void {
    const { idle, peer } = this.#parts;
    idle.delete(this);
    peer.idle.delete(this);
    peer.beginning.delete(this);
    this.#rank();
  }

  /** Has the address found by its size, if one of its connections may make place. */
  #rank(): void {
    const { peer, sizes } = this.#parts;
    sizes.set(peer, peer.idle.size + peer.beginning.size === 0 ? 0 : peer.open);
  }
}

/** What is said of a connection that is kept out. */
export function slotReason(limit: SlotLimit, { maxConnections, maxConnectionsPerPeer }: TransportLimits): string {
  return limit === "connections"
    ? `${maxConnections} connections are open, more are not allowed (limits.connections)`
    : `${maxConnectionsPerPeer} connections of this address are open, more are not allowed (limits.connections-per-peer)`;
}
