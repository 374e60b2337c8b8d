/**
 * Times on the command line: as requests have them, or so long ago.
 *
 * @module
 */
import { parseBound, type Time, TimeError } from "../../logs/time.ts";
import { FlagError } from "../usage.ts";

const AGO = /^(?:\d+[smhdw])+$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** How a time is read. */
export interface TimeFlagOptions {
  /** A clock in milliseconds since 1970. @default {Date.now} */
  readonly now?: (() => number) | undefined;
}

/**
 * The time that the text of a flag stands for: RFC 3339, with the liberties that requests have, or `90s`, `5m`,
 * `1h30m`, `2d`, `1w` – so long ago.
 *
 * @throws {FlagError} when it is neither
 */
export function readTimeFlag(
  name: string,
  text: string | undefined,
  options: TimeFlagOptions = {},
): Time | undefined {
  const { now = Date.now } = options;
  if (text === undefined) return undefined;
  if (AGO.test(text)) return ago(text, now());
  try {
    const time = parseBound(text);
    if (time !== undefined) return time;
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
  }
  throw new FlagError(
    `Cannot use --${name}: wanted a time as 2006-01-02T15:04:05Z or so long ago as 90s, 5m, 2h, 1d, got ${
      JSON.stringify(text.slice(0, 100))
    }`,
  );
}

function ago(text: string, nowMs: number): Time {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  const seconds = parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (SECONDS[unit] ?? 0), 0);
  // Farther back than a date can be is as far back as one can be.
  const ms = Math.max(nowMs - seconds * 1000, -8.64e15);
  const whole = Math.floor(ms / 1000);
  return { seconds: whole, nanos: Math.floor(ms - whole * 1000) * 1_000_000 };
}
