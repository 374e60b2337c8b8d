/**
 * Log lines as one batch for a sink, selected as a scan does it: for tests of sinks.
 *
 * @module
 */
import { kernel } from "../../src/kernel/kernel.ts";
import { cri } from "../../src/logs/cri.ts";
import type { LineFormat } from "../../src/logs/line_head.ts";
import { type RowBatch, rowBuffer } from "../../src/records/scan/row_batch.ts";
import { createScan } from "../../src/records/scan/scan.ts";
import { selectForward } from "../../src/records/scan/select.ts";

const encoder = new TextEncoder();

/** Sends the records of the lines, at most one block of them; returns how many the sink has taken. */
export function sendLines(
  sink: { send(batch: RowBatch): number },
  lines: string,
  { format = cri }: { readonly format?: LineFormat } = {},
): number {
  const [from = 0] = kernel.blocks;
  const { read, written } = encoder.encodeInto(lines, kernel.memory.subarray(from, from + kernel.blockBytes));
  if (read < lines.length) throw new RangeError(`Cannot send ${lines.length} characters: a block holds ${read}`);
  const { rows } = selectForward({ from, to: from + written, offset: 0 }, createScan({}, format));
  return rowBuffer.sendTo(sink, rows);
}

/** Calls `read` with a batch of the records of the lines, for as long as it can be read. */
export function withBatch(lines: string, read: (batch: RowBatch) => void): void {
  const send = (batch: RowBatch): number => {
    read(batch);
    return batch.count;
  };
  sendLines({ send }, lines);
}
