/**
 * Places in a gzip file from which decoding can begin as well as from its start: the ends of deflate blocks.
 *
 * A block ends at any bit, and the decoder does not say at which. So the eight that it can be are tried: the right one is that from which the same content
 * comes as came from the start. Bits before it are covered by empty blocks of as many bits, so that no byte is shifted.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { createInflater, DICTIONARY_BYTES, type Inflater } from "./inflater.ts";

/** The end of a block, or of a member of the file. */
export interface RestartPoint {
  /** How much of the content comes before it. */
  readonly contentOffset: number;
  /** The first byte of the file that has bits of what follows. */
  readonly inputOffset: number;
  /** How many bits of that byte belong to what comes before. */
  readonly usedBits: number;
  /** The CRC of the member's content so far. */
  readonly crc: number;
  /** The last of the content before it, compressed; undefined where a member begins. */
  readonly dictionary: Uint8Array | undefined;
}

/** What there is to know when the decoder has stopped at the end of a block. */
export interface BlockEnd {
  /** How much of the content comes before it. */
  readonly contentOffset: number;
  /** The first byte of the file that was not used. */
  readonly inputOffset: number;
  /** The CRC of the member's content so far. */
  readonly crc: number;
  /** Bytes of the file from the last used one on. */
  readonly input: Uint8Array;
  /** The last of the content before it. */
  readonly dictionary: Uint8Array;
}

/** Bytes of content that must be the same. */
export const COMPARED_BYTES = 512;
const scratch = new Uint8Array(4 * COMPARED_BYTES);
const discarded = new Uint8Array(DICTIONARY_BYTES);

/** The point at the end of a block, told by the content that comes `next`; undefined where that is too short to tell. */
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
 * A decoder that goes on from a place in a block's byte, given that byte; it has used all of it.
 *
 * It is given the content before that place as a stored block – a dictionary for raw streams is ignored by the runtime –, and then empty blocks instead of
 * the bits that are used.
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

/** A decoder that goes on from a point; where some bits of it are used, the first byte of what follows there. Undefined where the file is not what it was. */
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
  place: { readonly usedBits: number; readonly stored: Uint8Array },
): boolean {
  const inflater = inflaterAt(place, input[0] ?? 0);
  if (inflater === undefined) return false;
  try {
    let produced = 0;
    for (let rest = input.subarray(place.usedBits === 0 ? 0 : 1); rest.length > 0 && produced < content.length;) {
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

/** A stored block begins with three bits, all zero for one that is not the last, and behind the rest of that byte with its length, twice. */
const STORED_HEADER_BYTES = 5;
/** An empty block of dynamic codes – code lengths 1 and 18 alone, of which the end of a block and two distances have 1 – in 91 bits. */
const DYNAMIC_BLOCK = [0x04, 0xc1, 0x81, 0, 0, 0, 0, 0, 0x90, 0xff, 0x6b, 0] as const;
const DYNAMIC_BITS = 91;
/** An empty block of fixed codes, in ten bits, of which only the second is set. */
const FIXED_BITS = 10;

/** Empty blocks of so many bits more than some whole bytes. */
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
