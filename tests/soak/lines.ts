/**
 * The lines that a soak writes: each has the number of its log, a sequence number and a checksum, in fixed places.
 *
 *     012 o 0000004711 1a2b3c4d abcdefgh…
 *
 * `o` and `e` are stdout and stderr. A log's numbers count up by one over both.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { createRandom } from "../support/random.ts";

const HEAD_BYTES = 17;
const PAD_AT = HEAD_BYTES + 9;
/** Where the number stands. */
const SEQUENCE_AT = 6;
const SEQUENCE_DIGITS = 10;

/** A line that was read. */
export interface SoakLine {
  /** The log that wrote it. */
  readonly log: number;
  /** Its number. */
  readonly sequence: number;
}

/** A line in a file has about so many bytes. */
export const LINE_BYTES = 200;

/** One line in ten, by its number, has a seven as its last digit. */
export const STEP = 10;
/** Finds these. */
export const STEP_PATTERN = "^\\d{3} [oe] \\d{9}7 ";
/** The rest of a number that the pattern finds. */
export const STEP_REST = 7;

const random = createRandom(1);
/** What fills lines: of different lengths, 170 bytes on average. */
const PADS: readonly string[] = Array.from(
  { length: 61 },
  () => String.fromCharCode(...Array.from({ length: 40 + random.int(220) }, () => 97 + random.int(26))),
);

/** A line's text, and whose stream it is of. */
export function soakText(
  log: number,
  sequence: number,
): { readonly text: string; readonly stream: "stdout" | "stderr" } {
  const stream = sequence % 3 === 0 ? "stderr" : "stdout";
  const sign = stream === "stdout" ? "o" : "e";
  const head = `${String(log).padStart(3, "0")} ${sign} ${String(sequence).padStart(SEQUENCE_DIGITS, "0")} `;
  const pad = PADS[sequence % PADS.length] ?? "";
  const sum = crc32(pad, crc32(head)).toString(16).padStart(8, "0");
  return { text: `${head}${sum} ${pad}`, stream };
}

/** Reads a line; undefined where it is not one, or its checksum is wrong. */
export function parseSoakText(text: Uint8Array): SoakLine | undefined {
  if (text.length < PAD_AT) return undefined;
  const log = digits(text, { at: 0, count: 3 });
  const sequence = digits(text, { at: SEQUENCE_AT, count: SEQUENCE_DIGITS });
  const sum = Number(`0x${Buffer.from(text.buffer, text.byteOffset + HEAD_BYTES, 8).toString("latin1")}`);
  if (crc32(text.subarray(PAD_AT), crc32(text.subarray(0, HEAD_BYTES))) !== sum) return undefined;
  return { log, sequence };
}

function digits(text: Uint8Array, { at, count }: { readonly at: number; readonly count: number }): number {
  let value = 0;
  for (let place = at; place < at + count; place += 1) value = value * 10 + (text[place] ?? 0) - 48;
  return value;
}
