/**
 * The ways through the beginning of a sequence: what a match may begin with, as a few rows of sets of ASCII characters.
 *
 * Promises that each match follows one of the ways for as long as its characters are ASCII. A way may end early, where there would be too many or too long
 * ones; it then says nothing of what comes next.
 *
 * @module
 */
import type { Hir, HirClass } from "../syntax/hir.ts";

/** For each character of a way, which it may be: 1 in the places of those, of all ASCII characters. */
export type Alternative = readonly Uint8Array[];

/** The most ways: the kernel has a bit for each. */
const MAX_ALTERNATIVES = 16;
/** The most characters of a way: more than the fraction of a second in the times that stand in each line. */
export const MAX_ALTERNATIVE_LENGTH = 12;
/** ASCII characters. */
export const CHARACTERS = 128;

/** So many steps are made to find the ways of one sequence: the time that it takes is bounded. */
const MAX_STEPS = 64;

/** A way that may go on. */
interface OpenAlternative {
  readonly sets: Alternative;
  readonly rest: Rest | undefined;
}

/** What comes next, part by part. */
interface Rest {
  readonly hir: Hir;
  readonly next: Rest | undefined;
}

/** Finds the ways of sequences; the same class, or the same byte, is the same set wherever it stands. */
export interface AlternativeFinder {
  /** The ways of a sequence of parts; at least one, which may be empty. */
  readonly find: (parts: readonly Hir[]) => readonly Alternative[];
}

/**
 * Makes a finder of ways.
 *
 * @param isAsItIs Whether a character is written as itself in what is searched; a way ends before one that may be another.
 */
export function createAlternativeFinder(isAsItIs: (character: number) => boolean): AlternativeFinder {
  const known = new Map<Hir | number, Uint8Array>();
  const setOf = (part: HirClass | number): Uint8Array => {
    let set = known.get(part);
    if (set === undefined) known.set(part, set = typeof part === "number" ? byteSet(part) : classSet(part));
    return set;
  };

  const withSet = ({ sets, rest }: OpenAlternative, set: Uint8Array): OpenAlternative => {
    if (!isWritten(set, isAsItIs)) return { sets, rest: undefined };
    // Without a character in it, only one that is not ASCII may stand here, and what follows such a one is not known.
    return { sets: [...sets, set], rest: set.includes(1) ? rest : undefined };
  };

  /** The ways that go on by one part. */
  const goneOn = (
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
      const next = rest === undefined || sets.length >= MAX_ALTERNATIVE_LENGTH ? [] : goneOn({ sets, rest });
      const isOver = next.length === 0 || alternatives.length + others.length + next.length > MAX_ALTERNATIVES;
      if (isOver) alternatives.push(sets);
      open = isOver ? others : [...others, ...next];
    }
    return [...alternatives, ...open.map(({ sets }) => sets)];
  };

  return { find };
}

/** Whether all characters of a set are written as themselves. */
export function isWritten(set: Uint8Array, isAsItIs: (character: number) => boolean): boolean {
  return set.every((taken, character) => taken === 0 || isAsItIs(character));
}

function byteSet(byte: number): Uint8Array {
  const set = new Uint8Array(CHARACTERS);
  if (byte < CHARACTERS) set[byte] = 1;
  return set;
}

function classSet({ ranges }: HirClass): Uint8Array {
  const set = new Uint8Array(CHARACTERS);
  for (let range = 0; range < ranges.length; range += 2) {
    set.fill(1, ranges[range], Math.min((ranges[range + 1] ?? 0) + 1, CHARACTERS));
  }
  return set;
}
