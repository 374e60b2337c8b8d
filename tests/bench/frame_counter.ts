/**
 * Counts gRPC messages in the data of a stream, without decoding and without copying them.
 *
 * Walks from one 5-byte head to the next; a head may be cut by the end of a chunk anywhere. Looks at lengths only: what
 * is in a message is not its business.
 *
 * @module
 */

const HEAD_BYTES = 5;

/** What has gone by so far, and the place in the message that is going by. */
export interface FrameCounter {
  /** Messages whose last byte has gone by. */
  frames: number;
  /** Bytes of all messages so far, with their heads. */
  bytes: number;
  /** Bytes still to come of the message whose head was seen last. */
  bodyLeft: number;
  /** Bytes of a cut head that were seen. */
  headSeen: number;
  /** The length that the cut head has given so far. */
  headLength: number;
}

/** A counter that has seen nothing. */
export function createFrameCounter(): FrameCounter {
  return { frames: 0, bytes: 0, bodyLeft: 0, headSeen: 0, headLength: 0 };
}

/** True between two messages: where a stream may end. */
export function isBetweenFrames(counter: FrameCounter): boolean {
  return counter.bodyLeft === 0 && counter.headSeen === 0;
}

/** Takes the next chunk of the stream; throws a RangeError where a head should be and is none. */
export function countFrames(counter: FrameCounter, chunk: Uint8Array): void {
  const end = chunk.length;
  counter.bytes += end;
  let offset = counter.headSeen > 0 ? finishHead(counter, chunk) : 0;
  if (counter.headSeen > 0) return;
  if (counter.bodyLeft > end - offset) {
    counter.bodyLeft -= end - offset;
    return;
  }
  let frames = 0;
  if (counter.bodyLeft > 0) {
    offset += counter.bodyLeft;
    counter.bodyLeft = 0;
    frames += 1;
  }
  const heads = new DataView(chunk.buffer, chunk.byteOffset, end);
  while (offset + HEAD_BYTES <= end) {
    checkFlag(heads.getUint8(offset));
    offset += HEAD_BYTES + heads.getUint32(offset + 1);
    frames += 1;
  }
  if (offset > end) {
    counter.bodyLeft = offset - end;
    frames -= 1;
  }
  counter.frames += frames;
  for (; offset < end; offset += 1) takeHeadByte(counter, heads.getUint8(offset));
}

/** Goes on with a cut head; returns where the chunk goes on after it. */
function finishHead(counter: FrameCounter, chunk: Uint8Array): number {
  let offset = 0;
  for (const byte of chunk.subarray(0, HEAD_BYTES - counter.headSeen)) {
    takeHeadByte(counter, byte);
    offset += 1;
  }
  return offset;
}

function takeHeadByte(counter: FrameCounter, byte: number): void {
  if (counter.headSeen === 0) checkFlag(byte);
  else counter.headLength = counter.headLength * 256 + byte;
  counter.headSeen += 1;
  if (counter.headSeen < HEAD_BYTES) return;
  counter.bodyLeft = counter.headLength;
  counter.headSeen = 0;
  counter.headLength = 0;
  // An empty message ends with its head.
  if (counter.bodyLeft === 0) counter.frames += 1;
}

function checkFlag(flag: number): void {
  if (flag !== 0) throw new RangeError(`Cannot count gRPC messages: a head begins with ${flag}`);
}
