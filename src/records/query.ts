/**
 * One question to one log: the type that a request becomes, and all that the inner rooms know of it.
 *
 * @module
 */
import { compareTime, type Time } from "../logs/time.ts";
import type { Search } from "../search/search.ts";

/** Which records of a log are wanted. */
export interface RecordQuery {
  /** The earliest time wanted, inclusive. */
  readonly start?: Readonly<Time> | undefined;
  /** The latest time wanted, inclusive; a message whose last part lies beyond it is left out as a whole. */
  readonly stop?: Readonly<Time> | undefined;
  /** What the message must match. */
  readonly search?: Search | undefined;
}

/** Whether a time lies before the query's start. */
export function isBefore(query: RecordQuery, time: Readonly<Time>): boolean {
  return query.start !== undefined && compareTime(time, query.start) < 0;
}

/** Whether a time lies after the query's stop. */
export function isBeyond(query: RecordQuery, time: Readonly<Time>): boolean {
  return query.stop !== undefined && compareTime(time, query.stop) > 0;
}
