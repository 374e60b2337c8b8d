/**
 * Time zones: in which times are printed, and in which those on the command line are meant that name none.
 *
 * @module
 */
import { FlagError } from "../usage.ts";

/** A zone. */
export interface TimeZone {
  /** Returns by how many seconds the zone's clocks are ahead of UTC at that second since 1970. */
  offsetAt(seconds: number): number;
}

/** UTC. */
export const UTC: TimeZone = { offsetAt: () => 0 };

/** Clocks are set at full quarters of an hour. */
const QUARTER = 900;
const OFFSET = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/**
 * Returns the zone of that name: `UTC`, `local`, or one of the IANA's such as `Europe/Berlin`.
 *
 * @throws {FlagError} when there is none
 */
export function readTimeZone(name: string | undefined): TimeZone {
  if (name === undefined || name.toUpperCase() === "UTC") return UTC;
  const format = formatIn(name);
  let quarter = NaN;
  let offset = 0;
  return {
    offsetAt: (seconds) => {
      // Records of one quarter of an hour follow each other.
      if (Math.floor(seconds / QUARTER) === quarter) return offset;
      quarter = Math.floor(seconds / QUARTER);
      const { value = "" } = format.formatToParts(seconds * 1000).find(({ type }) => type === "timeZoneName") ?? {};
      const [, sign, hours = 0, minutes = 0, rest = 0] = OFFSET.exec(value) ?? [];
      offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
      return offset;
    },
  };
}

function formatIn(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZoneName: "longOffset",
      ...(name === "local" ? {} : { timeZone: name }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FlagError(
      `Cannot use --tz: wanted local, UTC or a name such as Europe/Berlin, got ${JSON.stringify(name.slice(0, 100))}`,
    );
  }
}

/**
 * Returns the second since 1970 at which the zone's clocks show a time, given as the second at which UTC's show it. Of
 * two, when clocks are set back, that which is wanted; of none, when they are set forward, as if they were not yet.
 */
export function secondsAtClock(clock: number, zone: TimeZone, { wanted }: { wanted: "first" | "last" }): number {
  const day = 86_400;
  const before = zone.offsetAt(clock - day);
  const found = [before, zone.offsetAt(clock + day)]
    .map((offset) => clock - offset)
    .filter((seconds) => zone.offsetAt(seconds) === clock - seconds);
  if (found.length === 0) return clock - before;
  return wanted === "first" ? Math.min(...found) : Math.max(...found);
}
