/**
 * A signal that tells how many listeners it has: a wait that is over must have none.
 *
 * @module
 */

/** A signal, and what a test does with it. */
export interface CountedSignal {
  readonly signal: AbortSignal;
  /** How many `abort` listeners are registered now. */
  listeners(): number;
  /** Aborts it. */
  abort(reason?: unknown): void;
}

/** A signal without listeners. */
export function countedSignal(): CountedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...[type, listener, options]: Parameters<typeof signal.addEventListener>): void => {
    listeners.add(listener);
    // The platform takes these out without a call.
    if (typeof options === "object" && options.once) add(type, () => listeners.delete(listener), { once: true });
    add(type, listener, options);
  };
  signal.removeEventListener = (...[type, listener, options]: Parameters<typeof signal.removeEventListener>): void => {
    listeners.delete(listener);
    remove(type, listener, options);
  };
  return { signal, listeners: () => listeners.size, abort: (reason) => controller.abort(reason) };
}
