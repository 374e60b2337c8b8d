/**
 * A client that takes a batch late: what a scan holds for it is given to others meanwhile.
 *
 * @module
 */
import type { RecordSink } from "../record_sink.ts";
import type { BlockReader } from "./block_reader.ts";

/** A client that takes no batch for so long is slow. */
const SLOW_CLIENT_MS = 50;

/** Reports whether a promise resolves before a client counts as slow. */
export async function isSoon(promise: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), SLOW_CLIENT_MS);
  try {
    return await Promise.race([promise, late.promise]) !== "late";
  } finally {
    clearTimeout(timer);
  }
}

/** The sink of a scan, which holds no block that was read ahead while its client is slow. */
export function withoutBlocks(sink: RecordSink, reader: BlockReader): RecordSink {
  const giveBack = async (ready: Promise<void>): Promise<void> => {
    if (!(await isSoon(ready))) await reader.idle();
    await ready;
  };
  return {
    send: (batch) => sink.send(batch),
    ...(sink.sendLong === undefined ? {} : { sendLong: (batch) => sink.sendLong?.(batch) ?? true }),
    ready: () => reader.isAhead ? giveBack(sink.ready()) : sink.ready(),
  };
}
