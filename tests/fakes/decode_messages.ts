/**
 * Bytes to messages: the other half of the codec, for whoever plays the reducer.
 *
 * Takes bytes in pieces of any size. Promises to refuse what the reducer refuses: a number that stands for no message,
 * or a length that does not hold the message's own parts.
 *
 * @module
 */
import { LITTLE_ENDIAN } from "../../src/collector/wire/byte_order.ts";
import { TIMESTAMP_BYTES } from "../../src/collector/wire/encode.ts";
import { FIELD_BYTES, type Layout, LAYOUTS, type MessageName } from "../../src/collector/wire/layouts.ts";

/** A message that came. */
export interface Message {
  /** Which one. */
  readonly name: MessageName;
  /** The number that stands for it. */
  readonly id: number;
  /** Nanoseconds since 1970, by the sender's clock. */
  readonly timestamp: bigint;
  /** What it says, by field. */
  readonly values: Readonly<Record<string, string | number | bigint | Uint8Array>>;
}

/** The bytes are no messages. */
export class MessageError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "MessageError";
}

/** Takes bytes, gives messages. */
export interface MessageReader {
  /** Bytes of a message that is not whole yet. */
  readonly pending: Uint8Array;
  /** Adds bytes; gives the messages that are whole now, at most `max` of them. Throws a {@linkcode MessageError}. */
  read(bytes: Uint8Array, max?: number): readonly Message[];
}

const byId: ReadonlyMap<number, MessageName> = new Map(
  Object.entries(LAYOUTS).map(([name, layout]) => [layout.id, name as MessageName]),
);
const decoder = new TextDecoder();

/** A reader that has seen nothing. */
export function createMessageReader(): MessageReader {
  let pending = new Uint8Array();
  return {
    get pending(): Uint8Array {
      return pending;
    },
    read: (bytes, max = Infinity) => {
      pending = joined(pending, bytes);
      const messages: Message[] = [];
      let at = 0;
      while (messages.length < max) {
        const found = messageAt(pending, at);
        if (found === undefined) break;
        messages.push(found.message);
        at = found.end;
      }
      pending = pending.slice(at);
      return messages;
    },
  };
}

function messageAt(bytes: Uint8Array, at: number): { message: Message; end: number } | undefined {
  const start = at + TIMESTAMP_BYTES;
  if (start + 2 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const id = view.getUint16(start, LITTLE_ENDIAN);
  const name = byId.get(id);
  if (name === undefined) throw new MessageError(`Cannot read message: no message has the number ${id}`);
  const layout: Layout = LAYOUTS[name];
  const hasTexts = layout.last !== undefined;
  if (start + (hasTexts ? 4 : layout.size) > bytes.length) return undefined;
  const length = hasTexts ? view.getUint16(start + 2, LITTLE_ENDIAN) : layout.size;
  const end = start + length;
  if (length < layout.size) throw new MessageError(`Cannot read ${name}: a length of ${length} bytes`);
  if (end > bytes.length) return undefined;

  const values: Record<string, string | number | bigint | Uint8Array> = {};
  let textAt = start + layout.size;
  for (const [key, kind, offset] of layout.fields) {
    const place = start + offset;
    if (kind === "text") {
      const next = textAt + view.getUint16(place, LITTLE_ENDIAN);
      if (next > end) throw new MessageError(`Cannot read ${name}: ${key} goes beyond its end`);
      values[key] = decoder.decode(bytes.subarray(textAt, next));
      textAt = next;
    } else if (kind === "u8") values[key] = view.getUint8(place);
    else if (kind === "u16") values[key] = view.getUint16(place, LITTLE_ENDIAN);
    else if (kind === "u32") values[key] = view.getUint32(place, LITTLE_ENDIAN);
    else if (kind === "u64") values[key] = view.getBigUint64(place, LITTLE_ENDIAN);
    else values[key] = bytes.slice(place, place + FIELD_BYTES[kind]);
  }
  if (layout.last !== undefined) values[layout.last] = decoder.decode(bytes.subarray(textAt, end));
  return { message: { name, id, timestamp: view.getBigUint64(at, LITTLE_ENDIAN), values }, end };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
