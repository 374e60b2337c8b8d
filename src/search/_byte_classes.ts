/**
 * Which bytes a program never tells apart.
 *
 * Owns the map from bytes to classes that makes tables narrow. Classes are runs of bytes: finer than need be, but cheap to find.
 *
 * @module
 */
import { asksForWords, wordClassifier } from "./_look_context.ts";
import type { Program } from "./_program.ts";
import type { NodeTable } from "./_utf8_nodes.ts";

/** The classes of a program's bytes. */
export interface ByteClasses {
  /** The class of each byte. */
  readonly classes: Uint8Array;
  /** One byte of each class. */
  readonly samples: readonly number[];
}

/** Where bytes begin to differ in what places are about: line feed, carriage return, word characters. */
const LOOK_BOUNDS = [10, 11, 13, 14, 0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b, 0x80];

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
  if (looks.size > 0) { for (const bound of LOOK_BOUNDS) begins[bound] = 1; }
  if (asksForWords(mask)) markBounds(begins, wordClassifier().nodes);
  const samples: number[] = [];
  const classes = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    if (begins[byte] === 1) samples.push(byte);
    classes[byte] = samples.length - 1;
  }
  return { classes, samples };
}

function markBounds(begins: Uint8Array, { edges }: NodeTable): void {
  for (let index = 0; index < edges.length; index += 3) {
    begins[edges[index] as number] = 1;
    begins[edges[index + 1] as number + 1] = 1;
  }
}
