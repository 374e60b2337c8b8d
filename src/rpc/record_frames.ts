/**
 * Records as gRPC frames: rows of a selection become one buffer of complete, length-prefixed `LogRecord` messages.
 *
 * Wire: `proto/cluster_agent.proto`, LogRecord; frame: one byte 0, four bytes of length, the message (gRPC over HTTP/2, "Length-Prefixed-Message").
 *
 * @module
 */
import type { RecordRows } from "../records/record_rows.ts";

/** The most bytes that a frame has besides its message text: header 5, timestamp 2 + 11 + 6, text's tag and length 6, flag 2. */
const FRAME_OVERHEAD = 32;

/** Writes the rows' frames into `into`, as many as fit; returns how many rows and bytes that was. */
export function encodeRecords(
  block: Uint8Array,
  rows: RecordRows,
  into: Uint8Array,
): { readonly count: number; readonly bytes: number } {
  let at = 0;
  let row = 0;
  for (; row < rows.count; row++) {
    const length = (rows.messageEnd[row] ?? 0) - (rows.messageStart[row] ?? 0);
    if (at + length + FRAME_OVERHEAD > into.length) break;
    at = encodeRecord(block, rows, row, into, at);
  }
  return { count: row, bytes: at };
}

/** Bytes that the frame of the first row takes at most. */
export function firstFrameBytes(rows: RecordRows): number {
  return (rows.messageEnd[0] ?? 0) - (rows.messageStart[0] ?? 0) +
    FRAME_OVERHEAD;
}

function encodeRecord(
  block: Uint8Array,
  rows: RecordRows,
  row: number,
  into: Uint8Array,
  frame: number,
): number {
  const seconds = rows.seconds[row] ?? 0;
  const nanos = rows.nanos[row] ?? 0;
  const start = rows.messageStart[row] ?? 0;
  const end = rows.messageEnd[row] ?? 0;
  let at = frame + 5;
  // timestamp = 1, always there: a record without one would be read as 1970.
  into[at] = 0x0a;
  const timestamp = at + 1;
  at += 2;
  if (seconds !== 0) {
    into[at++] = 0x08;
    at = writeInt64(into, at, seconds);
  }
  if (nanos !== 0) {
    into[at++] = 0x10;
    at = writeVarint(into, at, nanos);
  }
  into[timestamp] = at - timestamp - 1;
  // message = 2
  if (end > start) {
    into[at++] = 0x12;
    at = writeVarint(into, at, end - start);
    into.set((rows.text[row] ?? block).subarray(start, end), at);
    at += end - start;
  }
  // is_final = 3
  if (rows.final[row] === 1) {
    into[at++] = 0x18;
    into[at++] = 1;
  }
  const length = at - frame - 5;
  into[frame] = 0;
  into[frame + 1] = length >>> 24;
  into[frame + 2] = length >>> 16;
  into[frame + 3] = length >>> 8;
  into[frame + 4] = length;
  return at;
}

/** Writes a whole number below 2^53 as a varint. */
function writeVarint(into: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    into[at++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  into[at++] = value;
  return at;
}

/** Writes an int64: a negative one takes ten bytes, as its two's complement. */
function writeInt64(into: Uint8Array, at: number, value: number): number {
  if (value >= 0) return writeVarint(into, at, value);
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) into[at++] = Number(rest & 0x7fn) | 0x80;
  into[at++] = Number(rest);
  return at;
}
