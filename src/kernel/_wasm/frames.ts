// Records as gRPC frames: a zero byte, four bytes of length, and a LogRecord (proto/cluster_agent.proto).
import { FINAL, ROW_FLAGS, ROW_MESSAGE_START, ROW_NANOS, ROW_SECONDS, ROW_TRIMMED_END, SLACK } from "./layout";

/** How many bytes the last call wrote. */
export let bytesWritten: i32 = 0;

/** A frame's bytes without its message text, at most: head 5, timestamp 2 + 11 + 6, text's tag and length 6, flag 2. */
const OVERHEAD: usize = 32;

function putVarint(at: usize, value: u64): usize {
  while (value >= 0x80) {
    store<u8>(at++, <u8>(value | 0x80));
    value >>= 7;
  }
  store<u8>(at, <u8>value);
  return at + 1;
}

/**
 * Copies [start, end) to `at`, in steps of 16 bytes: what is written behind the end is overwritten by what follows, or
 * lies in slack.
 */
function putText(at: usize, start: usize, end: usize): usize {
  const length = end - start;
  if (ASC_FEATURE_SIMD && length <= 512) {
    for (let done: usize = 0; done < length; done += 16) v128.store(at + done, v128.load(start + done));
  } else {
    memory.copy(at, start, length);
  }
  return at + length;
}

/** Writes the frames of rows [row, rows) to [out, outEnd), as many as fit; returns the row that did not. */
export function putFrames(row: i32, rows: i32, out: usize, outEnd: usize): i32 {
  let frame = out;
  for (; row < rows; row++) {
    const column = usize(row) * 4;
    const start = <usize>load<u32>(ROW_MESSAGE_START + column);
    const end = <usize>load<u32>(ROW_TRIMMED_END + column);
    const length = end - start;
    if (frame + length + OVERHEAD > outEnd) break;
    const seconds = <i64>load<f64>(ROW_SECONDS + column * 2);
    const nanos = load<i32>(ROW_NANOS + column);
    let at = frame + 7;
    // timestamp = 1: always there, a record without one would be read as 1970
    if (seconds !== 0) {
      store<u8>(at, 0x08);
      at = putVarint(at + 1, <u64>seconds);
    }
    if (nanos !== 0) {
      store<u8>(at, 0x10);
      at = putVarint(at + 1, <u64>nanos);
    }
    store<u8>(frame + 5, 0x0a);
    store<u8>(frame + 6, <u8>(at - frame - 7));
    // message = 2
    if (length !== 0) {
      store<u8>(at, 0x12);
      at = putText(putVarint(at + 1, <u64>length), start, end);
    }
    // is_final = 3
    if (load<i32>(ROW_FLAGS + column) & FINAL) {
      store<u16>(at, 0x0118);
      at += 2;
    }
    store<u8>(frame, 0);
    store<u32>(frame, bswap<u32>(<u32>(at - frame - 5)), 1);
    frame = at;
  }
  bytesWritten = <i32>(frame - out);
  return row;
}

/** Slack that {@link putFrames} may write to behind its range. */
export const FRAME_SLACK: usize = SLACK;
