/**
 * gRPC messages taken from the data of a stream, and the text of a record in one: no library, since the load shares the
 * processors with the agent.
 *
 * @module
 */
const HEAD_BYTES = 5;
/** Field 2, of a length: the message of a LogRecord. */
const MESSAGE_TAG = 0x12;
const LENGTH_TYPE = 2;

/** Cuts data into messages; each is only lent. */
export class MessageReader {
  readonly #onMessage: (message: Uint8Array) => void;
  #rest = new Uint8Array();

  /** `onMessage` takes each message without its head. */
  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** Takes the next piece. */
  take(piece: Uint8Array): void {
    let bytes = piece;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + piece.length);
      bytes.set(this.#rest);
      bytes.set(piece, this.#rest.length);
    }
    const heads = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + heads.getUint32(at + 1);
      if (end > bytes.length) break;
      this.#onMessage(bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    // A copy: of a Buffer, `slice` is a view of bytes that are only lent.
    this.#rest = Uint8Array.from(bytes.subarray(at));
  }
}

/** The message of a LogRecord; only lent. Empty where there is none. */
export function messageOf(record: Uint8Array): Uint8Array {
  for (let at = 0; at < record.length;) {
    const tag = record[at] ?? 0;
    at += 1;
    let value = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte >= 0x80 && at < record.length) {
      byte = record[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    }
    if (tag === MESSAGE_TAG) return record.subarray(at, at + value);
    if ((tag & 7) === LENGTH_TYPE) at += value;
  }
  return new Uint8Array();
}
