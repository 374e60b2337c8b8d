/**
 * Counters that only grow, by name: what was served, and what was skipped without failing anybody. Kept in memory;
 * to show them, take a snapshot.
 * @module
 */

/** Everything that is counted. To count something new, add its name here. */
export const COUNTER_NAMES = [
  /** Physical lines of a log that are in no known format. */
  "lines_skipped",
  /** Logs left out of a list: unreadable, dangling, not a regular file. */
  "logs_skipped",
  /** Followed logs that were cut while they were read: what was written and not read by then is lost. */
  "logs_cut",
  /** Reasons for which a log could not be followed on, for a while or for good, or something of it may be lost. */
  "follow_problems",
  /** Files of logs that were removed, or are damaged, before they were read. */
  "log_gaps",
  /** Bytes of logs that streams were to send and could not read, as far as that is known. */
  "log_bytes_lost",
  /** Log records sent to clients. */
  "records_sent",
  /** Access reviews put to the API server. */
  "reviews",
  /** Calls that were refused: nobody knows who asks, or they may not. */
  "calls_refused",
  /** Calls that failed by no fault of their callers: a review, a log, a limit or a defect. */
  "calls_failed",
  /** TLS handshakes that failed, and connections that did not speak HTTP/2 after theirs. */
  "tls_failures",
  /** Streams of records that were let in and have opened their log. Watches are not among them. */
  "streams_opened",
  /** Connections that were cut off for what their clients did. */
  "connections_cut",
  /** Log lines of the agent itself that stdout did not take. */
  "log_lines_lost",
  /** Events about pods that the collector made. */
  "pod_events",
  /** Objects of the API server that the collector left out: they have no uid, or parts of them are odd or too long. */
  "objects_skipped",
  /** Lists and watches of the collector that failed and were tried again. */
  "kube_troubles",
  /** Connections that the collector made to a reducer or relay. */
  "sink_connections",
  /** Reducers and relays that were given up because they took nothing and too much waited; then all is told anew. */
  "sink_overflows",
  /** Messages to a reducer that were cut because they were too long. */
  "messages_cut",
] as const;

/** The name of a counter. */
export type CounterName = typeof COUNTER_NAMES[number];

/** The counters of one process. */
export interface Counters {
  /** Adds `n`, a whole number from 0, @default 1. @throws {RangeError} for any other. */
  add(name: CounterName, n?: number): void;
  /** All counters as they are now. */
  snapshot(): Readonly<Record<CounterName, number>>;
}

/** Counters that all stand at 0. */
export function createCounters(): Counters {
  const counts = Object.fromEntries(
    COUNTER_NAMES.map((name) => [name, 0]),
  ) as Record<CounterName, number>;
  return {
    add(name, n = 1): void {
      if (!Number.isSafeInteger(n) || n < 0) {
        throw new RangeError(
          `Cannot add to counter ${name}: expected a whole number from 0, got ${n}`,
        );
      }
      counts[name] += n;
    },
    snapshot: () => ({ ...counts }),
  };
}
