/**
 * What has to be remembered of the bytes before a place, to judge it when only one byte after it is seen.
 *
 * Owns a number that stands for it, and the judgement from that number and the next byte. Characters are told apart as
 * they come, byte by byte, so that Unicode's words can be judged in well-formed UTF-8; in any other it says that it
 * cannot. The slow walk's judgement, which reads the bytes themselves, is in `_looks.ts`.
 *
 * @module
 */
import { isWordByte } from "./_looks.ts";
import type { Look } from "../syntax/hir.ts";
import {
  afterByte,
  createNodePool,
  NO_NODE,
  type NodeTable,
  nodeTable,
  PASSED,
  pointNode,
  TAKEN,
} from "./_utf8_nodes.ts";
import { wordRanges } from "../syntax/unicode.ts";

/**
 * The bits of a context: at the beginning of the message; after a line feed, a carriage return, an ASCII word byte, a
 * Unicode word character.
 */
const START = 1;
const AFTER_LF = 2;
const AFTER_CR = 4;
const AFTER_WORD_BYTE = 8;
const AFTER_WORD = 16;

/** From this bit on: within a character, the node for its next byte, counted from 1. */
const WITHIN_SHIFT = 5;

/** The context at the beginning of a message. */
export const START_CONTEXT: number = START;

/** Instead of a context: ill-formed UTF-8, where one is needed. */
export const NO_CONTEXT: number = -1;

/** Tells word characters from others, and ill-formed UTF-8 from both. */
export interface WordClassifier {
  /** Its nodes. */
  readonly nodes: NodeTable;
  /** Where characters begin. */
  readonly root: number;
}

let classifier: WordClassifier | undefined;

/** The automaton that takes word characters and passes others; the same for all patterns. */
export function wordClassifier(): WordClassifier {
  if (classifier === undefined) {
    const pool = createNodePool();
    const root = pointNode(pool, wordRanges(), PASSED);
    classifier = { nodes: nodeTable(pool), root };
  }
  return classifier;
}

/**
 * What has to be remembered to judge some kinds of places. The less, the fewer states.
 *
 * @param looks The kinds.
 */
export function contextMask(looks: Iterable<Look>): number {
  let mask = 0;
  for (const look of looks) {
    if (look === "startLF" || look === "startCRLF") mask |= AFTER_LF;
    if (look.endsWith("CRLF")) mask |= AFTER_CR;
    if (look.startsWith("word")) mask |= isUnicode(look) ? AFTER_WORD : AFTER_WORD_BYTE;
  }
  return mask;
}

/** Whether a mask is for Unicode's words. */
export function asksForWords(mask: number): boolean {
  return (mask & AFTER_WORD) !== 0;
}

function isUnicode(look: Look): boolean {
  return look.includes("Unicode");
}

/**
 * The context after one more byte.
 *
 * @param context The context before it.
 * @param byte The byte.
 * @param options What has to be remembered.
 * @returns `NO_CONTEXT` where Unicode's words would have to be judged in ill-formed UTF-8.
 */
export function contextAfter(context: number, byte: number, { mask }: { mask: number }): number {
  const plain = mask &
    ((byte === 10 ? AFTER_LF : byte === 13 ? AFTER_CR : 0) | (isWordByte(byte) ? AFTER_WORD_BYTE : 0));
  if (!asksForWords(mask)) return plain;
  const { nodes, root } = wordClassifier();
  const within = context >> WITHIN_SHIFT;
  const next = afterByte(nodes, within === 0 ? root : within - 1, byte);
  if (next === NO_NODE) return NO_CONTEXT;
  return next >= 0 ? plain | (next + 1) << WITHIN_SHIFT : plain | (next === TAKEN ? AFTER_WORD : 0);
}

/** Whether the context is that of a place within a character. */
export function isWithin(context: number): boolean {
  return context >> WITHIN_SHIFT !== 0;
}

/**
 * Judges a place by what is before it alone.
 *
 * @returns `undefined` where what comes after it counts.
 */
export function judgeBefore(look: Look, context: number): boolean | undefined {
  switch (look) {
    case "start":
      return (context & START) !== 0;
    case "startLF":
      return (context & (START | AFTER_LF)) !== 0;
    case "wordStartHalfAscii":
      return (context & AFTER_WORD_BYTE) === 0;
    case "wordUnicode":
    case "wordUnicodeNegate":
    case "wordStartUnicode":
    case "wordEndUnicode":
    case "wordStartHalfUnicode":
    case "wordEndHalfUnicode":
      // Neither side of such a place is a whole character.
      return isWithin(context) ? false : look === "wordStartHalfUnicode" ? (context & AFTER_WORD) === 0 : undefined;
    default:
      return undefined;
  }
}

/** What is after a place. */
export interface Following {
  /** The byte; -1 at the end. */
  readonly byte: number;
  /**
   * For a byte that does not tell by itself: whether a word character begins there, or `undefined` for no character at
   * all.
   */
  readonly beginsWord: boolean | undefined;
}

/**
 * Judges a place by what is on both sides of it.
 *
 * @param look The kind of place.
 * @param context What is before.
 * @param following What is after.
 */
export function judge(look: Look, context: number, following: Following): boolean {
  const known = judgeBefore(look, context);
  if (known !== undefined) return known;
  const { byte } = following;
  const before = (context & (isUnicode(look) ? AFTER_WORD : AFTER_WORD_BYTE)) !== 0;
  const after = isUnicode(look) && byte >= 0x80 ? following.beginsWord : isWordByte(byte);
  switch (look) {
    case "end":
      return byte < 0;
    case "endLF":
      return byte < 0 || byte === 10;
    case "startCRLF":
      return (context & (START | AFTER_LF)) !== 0 || ((context & AFTER_CR) !== 0 && byte !== 10);
    case "endCRLF":
      return byte < 0 || byte === 13 || (byte === 10 && (context & AFTER_CR) === 0);
    case "wordAscii":
    case "wordUnicode":
      return before !== (after === true);
    case "wordAsciiNegate":
    case "wordUnicodeNegate":
      return before === after;
    case "wordStartAscii":
    case "wordStartUnicode":
      return !before && after === true;
    case "wordEndAscii":
    case "wordEndUnicode":
      return before && after !== true;
    case "wordEndHalfAscii":
    case "wordEndHalfUnicode":
      return after === false;
    default:
      throw new TypeError(`Cannot judge a place of kind ${look} from both sides`);
  }
}
