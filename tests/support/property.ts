/**
 * Properties that hold for random input, checked by fast-check: a failure is shrunk to a small one and names its seed.
 *
 * `SEED=n` begins with that seed, and `SEEDS=n` sets how many are tried: `SEED=17 SEEDS=1` repeats one failure.
 *
 * @module
 */
import fc from "fast-check";
import { createRandom, type Random } from "./random.ts";

/** How a property is checked. */
export interface PropertyOptions {
  /** How many inputs are tried, each from a seed of its own. */
  readonly runs: number;
  /** The first seed. @default {1} */
  readonly seed?: number;
}

/**
 * Checks that a property holds for random values; throws an error that names the seed and the smallest failing value.
 *
 * @param arbitrary How values are made and shrunk.
 * @param holds Throws, or rejects, where the property does not hold.
 * @returns How many values were tried.
 */
export async function checkProperty<T>(
  arbitrary: fc.Arbitrary<T>,
  holds: (value: T) => void | Promise<void>,
  options: PropertyOptions,
): Promise<number> {
  const first = Number(Deno.env.get("SEED") ?? options.seed ?? 1);
  const runs = Number(Deno.env.get("SEEDS") ?? options.runs);
  const property = fc.asyncProperty(arbitrary, async (value) => void await holds(value));
  for (let seed = first; seed < first + runs; seed++) {
    // Neighbouring seeds would give fast-check's generator similar first numbers.
    const details = await fc.check(property, { seed: createRandom(seed).int(2 ** 32) | 0, numRuns: 1 });
    if (!details.failed) continue;
    const { counterexample, errorInstance, numShrinks } = details;
    const shown = fc.stringify(counterexample?.[0]).slice(0, MAX_SHOWN);
    const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
    throw new Error(`SEED=${seed} SEEDS=1 gives this again, shrunk ${numShrinks} times: ${shown}\n${why}`, {
      cause: errorInstance,
    });
  }
  return runs;
}

/**
 * Checks a property whose input the test draws itself, number by number. A failing input is shrunk by leaving out
 * draws and by making them smaller: so the smallest draw must give the simplest input.
 *
 * @param holds Draws its input; throws, or rejects, where the property does not hold.
 * @returns How many inputs were tried.
 */
export async function checkRandom(
  holds: (random: Random) => void | Promise<void>,
  options: PropertyOptions,
): Promise<number> {
  return await checkProperty<Random>(new RandomArbitrary(), holds, options);
}

/** Characters of a failing value in an error. */
const MAX_SHOWN = 2000;
/** Shrunk inputs that are tried for one failure. */
const MAX_TRIES = 2000;
/** Draws of an item that are left out together with it. */
const MAX_ITEM_DRAWS = 8;

/** Numbers that can be drawn again: those that are given, then zeros, or those of a generator. */
class Draws implements Random {
  /** The numbers that were drawn. */
  readonly drawn: number[] = [];
  readonly #next: (below: number) => number;

  /** Draws from `next`. */
  constructor(next: (below: number) => number) {
    this.#next = next;
  }

  /** A number that is noted. */
  int(below: number): number {
    const value = this.#next(below);
    this.drawn.push(value);
    return value;
  }

  /** One of the items, the first for the smallest draw. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new RangeError("Cannot pick from nothing");
    return item;
  }

  /** True once in `times`, and not for the smallest draw. */
  oneIn(times: number): boolean {
    return this.int(times) === times - 1;
  }

  /** How an error shows it. */
  [fc.toStringMethod](): string {
    return `draws ${this.drawn.join(" ")}`;
  }
}

/** How far a failing input has been shrunk. */
interface Progress {
  /** Draws that are left out together; 0 when they are made smaller one by one. */
  readonly size: number;
  /** The draw that comes next; left out are those before it. */
  readonly at: number;
  /** Whether this pass has made the input smaller: then another one follows. */
  readonly smaller: boolean;
  readonly tries: number;
}

class RandomArbitrary extends fc.Arbitrary<Draws> {
  override generate(random: fc.Random): fc.Value<Draws> {
    const source = createRandom(random.nextInt());
    return new fc.Value(new Draws(source.int), undefined);
  }

  override canShrinkWithoutContext(_value: unknown): _value is Draws {
    return false;
  }

  override shrink({ drawn }: Draws, context: Progress | undefined): fc.Stream<fc.Value<Draws>> {
    return fc.stream(shrunk(drawn, context));
  }
}

/** The inputs that are tried next. Yields each with what is to be tried where it fails, too. */
function* shrunk(drawn: readonly number[], progress: Progress | undefined): Generator<fc.Value<Draws>, void> {
  let { tries = 0 } = progress ?? {};
  let pass: Omit<Progress, "tries"> | undefined = progress ?? firstPass(drawn);
  while (pass !== undefined) {
    for (const { draws, size, at } of pass.size > 0 ? shorter(drawn, pass) : lower(drawn, pass)) {
      if (tries++ >= MAX_TRIES) return;
      yield new fc.Value(again(draws), { size, at, smaller: true, tries });
    }
    if (pass.size > 0) pass = { ...pass, size: 0, at: 0 };
    else pass = pass.smaller ? firstPass(drawn) : undefined;
  }
}

function firstPass({ length }: readonly number[]): Omit<Progress, "tries"> {
  return { size: length >> 1, at: length, smaller: false };
}

interface Candidate extends Pick<Progress, "size" | "at"> {
  readonly draws: readonly number[];
}

/** Leaves out draws: large parts first, the last ones first. */
function* shorter(drawn: readonly number[], from: Pick<Progress, "size" | "at">): Generator<Candidate, void> {
  let at = Math.min(from.at, drawn.length);
  for (let { size } = from; size > 0; size >>= 1, at = drawn.length) {
    for (; at > 0; at -= size) {
      const start = Math.max(0, at - size);
      yield { draws: drawn.toSpliced(start, at - start), size, at: start };
    }
  }
}

/** Makes draws smaller; a number of items is made smaller together with the draws of an item. */
function* lower(drawn: readonly number[], from: Pick<Progress, "at">): Generator<Candidate, void> {
  for (let { at } = from; at < drawn.length; at++) {
    const value = drawn[at] ?? 0;
    if (value === 0) continue;
    for (const lower of new Set([0, value >> 1, value - 1])) yield { draws: drawn.with(at, lower), size: 0, at };
    for (let item = 1; item <= MAX_ITEM_DRAWS; item++) {
      yield { draws: drawn.with(at, value - 1).toSpliced(at + 1, item), size: 0, at };
    }
  }
}

/** The same draws once more, as far as they fit, and zeros behind them. */
function again(draws: readonly number[]): Draws {
  let at = 0;
  return new Draws((below) => (draws[at++] ?? 0) % below);
}
