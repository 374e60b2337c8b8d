/**
 * Finds out that a client has vanished without a word: a node that lost power or its network never closes a connection,
 * and its follows would stay for ever.
 *
 * Each byte that comes from a client shows that it is there. After a silence it is asked for one, by a PING (RFC 9113,
 * section 6.7).
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { FIXED_LIMITS } from "./transport_limits.ts";

const { silenceMs: { value: SILENCE_MS }, silentAnswerMs: { value: ANSWER_MS } } = FIXED_LIMITS;

/** What is done with a connection. */
export interface KeepaliveOptions {
  /** Asks the client for a sign of life. */
  readonly ping: () => void;
  /** Is called once, when the client is gone. */
  readonly onGone: () => void;
  /** Tells the time. */
  readonly clock: Clock;
}

/** Watches over a connection until it is disposed of. */
export interface Keepalive extends Disposable {
  /** Takes note of a sign of life. */
  heard(): void;
}

/** Begins with the silence. */
export function startKeepalive({ ping, onGone, clock }: KeepaliveOptions): Keepalive {
  let heardAt = clock.now();
  let askedAt: number | undefined;
  const check = (): void => {
    const time = clock.now();
    if (askedAt !== undefined && heardAt < askedAt) return onGone();
    askedAt = undefined;
    const silentMs = time - heardAt;
    if (silentMs >= SILENCE_MS) {
      askedAt = time;
      ping();
    }
    timer = clock.later(check, askedAt === undefined ? SILENCE_MS - silentMs : ANSWER_MS);
  };
  let timer = clock.later(check, SILENCE_MS);
  return {
    heard: () => {
      heardAt = clock.now();
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}
