/**
 * Decodes a deflate stream call by call, from memory to memory, at once.
 *
 * `node:zlib` offers streams that end at the first end of a block and give nothing of the piece in which a fault is. Underneath each lies a handle that says
 * after each call how much it took and gave, and that stops where a block ends; it is driven here directly. It is not documented, so it is used in this file
 * only, and its tests tell when it changes.
 *
 * @module
 */
import { constants, createInflateRaw } from "node:zlib";

/** How far back a match may reach. */
export const DICTIONARY_BYTES = 32 * 1024;

/** What a call did. */
export interface InflateStep {
  /** Bytes of the input that were used. */
  readonly consumed: number;
  /** Bytes of content that were given. */
  readonly produced: number;
  /** Whether there may be more; the stream has come to its end, or to a fault: all content before it was given. */
  readonly state: "open" | "ended" | "failed";
}

/** Decodes one stream. */
export interface Inflater extends Disposable {
  /** Decodes until the input is used up, `into` is full, or a block ends. */
  decode(input: Uint8Array, into: Uint8Array): InflateStep;
}

/** What is used of the handle below a stream. */
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
  /** What a call left: room in the output, bytes of the input. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** A decoder of a stream that begins with the first input. */
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
      // A block has ten bits at least, and fewer than eight are kept from the one before.
      if (state === "open" && consumed === 0 && produced === 0) state = "ended";
      return { consumed, produced, state };
    },
    [Symbol.dispose]: () => {
      if (isOpen) stream.close();
      isOpen = false;
    },
  };
}
