/**
 * Times as clocks and calendars show them, in a time zone: `17:00`, `yesterday 8:00`, `today`, `2006-01-02 15:04`,
 * `2006-01-02T15:04Z`.
 *
 * @module
 */
import type { Time } from "../../logs/time.ts";
import { secondsAtClock, type TimeZone, UTC } from "./time_zone.ts";

/** The forms: the day, the hour, the minute, the second, its fraction, the zone. */
const FORM = new RegExp(
  [
    /^(?:(today|yesterday|\d{4}-\d\d-\d\d)(?:[ T]+(?=\d)|$))?/,
    /(?:(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?)?$/,
  ].map(({ source }) => source).join(""),
  "i",
);
const DAY_SECONDS = 86_400;

/** What a time is read with. */
export interface ClockTimeOptions {
  /** The zone, where the text names none. */
  readonly zone: TimeZone;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Which of two times is wanted that clocks show alike. */
  readonly wanted: "first" | "last";
}

/** Returns the time; `undefined` for a text that has another form. */
export function readClockTime(text: string, { zone: ofClocks, nowMs, wanted }: ClockTimeOptions): Time | undefined {
  const parts = FORM.exec(text.trim());
  if (parts === null || parts[0] === "") return undefined;
  const [, day, hour = "0", minute = "0", second = "0", fraction = "", named] = parts;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const zone = named === undefined ? ofClocks : namedZone(named);
  const start = zone && dayStart(day?.toLowerCase() ?? "today", { zone, nowMs });
  if (zone === undefined || start === undefined) return undefined;
  const clock = start + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return { seconds: secondsAtClock(clock, zone, { wanted }), nanos: Number(fraction.padEnd(9, "0")) };
}

/** Returns the zone of `Z`, `UTC`, `+01:00`, `+0100` or `+01`; `undefined` for an offset that no clock has. */
function namedZone(name: string): TimeZone | undefined {
  if (/^[zu]/i.test(name)) return UTC;
  const [hours, minutes] = [Number(name.slice(1, 3)), Number(name.slice(3).replace(":", ""))];
  if (hours > 23 || minutes > 59) return undefined;
  const offset = (name.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
  return { offsetAt: () => offset };
}

/** Returns when a day begins, as the second at which UTC's clocks show it. */
function dayStart(day: string, { zone, nowMs }: Pick<ClockTimeOptions, "zone" | "nowMs">): number | undefined {
  if (day === "today" || day === "yesterday") {
    const now = Math.floor(nowMs / 1000);
    const today = Math.floor((now + zone.offsetAt(now)) / DAY_SECONDS) * DAY_SECONDS;
    return day === "today" ? today : today - DAY_SECONDS;
  }
  const ms = Date.parse(`${day}T00:00:00Z`);
  // The platform takes 31 February for a day of March.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? undefined : ms / 1000;
}
