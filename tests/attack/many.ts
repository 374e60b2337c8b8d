/**
 * Many of one thing, a few at a time, so that the attacker's own queue is not what is measured.
 *
 * @module
 */

const AT_ONCE = 50;

/** What became of each: a value, or the text of an error. */
export interface Many<T> {
  /** Those that came to be. */
  readonly made: readonly T[];
  /** Why the others did not, as `refused: ECONNRESET`. */
  readonly refused: readonly string[];
}

/** Makes `count` things, {@linkcode AT_ONCE} at a time. */
export async function many<T>(count: number, make: (index: number) => Promise<T>): Promise<Many<T>> {
  const made: T[] = [];
  const refused: string[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => make(from + at));
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === "fulfilled") made.push(result.value);
      else refused.push(`refused: ${reasonOf(result.reason)}`);
    }
  }
  return { made, refused };
}

/** A short name of an error: its code, or its text. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message.slice(0, 60);
}

/** One of eight addresses of this machine, by turns: a limit by address is met only by far more connections. */
export function addressOf(index: number): string {
  return `127.0.0.${2 + index % 8}`;
}

/** Waits for each, all of them at most so long together; those that are late are `late`. */
export async function allWithin<T>(
  promises: readonly Promise<T>[],
  { ms, late }: { readonly ms: number; readonly late: T },
): Promise<T[]> {
  const given = Promise.withResolvers<T>();
  const timer = setTimeout(() => given.resolve(late), ms);
  try {
    return await Promise.all(promises.map((promise) => Promise.race([promise, given.promise])));
  } finally {
    clearTimeout(timer);
  }
}
