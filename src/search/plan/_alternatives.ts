/**
 * Alternatives: the texts that a match may begin with, each as a row of sets of ASCII characters.
 *
 * Each match follows one of them for as long as its characters are ASCII. An alternative ends early where there would
 * be too many of them, or too long ones. Behind its end anything may follow.
 *
 * @module
 */
import { CHARACTERS, charactersOf } from "./_characters.ts";
import type { Hir, HirClass } from "../syntax/hir.ts";

/** For each place, the ASCII characters that may stand there: 1 at the index of each. */
export type Alternative = readonly Uint8Array[];

/** The most alternatives: the kernel has a bit for each. */
const MAX_ALTERNATIVES = 16;
/** The most characters of an alternative: more than the fraction of a second in the time of each line. */
export const MAX_ALTERNATIVE_LENGTH = 12;

/** The most steps to find the alternatives of one sequence: they bound its time. */
const MAX_STEPS = 64;

/** An alternative that may be extended. */
interface OpenAlternative {
  readonly sets: Alternative;
  readonly rest: Rest | undefined;
}

/** What comes next, part by part. */
interface Rest {
  readonly hir: Hir;
  readonly next: Rest | undefined;
}

/** Finds the alternatives of sequences. Equal classes and equal bytes share one set. */
export interface AlternativeFinder {
  /** Returns the alternatives of a sequence of parts: at least one, which may be empty. */
  readonly find: (parts: readonly Hir[]) => readonly Alternative[];
}

/**
 * Creates a finder.
 *
 * @param isVerbatim Reports whether a character always stands for itself in the text that is searched. An alternative
 * ends before one that does not.
 */
export function createAlternativeFinder(isVerbatim: (character: number) => boolean): AlternativeFinder {
  const known = new Map<Hir | number, Uint8Array>();
  const setOf = (part: HirClass | number): Uint8Array => {
    let set = known.get(part);
    if (set === undefined) known.set(part, set = typeof part === "number" ? byteSet(part) : charactersOf(part));
    return set;
  };

  const withSet = ({ sets, rest }: OpenAlternative, set: Uint8Array): OpenAlternative => {
    if (!isWritten(set, isVerbatim)) return { sets, rest: undefined };
    // Without a character in it, only one that is not ASCII may stand here, and what follows such a one is not known.
    return { sets: [...sets, set], rest: set.includes(1) ? rest : undefined };
  };

  /** Returns the alternatives that are one part longer. */
  const extended = (
    { sets, rest: { hir, next } }: OpenAlternative & { readonly rest: Rest },
  ): readonly OpenAlternative[] => {
    switch (hir.kind) {
      case "empty":
      case "look":
        return [{ sets, rest: next }];
      case "capture":
        return [{ sets, rest: { hir: hir.item, next } }];
      case "literal": {
        const [byte = 0, ...bytes] = hir.bytes;
        return [withSet({ sets, rest: bytes.length === 0 ? next : { hir: { ...hir, bytes }, next } }, setOf(byte))];
      }
      case "class":
        return [withSet({ sets, rest: next }, setOf(hir))];
      case "concat":
        return [{
          sets,
          rest: hir.items.reduceRight<Rest | undefined>((after, item) => ({ hir: item, next: after }), next),
        }];
      case "alternate":
        return hir.items.map((item) => ({ sets, rest: { hir: item, next } }));
      case "repeat": {
        const { item, min, max } = hir;
        if (max === 0) return [{ sets, rest: next }];
        const again: Hir = { ...hir, min: Math.max(min - 1, 0), max: max - 1 };
        const once = { sets, rest: { hir: item, next: { hir: again, next } } };
        return min > 0 ? [once] : [{ sets, rest: next }, once];
      }
    }
  };

  const find = (parts: readonly Hir[]): readonly Alternative[] => {
    const alternatives: Alternative[] = [];
    let open: readonly OpenAlternative[] = [{
      sets: [],
      rest: parts.reduceRight<Rest | undefined>((next, hir) => ({ hir, next }), undefined),
    }];
    for (let step = 0; step < MAX_STEPS && open.length > 0; step++) {
      const shortest = open.reduce((least, alternative) =>
        alternative.sets.length < least.sets.length ? alternative : least
      );
      const others = open.filter((alternative) => alternative !== shortest);
      const { sets, rest } = shortest;
      const next = rest === undefined || sets.length >= MAX_ALTERNATIVE_LENGTH ? [] : extended({ sets, rest });
      const isOver = next.length === 0 || alternatives.length + others.length + next.length > MAX_ALTERNATIVES;
      if (isOver) alternatives.push(sets);
      open = isOver ? others : [...others, ...next];
    }
    return [...alternatives, ...open.map(({ sets }) => sets)];
  };

  return { find };
}

/** Reports whether each character of a set stands for itself. */
export function isWritten(set: Uint8Array, isVerbatim: (character: number) => boolean): boolean {
  return set.every((taken, character) => taken === 0 || isVerbatim(character));
}

function byteSet(byte: number): Uint8Array {
  const set = new Uint8Array(CHARACTERS);
  if (byte < CHARACTERS) set[byte] = 1;
  return set;
}
