/**
 * How a stream of stored records and a follow of the same log meet, when one caller asks for both at about one time.
 *
 * A stream of stored records reads on to where open follows have begun. A follow that comes soon after such a stream
 * begins where that one ends. Whoever knows which streams belong together implements this.
 *
 * @module
 */
import type { LogPosition } from "./log_position.ts";

/** What the streams of one caller over one log know of each other. */
export interface Handoff {
  /** Notes that a follow has begun at a position; it goes on until the answer is disposed of. */
  beginFollow(position: LogPosition): Disposable;
  /** Where the follows began that go on. */
  openFollows(): Iterable<LogPosition>;
  /** Notes that this stream sends what lies before a position. */
  noteEnd(position: LogPosition): void;
  /** The first position that a stream of stored records has noted a moment ago. */
  recentEnd(): LogPosition | undefined;
}
