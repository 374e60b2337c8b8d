/**
 * What Kubetail's client does to show a log that goes on: two calls at the same time, one for what is there and one for
 * what comes next, joined by their times.
 *
 * After its `modules/shared/logs/stream.go`: records of the follow are kept until the past is over, put in the order of
 * their times, and those are dropped that are older than the last record of the past, and the first one of the same
 * time; what comes later is given as it comes.
 *
 * @module
 */
import { eventually } from "./eventually.ts";
import { type AgentClient, type LogQuery, nanosecondsOf } from "./client.ts";
import type { LogRecord } from "../../src/rpc/messages.ts";

/** How the two calls are made. */
export interface TwoCallsOptions {
  /** All that is there, or only the last so many records, read backward. */
  readonly past: "all" | number;
  /** Which of them is made first. @default {"past"} */
  readonly first?: "past" | "end";
  /** Who makes the second call. @default the same client */
  readonly other?: AgentClient;
}

/** Gives the log's records, those that are there and those that come. */
export async function* twoCalls(
  client: AgentClient,
  query: LogQuery,
  options: TwoCallsOptions,
): AsyncGenerator<LogRecord> {
  const { past: wanted, first = "past", other = client } = options;
  const pastCall = wanted === "all" ? client.forward(query) : client.backward(query);
  const cancel = new AbortController();
  const endCall = other.forward({ ...query, followFrom: "END" }, { signal: cancel.signal });
  const buffer: LogRecord[] = [];
  let isPastOver = false;
  let wake = Promise.withResolvers<void>();
  const keepEnd = async (): Promise<void> => {
    for await (const record of endCall) {
      buffer.push(record);
      wake.resolve();
      // As slow as whoever shows it.
      if (isPastOver) await eventually("the records are taken", () => buffer.length <= 1000);
    }
  };
  const keepPast = async (): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for await (const record of pastCall) if (records.push(record) === wanted) break;
    return wanted === "all" ? records : records.reverse();
  };
  let keeping: Promise<void>;
  let past: LogRecord[];
  if (first === "past") {
    const reading = keepPast();
    keeping = keepEnd();
    past = await reading;
  } else {
    keeping = keepEnd();
    past = await keepPast();
  }
  keeping.catch(() => {});
  try {
    yield* past;
    isPastOver = true;
    const lastTime = past.length === 0 ? undefined : timeOf(past.at(-1));
    const kept = buffer.splice(0).sort((a, b) => timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0);
    let isDropped = lastTime === undefined;
    for (const record of kept) {
      if (lastTime !== undefined && timeOf(record) < lastTime) continue;
      if (!isDropped && timeOf(record) === lastTime) {
        isDropped = true;
        continue;
      }
      yield record;
    }
    while (true) {
      wake = Promise.withResolvers<void>();
      if (buffer.length === 0) await Promise.race([wake.promise, keeping]);
      yield* buffer.splice(0);
    }
  } finally {
    cancel.abort();
  }
}

function timeOf(record: LogRecord | undefined): bigint {
  return nanosecondsOf(record?.timestamp ?? null);
}
