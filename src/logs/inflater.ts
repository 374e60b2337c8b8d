/**
 * A synchronous decoder of raw deflate streams.
 *
 * The streams of `node:zlib` cannot go on behind the end of a block, and drop the content right before a fault. Each
 * of them drives a handle that has neither limit: it reports how much a call consumed and produced. This file drives
 * the handle directly. The handle is not documented, so no other file uses it, and the tests of this one fail if it
 * changes.
 *
 * @module
 */
import { constants, createInflateRaw } from "node:zlib";

/** The greatest distance of a deflate match. */
export const DICTIONARY_BYTES = 32 * 1024;

/** The result of one call. */
export interface InflateStep {
  /** Bytes of input that the call consumed. */
  readonly consumed: number;
  /** Bytes of content that the call produced. */
  readonly produced: number;
  /** Whether the stream goes on, has ended, or has a fault here. All content before a fault is produced. */
  readonly state: "open" | "ended" | "failed";
}

/** Decodes one stream. */
export interface Inflater extends Disposable {
  /** Decodes until the input is consumed, `into` is full, or a block ends. */
  decode(input: Uint8Array, into: Uint8Array): InflateStep;
}

/** The part of a stream's handle that this file uses. */
interface InflateHandle {
  onerror: (message: string, errno: number, code: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
}

interface InflateStream {
  readonly _handle: InflateHandle;
  /** After a call: bytes of output that are still free, and bytes of input that are not consumed. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** Creates a decoder of a stream that begins with the first input. */
export function createInflater(): Inflater {
  const stream = createInflateRaw() as unknown as InflateStream;
  const { _handle: handle, _writeState: left } = stream;
  let state: InflateStep["state"] = "open";
  let isOpen = true;
  handle.onerror = () => void (state = "failed");
  return {
    decode: (input, into) => {
      if (state !== "open" || input.length === 0 || into.length === 0) return { consumed: 0, produced: 0, state };
      handle.writeSync(constants.Z_BLOCK, input, 0, input.length, into, 0, into.length);
      const [room = 0, unused = 0] = left;
      const consumed = input.length - unused;
      const produced = into.length - room;
      // A block has at least ten bits, and the decoder holds fewer than eight at its start: it must consume a byte.
      if (state === "open" && consumed === 0 && produced === 0) state = "ended";
      return { consumed, produced, state };
    },
    [Symbol.dispose]: () => {
      if (isOpen) stream.close();
      isOpen = false;
    },
  };
}
