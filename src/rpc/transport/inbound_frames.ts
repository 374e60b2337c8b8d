/**
 * Takes the resets of streams (RST_STREAM, RFC 9113, section 6.4) out of what a client sends; all else goes on
 * unchanged, in its order.
 *
 * It reads the heads of frames only. A frame that is not as the RFC wants it goes on as well: HTTP/2 refuses it.
 *
 * @module
 */

/** What a client's side of a connection begins with (RFC 9113, section 3.4). */
const PREFACE_BYTES = 24;
/** The head of a frame: 3 bytes of length, type, flags, 4 bytes of stream. */
const HEAD_BYTES = 9;
const HEADERS_TYPE = 1;
const RESET_TYPE = 3;
const SETTINGS_TYPE = 4;
const PING_TYPE = 6;
const ACK_FLAG = 1;
const RESET_PAYLOAD_BYTES = 4;

/** Takes the bytes of a connection. */
export interface FrameReceiver {
  /**
   * Takes the next bytes; none, where a chunk held nothing else than resets. Returns whether more is wanted at once.
   */
  pass(bytes: Uint8Array): boolean;
  /** Takes a reset. All bytes before it have been passed on. */
  reset(streamId: number): void;
  /** Takes note of a HEADERS frame, which goes on. @default nothing */
  head?(streamId: number): void;
  /** Takes note of a PING or SETTINGS that wants an answer; it goes on as well. @default nothing */
  control?(): void;
}

/** Returns a function that takes the chunks of one connection, and returns whether more is wanted at once. */
export function withoutResets(receiver: FrameReceiver): (chunk: Uint8Array) => boolean {
  const head = new Uint8Array(HEAD_BYTES + RESET_PAYLOAD_BYTES);
  /** How many bytes of `head` are filled. */
  let filled = 0;
  /** How many of these came with earlier chunks: they have not been passed on. */
  let held = 0;
  /** How many bytes are left of the preface or of a payload. */
  let left = PREFACE_BYTES;

  const headBytes = (): number => {
    const isReset = filled >= HEAD_BYTES && head[3] === RESET_TYPE && payloadBytes(head) === RESET_PAYLOAD_BYTES &&
      isClientStream(streamId(head));
    return isReset ? HEAD_BYTES + RESET_PAYLOAD_BYTES : HEAD_BYTES;
  };

  return (chunk) => {
    let passed = 0;
    let offset = 0;
    while (offset < chunk.length) {
      if (left > 0) {
        const taken = Math.min(left, chunk.length - offset);
        left -= taken;
        offset += taken;
        continue;
      }
      while (offset < chunk.length && filled < headBytes()) head[filled++] = chunk[offset++] ?? 0;
      const wanted = headBytes();
      if (filled < wanted) break;
      const isReset = wanted > HEAD_BYTES;
      if (isReset) {
        const begin = offset - (filled - held);
        if (begin > passed) receiver.pass(chunk.subarray(passed, begin));
        passed = offset;
        receiver.reset(streamId(head));
      } else {
        if (held > 0) receiver.pass(head.slice(0, held));
        left = payloadBytes(head);
        if (wantsAnswer(head)) receiver.control?.();
        else if (head[3] === HEADERS_TYPE) receiver.head?.(streamId(head));
      }
      filled = 0;
      held = 0;
    }
    const end = offset - (filled - held);
    held = filled;
    return receiver.pass(chunk.subarray(passed, Math.max(passed, end)));
  };
}

function wantsAnswer(head: Uint8Array): boolean {
  const [, , , type, flags = 0] = head;
  return (type === SETTINGS_TYPE || type === PING_TYPE) && (flags & ACK_FLAG) === 0;
}

function payloadBytes([high = 0, middle = 0, low = 0]: Uint8Array): number {
  return high << 16 | middle << 8 | low;
}

function streamId(head: Uint8Array): number {
  return ((head[5] ?? 0) & 0x7f) << 24 | (head[6] ?? 0) << 16 | (head[7] ?? 0) << 8 | (head[8] ?? 0);
}

/** Clients open streams of odd numbers; 0 is the connection. */
function isClientStream(id: number): boolean {
  return (id & 1) === 1;
}
