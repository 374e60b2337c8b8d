/**
 * A throttle for the bytes that come in on a connection: they are handed on in small pieces, some ticks apart.
 *
 * A read of 64 KiB may hold the heads of four hundred calls, and HTTP/2 makes a stream of each before any other
 * connection is served. A call of another connection takes several ticks to be read and answered, and waits for one
 * piece in each.
 *
 * @module
 */
import { limits } from "../../scheduling/limits.ts";
import { afterTicks } from "../../scheduling/time_slice.ts";

/** The two methods of a `Readable` by which bytes come in. */
export interface ReadSocket {
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Takes what was read, `null` at the end; returns whether more is wanted at once. */
  push(chunk: Uint8Array | null): boolean;
  /** Is called when more is wanted. */
  _read(size: number): void;
}

/** What a throttle may do besides. */
export interface ReadInPiecesOptions {
  /**
   * Is called when more than 16 MiB wait: Deno reads on whatever `push` returns.
   *
   * @default any number of bytes may wait
   */
  readonly onOverflow?: (() => void) | undefined;
  /** Reports whether nothing may be handed on now; then calls `resume` once it may. @default never */
  readonly isHeldBack?: ((resume: () => void) => boolean) | undefined;
}

/** Makes the socket hand on its bytes in pieces. It reads again when all of them are handed on. */
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
    if (chunk === null || chunk.length <= limits.inboundPieceBytes) waiting.shift();
    else waiting[0] = chunk.subarray(limits.inboundPieceBytes);
    const piece = chunk?.subarray(0, limits.inboundPieceBytes) ?? null;
    waitingBytes -= piece?.length ?? 0;
    push(piece);
    if (waiting.length > 0) {
      afterTicks(limits.ticksPerInboundPiece, handOn);
      return;
    }
    if (wantedSize !== undefined) read(wantedSize);
    wantedSize = undefined;
  };

  socket.push = (chunk) => {
    if (waiting.length === 0) {
      const isSmall = chunk === null || chunk.length <= limits.inboundPieceBytes;
      const waitsForClient = chunk !== null && isHeldBack(handOn);
      if (isSmall && !waitsForClient) return push(chunk);
      if (!waitsForClient) afterTicks(limits.ticksPerInboundPiece, handOn);
    }
    waiting.push(chunk);
    waitingBytes += chunk?.length ?? 0;
    if (waitingBytes > limits.maxInboundBytes) onOverflow?.();
    return false;
  };
  socket._read = (size) => {
    if (waiting.length === 0) read(size);
    else wantedSize = size;
  };
}
