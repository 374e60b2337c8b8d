/**
 * Which bytes a program never tells apart.
 *
 * Owns the map from bytes to classes that makes tables narrow. Classes are runs of bytes: finer than need be, but cheap
 * to find.
 *
 * @module
 */
import { asksForWords, wordClassifier } from "./_look_context.ts";
import { LOOKS, type Program } from "./_program.ts";
import type { NodeTable } from "./_utf8_nodes.ts";

/** The classes of a program's bytes. */
export interface ByteClasses {
  /** The class of each byte. */
  readonly classes: Uint8Array;
  /** One byte of each class. */
  readonly samples: readonly number[];
}

/** Where bytes begin to differ for places at words, at line feeds, and at carriage returns. */
const WORD_BOUNDS = [0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b];
const LF_BOUNDS = [10, 11];
const CR_BOUNDS = [13, 14];

/**
 * Finds the classes of a program.
 *
 * @param program The program.
 * @param options What it has to remember of the bytes before a place.
 */
export function createByteClasses({ nodes, looks }: Program, { mask }: { mask: number }): ByteClasses {
  const begins = new Uint8Array(257);
  begins[0] = 1;
  markBounds(begins, nodes);
  if (asksForWords(mask)) markBounds(begins, wordClassifier().nodes);
  for (const look of looks) {
    for (const bound of boundsOf(LOOKS[look] ?? "")) begins[bound] = 1;
  }
  const samples: number[] = [];
  const classes = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    if (begins[byte] === 1) samples.push(byte);
    classes[byte] = samples.length - 1;
  }
  return { classes, samples };
}

function boundsOf(look: string): readonly number[] {
  if (look.startsWith("word")) return WORD_BOUNDS;
  return look.endsWith("CRLF") ? [...LF_BOUNDS, ...CR_BOUNDS] : look.endsWith("LF") ? LF_BOUNDS : [];
}

function markBounds(begins: Uint8Array, { edges }: NodeTable): void {
  for (let index = 0; index < edges.length; index += 3) {
    begins[edges[index] as number] = 1;
    begins[edges[index + 1] as number + 1] = 1;
  }
}
