/**
 * What a connection brings is taken in small pieces, with some rounds of the event loop between two of them.
 *
 * A read of 64 KiB may hold the heads of four hundred calls, and HTTP/2 makes a stream of each before anybody else is served: one call of another connection
 * needs several rounds to be read and answered, and would wait for one more piece in each.
 *
 * @module
 */
import { afterTicks } from "../../scheduling/time_slice.ts";

/** One or two calls. */
const PIECE_BYTES = 256;
/** No client that waits for its answers has so many bytes waiting: four of the longest messages. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** After so many rounds comes the next piece. */
const PIECE_TICKS = 4;

/** The two methods of a `Readable` by which bytes come in. */
export interface ReadSocket {
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Takes what was read, `null` at the end; returns whether more is wanted at once. */
  push(chunk: Uint8Array | null): boolean;
  /** Is called when more is wanted. */
  _read(size: number): void;
}

/** What there is beside the socket. */
export interface ReadInPiecesOptions {
  /** Is called when more than 16 MiB wait: Deno reads on whatever `push` returns. @default any number of bytes may wait */
  readonly onOverflow?: (() => void) | undefined;
  /** Tells whether nothing may be handed on now; then calls `resume` once it may. @default nothing holds it back */
  readonly isHeldBack?: ((resume: () => void) => boolean) | undefined;
}

/** Lets the socket hand on what it reads in pieces; it reads on when it has handed on everything. */
export function throttleInbound(
  socket: ReadSocket,
  { onOverflow, isHeldBack = () => false }: ReadInPiecesOptions = {},
): void {
  const push = socket.push.bind(socket);
  const read = socket._read.bind(socket);
  const waiting: (Uint8Array | null)[] = [];
  let waitingBytes = 0;
  let wantedSize: number | undefined;

  const handOn = (): void => {
    if (socket.destroyed) {
      waiting.length = 0;
      return;
    }
    if (isHeldBack(handOn)) return;
    const [chunk = null] = waiting;
    if (chunk === null || chunk.length <= PIECE_BYTES) waiting.shift();
    else waiting[0] = chunk.subarray(PIECE_BYTES);
    const piece = chunk?.subarray(0, PIECE_BYTES) ?? null;
    waitingBytes -= piece?.length ?? 0;
    push(piece);
    if (waiting.length > 0) {
      afterTicks(PIECE_TICKS, handOn);
      return;
    }
    if (wantedSize !== undefined) read(wantedSize);
    wantedSize = undefined;
  };

  socket.push = (chunk) => {
    if (waiting.length === 0) {
      const isSmall = chunk === null || chunk.length <= PIECE_BYTES;
      const waitsForClient = chunk !== null && isHeldBack(handOn);
      if (isSmall && !waitsForClient) return push(chunk);
      if (!waitsForClient) afterTicks(PIECE_TICKS, handOn);
    }
    waiting.push(chunk);
    waitingBytes += chunk?.length ?? 0;
    if (waitingBytes > MAX_WAITING_BYTES) onOverflow?.();
    return false;
  };
  socket._read = (size) => {
    if (waiting.length === 0) read(size);
    else wantedSize = size;
  };
}
