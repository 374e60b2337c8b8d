/**
 * How many connections there may be, in all and of one peer.
 *
 * @module
 */

/** The limits. */
export interface PeerLimitOptions {
  /** Of all peers. */
  readonly max: number;
  /** Of one. */
  readonly maxPerPeer: number;
}

/** Connections that were let in. */
export interface PeerLimit<Connection> {
  /** Those that are not released. */
  readonly admitted: Iterable<Connection>;
  /** Lets a connection in; reports whether there is room for it. */
  admit(connection: Connection, peer: string): boolean;
  /** Makes room. */
  release(connection: Connection): void;
}

/** No connections. */
export function createPeerLimit<Connection>({ max, maxPerPeer }: PeerLimitOptions): PeerLimit<Connection> {
  const peers = new Map<Connection, string>();
  const counts = new Map<string, number>();
  return {
    get admitted() {
      return [...peers.keys()];
    },
    admit: (connection, peer): boolean => {
      const count = counts.get(peer) ?? 0;
      if (peers.size >= max || count >= maxPerPeer) return false;
      peers.set(connection, peer);
      counts.set(peer, count + 1);
      return true;
    },
    release: (connection): void => {
      const peer = peers.get(connection);
      if (peer === undefined) return;
      peers.delete(connection);
      const left = (counts.get(peer) ?? 1) - 1;
      if (left > 0) counts.set(peer, left);
      else counts.delete(peer);
    },
  };
}
