/**
 * Times on the command line: as requests have them, as clocks show them, or so long ago.
 *
 * @module
 */
import { parseBound, type Time, TimeError } from "../../logs/time.ts";
import { FlagError } from "../usage.ts";
import { readClockTime } from "./clock_time.ts";
import { type TimeZone, UTC } from "./time_zone.ts";

const AGO = /^(?:\d+[smhdw])+$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** How a time is read. */
export interface TimeFlagOptions {
  /** A clock in milliseconds since 1970. @default {Date.now} */
  readonly now?: (() => number) | undefined;
  /** The zone of times that name none. @default {UTC} */
  readonly zone?: TimeZone | undefined;
}

/** Flags for the earliest time wanted. */
const EARLIEST = new Set(["since", "start-time"]);

/**
 * The time that the text of a flag stands for: RFC 3339, with the liberties that requests have, or `90s`, `5m`,
 * `1h30m`, `2d`, `1w` – so long ago; or as a clock shows it in the zone: `17:00`, `yesterday 8:00`, `2006-01-02 15:04`.
 *
 * @throws {FlagError} when it is neither
 */
export function readTimeFlag(
  name: string,
  text: string | undefined,
  options: TimeFlagOptions = {},
): Time | undefined {
  const { now = Date.now, zone = UTC } = options;
  if (text === undefined) return undefined;
  if (AGO.test(text)) return ago(text, now());
  const isEarliest = EARLIEST.has(name);
  const clock = readClockTime(text, { zone, nowMs: now(), wanted: isEarliest ? "first" : "last" });
  if (clock !== undefined) {
    if (isEarliest && /^\d{1,2}:/.test(text.trim()) && clock.seconds * 1000 > now()) {
      throw new FlagError(`Cannot use --${name}: ${text} is still to come today; yesterday's is "yesterday ${text}"`);
    }
    return clock;
  }
  try {
    const time = parseBound(text);
    if (time !== undefined) return time;
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
  }
  throw new FlagError(
    `Cannot use --${name}: wanted a time as 2006-01-02T15:04:05Z, "2006-01-02 15:04", 17:00 or "yesterday 8:00", or so long ago as 90s, 5m, 2h, 1d, got ${
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
