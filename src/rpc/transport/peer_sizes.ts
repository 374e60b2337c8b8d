/**
 * Peers in the order of how many connections they have, so that the largest is found without a look at each.
 *
 * Peers of the same size are kept together. With n connections there are at most √(2n) different sizes, 44 for a
 * thousand: no more than these are looked at, whoever connects from however many addresses.
 *
 * @module
 */

/** The peers that were given a size. */
export interface PeerSizes<Peer> {
  /** Gives a peer its size; 0 takes it out. A peer that gets another size is behind all others of that size. */
  set(peer: Peer, size: number): void;
  /** The peer of the greatest size; of several, the one that has had that size for longest. */
  largest(): Peer | undefined;
}

/** No peers at first. */
export function createPeerSizes<Peer>(): PeerSizes<Peer> {
  const sizes = new Map<Peer, number>();
  /** None of them is empty. */
  const bySize = new Map<number, Set<Peer>>();

  function set(peer: Peer, size: number): void {
    const before = sizes.get(peer) ?? 0;
    if (size === before) return;
    const left = bySize.get(before);
    left?.delete(peer);
    if (left?.size === 0) bySize.delete(before);
    if (size === 0) {
      sizes.delete(peer);
      return;
    }
    sizes.set(peer, size);
    const joined = bySize.get(size);
    if (joined === undefined) bySize.set(size, new Set([peer]));
    else joined.add(peer);
  }

  function largest(): Peer | undefined {
    let max = 0;
    for (const size of bySize.keys()) max = Math.max(max, size);
    const [first] = bySize.get(max) ?? [];
    return first;
  }

  return { set, largest };
}
