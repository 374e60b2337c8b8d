/**
 * LZ4 compression of one block, by the block format of lz4.org.
 *
 * Promises that whoever reads the format gets the same bytes back. Looks for matches greedily with one table of the
 * places where four bytes were seen last; pod metadata, which is full of repetitions, comes out about five times
 * smaller. Remembers nothing between two blocks.
 *
 * @module
 */

import { LITTLE_ENDIAN } from "./byte_order.ts";

/** A match is at least so long. */
const MIN_MATCH = 4;
/** The last match begins at least so many bytes before the end. */
const MATCH_START_LIMIT = 12;
/** The last bytes are literals. */
const LAST_LITERALS = 5;
const MAX_DISTANCE = 65_535;
const HASH_BITS = 12;

/** The largest size of `length` bytes when they do not compress at all. */
export function compressedBound(length: number): number {
  return length + Math.floor(length / 255) + 16;
}

/** Places by hash, plus one; kept between calls to spare the allocation, and emptied at each. */
const table = new Int32Array(1 << HASH_BITS);

/** Compresses `source` into `target`, which has room for {@linkcode compressedBound}; gives the number of bytes. */
export function compressBlock(source: Uint8Array, target: Uint8Array): number {
  table.fill(0);
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  const matchStartEnd = source.length - MATCH_START_LIMIT;
  const matchEnd = source.length - LAST_LITERALS;
  let anchor = 0;
  let at = 0;
  let out = 0;
  while (at < matchStartEnd) {
    const four = view.getUint32(at, LITTLE_ENDIAN);
    const hash = Math.imul(four, 2_654_435_761) >>> (32 - HASH_BITS);
    const candidate = (table[hash] ?? 0) - 1;
    table[hash] = at + 1;
    if (candidate < 0 || at - candidate > MAX_DISTANCE || view.getUint32(candidate, LITTLE_ENDIAN) !== four) {
      // The longer nothing repeats, the larger the steps.
      at += 1 + ((at - anchor) >> 6);
      continue;
    }
    let end = at + MIN_MATCH;
    let other = candidate + MIN_MATCH;
    while (end < matchEnd && source[end] === source[other]) {
      end++;
      other++;
    }
    out = writeSequence({ source, target, out, anchor, at });
    target[out++] = (at - candidate) & 0xff;
    target[out++] = (at - candidate) >>> 8;
    out = writeMatchLength(target, out, end - at - MIN_MATCH);
    at = end;
    anchor = at;
  }
  return writeSequence({ source, target, out, anchor, at: source.length });
}

/** Where the token of the sequence in the making stands. */
let tokenAt = 0;

interface Sequence {
  readonly source: Uint8Array;
  readonly target: Uint8Array;
  readonly out: number;
  readonly anchor: number;
  readonly at: number;
}

/** The token with its upper half, and the literals from `anchor` to `at`. */
function writeSequence({ source, target, out, anchor, at }: Sequence): number {
  const literals = at - anchor;
  tokenAt = out;
  target[out++] = Math.min(literals, 15) << 4;
  if (literals >= 15) out = writeRest(target, out, literals - 15);
  target.set(source.subarray(anchor, at), out);
  return out + literals;
}

/** The lower half of the token, and what does not fit there. */
function writeMatchLength(target: Uint8Array, out: number, length: number): number {
  target[tokenAt] = (target[tokenAt] ?? 0) | Math.min(length, 15);
  return length >= 15 ? writeRest(target, out, length - 15) : out;
}

function writeRest(target: Uint8Array, out: number, rest: number): number {
  for (; rest >= 255; rest -= 255) target[out++] = 255;
  target[out++] = rest;
  return out;
}
