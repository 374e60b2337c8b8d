/**
 * How many connections there may be: in all, and of one address.
 *
 * One that comes too many is refused before anything is done for it. A connection without a call makes place for a new
 * one, when it has been without for a while: who fills a limit by connections that do nothing keeps nobody out. One
 * that stays without a call for long is closed in any case.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { FIXED_LIMITS, type TransportLimits } from "./transport_limits.ts";

/** What slots work with. */
export interface ConnectionSlotsOptions {
  /** How many there may be, and for how long without a call. */
  readonly limits: Pick<TransportLimits, "maxConnections" | "maxConnectionsPerPeer" | "connectionIdleMs">;
  /** Tells the time. */
  readonly clock: Clock;
}

/** The place of one connection. */
export interface ConnectionSlot {
  /** HTTP/2 has begun. From now on `end` may be called, once, while no stream is open. */
  ready(end: () => void): void;
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
  /** Takes a place for a connection from an address, or tells which limit is reached. */
  take(address: string): ConnectionSlot | SlotLimit;
}

/** The connections of one address. */
interface Peer {
  open: number;
  /** Those without a stream, in the order in which they became so. */
  readonly idle: Set<Slot>;
}

/** All places, free at first. */
export function createConnectionSlots({ limits, clock }: ConnectionSlotsOptions): ConnectionSlots {
  const peers = new Map<string, Peer>();
  const idle = new Set<Slot>();
  let open = 0;
  let timer: Disposable | undefined;

  function take(address: string): ConnectionSlot | SlotLimit {
    let peer = peers.get(address);
    if (peer !== undefined && peer.open >= limits.maxConnectionsPerPeer && !replaceOldest(peer.idle)) {
      return "connections_per_peer";
    }
    if (open >= limits.maxConnections && !replaceOldest(idle)) return "connections";
    // Replacing may have removed the address.
    peer = peers.get(address);
    if (peer === undefined) peers.set(address, peer = { open: 0, idle: new Set() });
    open++;
    peer.open++;
    return new Slot({ peer, clock, idle, onIdle: sweepLater, onRelease: () => release(address) });
  }

  function release(address: string): void {
    open--;
    const peer = peers.get(address);
    if (peer !== undefined && --peer.open === 0) peers.delete(address);
    if (open > 0) return;
    timer?.[Symbol.dispose]();
    timer = undefined;
  }

  /** Ends the connection that has been without a stream for the longest time, if that is long. */
  function replaceOldest(set: ReadonlySet<Slot>): boolean {
    const [oldest] = set;
    if (oldest === undefined || clock.now() - oldest.idleSince < FIXED_LIMITS.replaceAfterMs.value) return false;
    oldest.close();
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
      slot.close();
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
  readonly onIdle: () => void;
  readonly onRelease: () => void;
}

class Slot implements ConnectionSlot {
  /** When the last stream ended, or HTTP/2 began. */
  idleSince = 0;
  readonly #parts: SlotParts;
  #end: (() => void) | undefined;
  #streams = 0;
  #isReleased = false;

  constructor(parts: SlotParts) {
    this.#parts = parts;
  }

  ready(end: () => void): void {
    if (this.#isReleased) return;
    this.#end = end;
    if (this.#streams === 0) this.#becomeIdle();
  }

  beginStream(): void {
    if (this.#streams++ === 0) this.#endIdle();
  }

  endStream(): void {
    if (--this.#streams === 0 && this.#end !== undefined) this.#becomeIdle();
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#end = undefined;
    this.#endIdle();
    this.#parts.onRelease();
  }

  /** Ends the connection; its place is free at once. */
  close(): void {
    const end = this.#end;
    this.release();
    end?.();
  }

  #becomeIdle(): void {
    this.idleSince = this.#parts.clock.now();
    this.#parts.idle.add(this);
    this.#parts.peer.idle.add(this);
    this.#parts.onIdle();
  }

  #endIdle(): void {
    this.#parts.idle.delete(this);
    this.#parts.peer.idle.delete(this);
  }
}

/** What is said of a connection that is kept out. */
export function slotReason(limit: SlotLimit, { maxConnections, maxConnectionsPerPeer }: TransportLimits): string {
  return limit === "connections"
    ? `${maxConnections} connections are open, more are not allowed (limits.connections)`
    : `${maxConnectionsPerPeer} connections of this address are open, more are not allowed (limits.connections-per-peer)`;
}
