/**
 * Restart points: offsets in a gzip file, other than its start, at which decoding can begin.
 *
 * Each is the end of a deflate block. A block ends at any bit of a byte, and the decoder does not report at which. So
 * all eight are tried, and the one that decodes to the known content is kept. A restarted decoder reads bytes, not
 * bits: empty blocks stand in for the bits of the first byte that are already consumed.
 *
 * Compressors end a block after some ten thousand symbols: gzip, zlib, and Go's library, which the kubelet and Docker
 * use. Few write a whole file as one block, such as zlib-ng at its level 1. Such a file has no restart points: a read
 * backward decodes it from its start, once for each window.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { createInflater, DICTIONARY_BYTES, type Inflater } from "./inflater.ts";

/** An offset at which decoding can begin: the end of a block, or of a member of the file. */
export interface RestartPoint {
  /** Bytes of content before it. */
  readonly contentOffset: number;
  /** Offset in the file of the first byte with bits that are not consumed. */
  readonly inputOffset: number;
  /** How many bits of that byte are consumed. */
  readonly usedBits: number;
  /** CRC of the member's content up to here. */
  readonly crc: number;
  /** The last 32 KiB of content before it, deflated; undefined where a member begins. */
  readonly dictionary: Uint8Array | undefined;
}

/** The state of a decoder that stopped at the end of a block. */
export interface BlockEnd {
  /** Bytes of content before it. */
  readonly contentOffset: number;
  /** Offset in the file of the first byte that is not consumed at all. */
  readonly inputOffset: number;
  /** CRC of the member's content up to here. */
  readonly crc: number;
  /** Bytes of the file, from the last consumed one on. */
  readonly input: Uint8Array;
  /** The last 32 KiB of content before it. */
  readonly dictionary: Uint8Array;
}

/** So many bytes of content must match. */
export const COMPARED_BYTES = 512;
const scratch = new Uint8Array(4 * COMPARED_BYTES);
const discarded = new Uint8Array(DICTIONARY_BYTES);

/** Finds the restart point at the end of a block, given the content that follows; undefined if that is too short. */
export function restartPointAt(end: BlockEnd, next: Uint8Array): RestartPoint | undefined {
  const { contentOffset, inputOffset, crc, input, dictionary } = end;
  const content = next.subarray(0, scratch.length);
  if (content.length < COMPARED_BYTES) return undefined;
  const stored = storedBlock(dictionary);
  for (let usedBits = 0; usedBits < 8; usedBits++) {
    if (!decodesTo(content, usedBits === 0 ? input.subarray(1) : input, { usedBits, stored })) continue;
    return {
      contentOffset,
      inputOffset: usedBits === 0 ? inputOffset : inputOffset - 1,
      usedBits,
      crc,
      dictionary: deflateRawSync(dictionary, { level: 1 }),
    };
  }
  return undefined;
}

/**
 * Creates a decoder that has consumed some bits of a byte, and has been given the rest of it.
 *
 * It first decodes the content before that byte from a stored block, since the runtime ignores a raw stream's
 * `dictionary`, and then empty blocks that stand in for the consumed bits.
 */
function inflaterAt(
  { stored, usedBits }: { readonly stored: Uint8Array; readonly usedBits: number },
  byte: number,
): Inflater | undefined {
  const cover = usedBits === 0 ? new Uint8Array() : emptyBlocks(usedBits);
  const last = cover.length - 1;
  if (last >= 0) cover[last] = (cover[last] ?? 0) | (byte & (0xff << usedBits));
  const inflater = createInflater();
  for (const part of [stored, cover]) {
    for (let rest = part; rest.length > 0;) {
      const { consumed, state } = inflater.decode(rest, discarded);
      if (state !== "open") {
        inflater[Symbol.dispose]();
        return undefined;
      }
      rest = rest.subarray(consumed);
    }
  }
  return inflater;
}

/**
 * Creates a decoder that begins at a restart point. Where bits of its first byte are consumed, the decoder is given
 * that byte. Undefined if the file has changed.
 */
export function inflaterFrom({ dictionary, usedBits }: RestartPoint, byte: number): Inflater | undefined {
  if (dictionary === undefined) return createInflater();
  const content = inflateRawSync(dictionary, { maxOutputLength: DICTIONARY_BYTES });
  return inflaterAt({ stored: storedBlock(content), usedBits }, byte);
}

function storedBlock(content: Uint8Array): Uint8Array {
  const { length } = content;
  const block = new Uint8Array(STORED_HEADER_BYTES + length);
  block.set([0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff]);
  block.set(content, STORED_HEADER_BYTES);
  return block;
}

function decodesTo(
  content: Uint8Array,
  input: Uint8Array,
  start: { readonly usedBits: number; readonly stored: Uint8Array },
): boolean {
  const inflater = inflaterAt(start, input[0] ?? 0);
  if (inflater === undefined) return false;
  try {
    let produced = 0;
    for (let rest = input.subarray(start.usedBits === 0 ? 0 : 1); rest.length > 0 && produced < content.length;) {
      const step = inflater.decode(rest, scratch.subarray(0, content.length - produced));
      for (let at = 0; at < step.produced; at++) if (scratch[at] !== content[produced + at]) return false;
      if (step.state !== "open") return false;
      produced += step.produced;
      rest = rest.subarray(step.consumed);
    }
    return produced >= COMPARED_BYTES;
  } finally {
    inflater[Symbol.dispose]();
  }
}

/** Three zero bits for a stored block that is not the last, padding to the byte, and the length twice. */
const STORED_HEADER_BYTES = 5;
/** An empty block of dynamic codes: the end of the block and two distances have codes of one bit, all others none. */
const DYNAMIC_BLOCK = [0x04, 0xc1, 0x81, 0, 0, 0, 0, 0, 0x90, 0xff, 0x6b, 0] as const;
const DYNAMIC_BITS = 91;
/** The size of an empty block of fixed codes; only its second bit is set. */
const FIXED_BITS = 10;

/** Builds empty blocks whose bits fill some whole bytes and so many bits. */
function emptyBlocks(bits: number): Uint8Array {
  const isOdd = bits % 2 === 1;
  const begun = isOdd ? DYNAMIC_BITS : 0;
  let fixed = 0;
  while ((begun + fixed * FIXED_BITS) % 8 !== bits) fixed++;
  const bytes = new Uint8Array(Math.ceil((begun + fixed * FIXED_BITS) / 8));
  if (isOdd) bytes.set(DYNAMIC_BLOCK);
  for (let block = 0; block < fixed; block++) {
    const bit = begun + block * FIXED_BITS + 1;
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | 1 << (bit & 7);
  }
  return bytes;
}
