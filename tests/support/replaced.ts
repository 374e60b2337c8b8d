/**
 * System calls that fail when a test says so.
 *
 * @module
 */

/** Puts a function in the place of one of an object's, until it is disposed of. */
export function replaced<T extends object, K extends keyof T>(object: T, key: K, by: T[K]): Disposable {
  const before = object[key];
  object[key] = by;
  return {
    [Symbol.dispose]: () => {
      object[key] = before;
    },
  };
}

/** What the system says, as `node:fs` and Deno give it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the system says no`), { code });
}
