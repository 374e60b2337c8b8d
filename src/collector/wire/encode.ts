/**
 * Messages to bytes, one behind the other.
 *
 * Promises the reducer's layout to the byte, with zeros where it leaves gaps, and that no message is longer than its
 * length can say: the longest text of one that would be is cut between two characters, and the cut is reported.
 * Numbers are taken as they are given; byte order of addresses is the caller's business.
 *
 * @module
 */
import { LITTLE_ENDIAN } from "./byte_order.ts";
import { type Layout, LAYOUTS, type MessageName, type MessageValues } from "./layouts.ts";
import { createWallClock } from "./wall_clock.ts";

/** Time stamps stand before each message. */
export const TIMESTAMP_BYTES = 8;

/** How messages are written. */
export interface MessageWriterOptions {
  /** Messages are cut to this many bytes, their time stamp not counted. @default {65_535} */
  readonly maxMessageBytes?: number;
  /** Called for each message that was cut. */
  readonly onCut?: (name: MessageName) => void;
  /** Nanoseconds since 1970. @default a clock of its own, {@linkcode createWallClock} */
  readonly now?: () => bigint;
}

/** A buffer of whole messages. */
export interface MessageWriter {
  /** Bytes that {@linkcode take} would give. */
  readonly length: number;
  /** Puts a message behind the others. */
  write<Name extends MessageName>(name: Name, values: MessageValues<Name>): void;
  /** All messages since the last call; good until the next message is written. */
  take(): Uint8Array;
}

const encoder = new TextEncoder();

/** A writer with nothing in it. */
export function createMessageWriter(options: MessageWriterOptions = {}): MessageWriter {
  const { maxMessageBytes = 65_535, onCut, now = createWallClock() } = options;
  let bytes = new Uint8Array(32_768);
  let view = new DataView(bytes.buffer);
  let end = 0;

  function reserve(more: number): void {
    if (end + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, end + more));
    larger.set(bytes.subarray(0, end));
    bytes = larger;
    view = new DataView(bytes.buffer);
  }

  function write<Name extends MessageName>(name: Name, values: MessageValues<Name>): void {
    const layout: Layout = LAYOUTS[name];
    const given = values as Readonly<Record<string, string | number | bigint | Uint8Array>>;
    const texts = textFields(layout).map((key) => String(given[key]));
    reserve(TIMESTAMP_BYTES + layout.size + texts.reduce((sum, text) => sum + 3 * text.length, 0));
    const start = end + TIMESTAMP_BYTES;
    bytes.fill(0, end, start + layout.size);
    view.setBigUint64(end, now(), LITTLE_ENDIAN);
    view.setUint16(start, layout.id, LITTLE_ENDIAN);
    let at = start + layout.size;
    let lengths = texts.map((text) => {
      const { written } = encoder.encodeInto(text, bytes.subarray(at));
      at += written;
      return written;
    });
    if (at - start > maxMessageBytes) {
      const cut = cutToFit(texts.map((text) => encoder.encode(text)), maxMessageBytes - layout.size);
      at = start + layout.size;
      for (const part of cut) {
        bytes.set(part, at);
        at += part.length;
      }
      lengths = cut.map((part) => part.length);
      onCut?.(name);
    }
    if (texts.length > 0) view.setUint16(start + 2, at - start, LITTLE_ENDIAN);
    let text = 0;
    for (const [key, kind, offset] of layout.fields) {
      const value = given[key];
      const fieldAt = start + offset;
      if (kind === "text") view.setUint16(fieldAt, lengths[text++] ?? 0, LITTLE_ENDIAN);
      else if (kind === "u8") view.setUint8(fieldAt, Number(value));
      else if (kind === "u16") view.setUint16(fieldAt, Number(value), LITTLE_ENDIAN);
      else if (kind === "u32") view.setUint32(fieldAt, Number(value), LITTLE_ENDIAN);
      else if (kind === "u64") view.setBigUint64(fieldAt, value as bigint, LITTLE_ENDIAN);
      else bytes.set(value as Uint8Array, fieldAt);
    }
    end = at;
  }

  return {
    get length(): number {
      return end;
    },
    write,
    take: () => {
      const taken = bytes.subarray(0, end);
      end = 0;
      return taken;
    },
  };
}

const textFieldsOf = new Map<Layout, readonly string[]>();

/** The names of the texts, in the order in which they follow the fixed part. */
function textFields(layout: Layout): readonly string[] {
  let names = textFieldsOf.get(layout);
  if (names === undefined) {
    names = layout.fields.filter(([, kind]) => kind === "text").map(([name]) => name);
    if (layout.last !== undefined) names = [...names, layout.last];
    textFieldsOf.set(layout, names);
  }
  return names;
}

/** Takes from the longest text, and then from the next longest, until all together fit. */
function cutToFit(texts: readonly Uint8Array[], maxBytes: number): readonly Uint8Array[] {
  const cut = [...texts];
  for (;;) {
    const excess = cut.reduce((sum, text) => sum + text.length, 0) - maxBytes;
    if (excess <= 0) return cut;
    const longest = cut.reduce((best, text, index) => text.length > (cut[best]?.length ?? 0) ? index : best, 0);
    const text = cut[longest] ?? new Uint8Array();
    let keep = Math.max(0, text.length - excess);
    // Not within a character: its later bytes begin with the bits 10.
    while (keep > 0 && ((text[keep] ?? 0) & 0xc0) === 0x80) keep--;
    cut[longest] = text.subarray(0, keep);
  }
}
