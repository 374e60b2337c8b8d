/**
 * How fast requests are answered: the first few of each half second at once, the others at its end.
 *
 * @module
 */

/** The length of a span, in milliseconds: a probe may take a second. */
const SPAN_MS = 500;
/** Requests that are answered at once in a span: probes and scrapes of a node are one or two. */
const AT_ONCE = 16;

/** Lets requests go on. */
export interface RequestRate {
  /** Resolves when the next request may be answered. */
  admit(): Promise<void>;
}

/** The powers that are needed. */
export interface RequestRateOptions {
  /** The time in milliseconds. */
  readonly clock: () => number;
  /** Resolves after so many milliseconds. @default {setTimeout} */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** The rate of requests, of which there were none yet. */
export function createRequestRate({ clock, sleep = sleepFor }: RequestRateOptions): RequestRate {
  let end = -Infinity;
  let count = 0;
  return {
    admit: (): Promise<void> => {
      const now = clock();
      if (now >= end) {
        end = now + SPAN_MS;
        count = 0;
      }
      count++;
      return count <= AT_ONCE ? Promise.resolve() : sleep(end - now);
    },
  };
}

function sleepFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
