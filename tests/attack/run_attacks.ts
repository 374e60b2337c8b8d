/**
 * Runs attacks one after the other: each on an agent of its own, or, when quick, all on one that lives.
 *
 * @module
 */
import type { Attack } from "./attack.ts";
import { type AttackRow, measureAttack } from "./measure_attack.ts";
import { type AttackWorld, startWorld } from "./world.ts";

/** How to run them. */
export interface RunOptions {
  /** The agent's bundle, its `main.js`. */
  readonly bundle: string;
  /** Smaller numbers, and one agent for all. */
  readonly quick: boolean;
}

/** Yields a row for each attack. */
export async function* runAttacks(attacks: readonly Attack[], options: RunOptions): AsyncGenerator<AttackRow> {
  const { bundle, quick } = options;
  let world: AttackWorld | undefined;
  try {
    for (const attack of attacks) {
      world ??= await startWorld(bundle, { quick });
      const row = await measureAttack(attack, { world, quick });
      yield row;
      // What one attack has left is not held against the next.
      if (!quick || row.problems.includes("the agent has ended")) {
        await world[Symbol.asyncDispose]();
        world = undefined;
      }
    }
  } finally {
    await world?.[Symbol.asyncDispose]();
  }
}
