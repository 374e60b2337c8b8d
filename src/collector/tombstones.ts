/**
 * Deletes that are held back for a while, so that what still refers to an object finds it.
 *
 * Promises the order in which they came, at most so many at a time, and none after the objects were listed anew. Has no
 * timer: its owner asks when the next one is due.
 *
 * @module
 */

/** How deletes are held. */
export interface TombstonesOptions<T> {
  /** For how long; `Infinity`: until there are too many. */
  readonly ttlMs: number;
  /** How many, before the oldest goes early. */
  readonly capacity: number;
  /** Takes what is deleted for good. */
  readonly release: (object: T) => void;
  /** Milliseconds on a clock that never steps back. */
  readonly now: () => number;
}

/** Deletes of one kind of object. */
export interface Tombstones<T> {
  /** How many are held. */
  readonly size: number;
  /** When the oldest is due, by the clock of `now`; nothing when none is held, or for ever. */
  readonly nextDueMs: number | undefined;
  /** Holds a delete; releases the oldest while there are too many. */
  hold(object: T): void;
  /** Releases all that are due. */
  expire(): void;
  /** Forgets all: what is gone was not listed. */
  clear(): void;
}

/** Nothing held yet. */
export function createTombstones<T>(options: TombstonesOptions<T>): Tombstones<T> {
  const { ttlMs, capacity, release, now } = options;
  // A queue in an array: what is before `first` is gone, and is cut off when it is the larger half.
  let held: { readonly object: T; readonly since: number }[] = [];
  let first = 0;

  function releaseFirst(): void {
    const entry = held[first++];
    if (first > 64 && first * 2 > held.length) {
      held = held.slice(first);
      first = 0;
    }
    if (entry !== undefined) release(entry.object);
  }

  return {
    get size(): number {
      return held.length - first;
    },
    get nextDueMs(): number | undefined {
      const oldest = held[first];
      return oldest === undefined || ttlMs === Infinity ? undefined : oldest.since + ttlMs;
    },
    hold: (object) => {
      held.push({ object, since: now() });
      while (held.length - first > capacity) releaseFirst();
    },
    expire: () => {
      const time = now();
      for (let oldest = held[first]; oldest !== undefined && time - oldest.since >= ttlMs; oldest = held[first]) {
        releaseFirst();
      }
    },
    clear: () => {
      held = [];
      first = 0;
    },
  };
}
