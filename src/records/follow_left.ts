/**
 * The files that a follow has read and left: kept open for a while, and remembered after that.
 *
 * A runtime's last write to a file may come after its first to the next one, so each is kept for two rounds. And its name may come back: a link that is turned
 * to another file and back, a rotation that is undone. Then the follow goes on from where it was.
 *
 * @module
 */
import type { KnownContent } from "../logs/packed_copy.ts";
import { isIntact, type Place } from "./follow_place.ts";

/** Files that were left. */
export interface LeftFiles extends Disposable {
  /** Those that are open, in the order in which they were left. */
  open(): readonly Place[];
  /** What those held that were closed. */
  contents(): Iterable<KnownContent>;
  /** Keeps a file. */
  keep(place: Place): void;
  /** A round has passed. */
  passRound(): void;
  /**
   * Closes those that were left long enough ago, and those that are in the queue again, which go on as they are. Only for the reader to call, between two
   * reads: a number of a closed file may be another's already.
   */
  forget(queue: readonly Place[]): void;
  /** Has a place in a file that was left before go on from there. */
  resume(place: Place): void;
}

/** Rounds for which a file is kept open. */
const KEPT_ROUNDS = 2;
/** Files that are remembered. */
const REMEMBERED = 64;

/** What there is to know of how far a file was read. */
type Progress = Pick<
  Place,
  "offset" | "marker" | "head" | "sent" | "sentBefore" | "readTo" | "knownSize" | "isCut" | "searchedTo" | "isInLine"
>;

/** None yet. */
export function createLeftFiles(): LeftFiles {
  const kept: { readonly place: Place; rounds: number }[] = [];
  const remembered = new Map<string, Progress>();

  function remember({ file, ...place }: Place): void {
    file[Symbol.dispose]();
    remembered.delete(file.id);
    remembered.set(file.id, progressOf(place));
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  }

  return {
    open: () => kept.map(({ place }) => place),
    contents: () => remembered.values().map(({ head, offset }) => ({ head, bytes: offset })),
    keep: (place) => void kept.push({ place, rounds: 0 }),
    passRound: () => {
      for (const one of kept) one.rounds++;
    },
    forget: (queue) => {
      for (const one of [...kept]) {
        const { place, rounds } = one;
        const again = queue.find(({ file }) => file.id === place.file.id);
        if (again === undefined && rounds <= KEPT_ROUNDS) continue;
        if (again !== undefined) Object.assign(again, progressOf(place));
        kept.splice(kept.indexOf(one), 1);
        remember(place);
      }
    },
    resume: (place) => {
      const { id } = place.file;
      const before = kept.find((one) => one.place.file.id === id)?.place ?? remembered.get(id);
      if (before === undefined) return;
      const progress = progressOf(before);
      // Unless it is another file that got the inode of one that is gone.
      if (isIntact({ ...place, ...progress })) Object.assign(place, progress);
    },
    [Symbol.dispose]: () => {
      for (const { place } of kept) place.file[Symbol.dispose]();
    },
  };
}

function progressOf(place: Progress): Progress {
  const { offset, marker, head, sent, sentBefore, readTo, knownSize, isCut, searchedTo, isInLine } = place;
  return { offset, marker, head, sent, sentBefore, readTo, knownSize, isCut, searchedTo, isInLine };
}
