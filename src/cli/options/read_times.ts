/**
 * The two options that bound the times of records.
 *
 * @module
 */
import { compareTime, type Time } from "../../logs/time.ts";
import { readTimeFlag, type TimeFlagOptions } from "../files/time_flag.ts";
import { FlagError } from "../usage.ts";
import type { OptionName } from "./option_table.ts";
import type { ParsedOptions } from "./parse_options.ts";

/** The names of both. */
export interface TimeNames {
  /** The earliest time. */
  readonly from: OptionName;
  /** The latest one. */
  readonly to: OptionName;
}

/**
 * Reads both.
 *
 * @throws {FlagError} for what is no time, and where the latest time is before the earliest
 */
export function readTimes(
  options: ParsedOptions,
  names: TimeNames,
  times: TimeFlagOptions,
): { readonly from: Time | undefined; readonly to: Time | undefined } {
  const [fromName, toName] = [options.spelling(names.from), options.spelling(names.to)];
  const fromText = options.one(names.from);
  const toText = options.one(names.to);
  const from = readTimeFlag(fromName, fromText, times);
  const to = readTimeFlag(toName, toText, times);
  if (from !== undefined && to !== undefined && compareTime(to, from) < 0) {
    throw new FlagError(
      `Cannot use --${toName} ${JSON.stringify(toText)}: it is before --${fromName} ${JSON.stringify(fromText)}`,
    );
  }
  return { from, to };
}
