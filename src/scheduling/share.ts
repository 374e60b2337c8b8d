/**
 * Whose a wait is, so that waits are served round-robin: identity by identity, then connection by connection.
 *
 * A signal is what a call hands to each of its waits, in every room. So the share of a call is kept beside its signal,
 * and no wait can forget it. A signal without a share, as that of a poll, belongs to the agent itself.
 *
 * @module
 */

/** Whose a wait is. */
export interface Share {
  /** The caller; the same text for the same caller. */
  readonly identity: string;
  /** The connection that the call came on. */
  readonly connection?: object | undefined;
}

const AGENT: Share = { identity: "" };

const shares = new WeakMap<AbortSignal, Share>();

/** Says whose the waits with this signal are; what is left out stays as it is. */
export function assignShare(signal: AbortSignal, share: Partial<Share>): void {
  shares.set(signal, { ...shareOf(signal), ...share });
}

/** Returns whose the waits with this signal are. */
export function shareOf(signal: AbortSignal): Share {
  return shares.get(signal) ?? AGENT;
}
