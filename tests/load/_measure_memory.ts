/**
 * Measures one load: an agent that is idle, the load, and what is left of it.
 *
 * @module
 */
import { CONTAINER, type Held, type Load } from "./_memory_loads.ts";
import { type Memory, startMemoryAgent } from "./_memory_agent.ts";
import { type GroupMemory, mostOf } from "./_memory_group.ts";
import { makeMemoryLogs } from "./_memory_logs.ts";

/**
 * What is left of the agent's own may be so much more than what it held when it was idle, in MiB. Pages of the program
 * itself that a load has touched are the system's: it drops them when it needs room.
 */
export const MOST_LEFT = 20;
/** It may take so long until it is. */
const BACK_MS = 60_000;
/** An agent that has just started is idle after so long. */
const SETTLE_MS = 3_000;
const LOOK_MS = 250;

/** What a load took. */
export interface Measured {
  /** The load's. */
  readonly name: string;
  /** Before. */
  readonly idle: Memory;
  /** The most, in MiB. */
  readonly peak: number;
  /** The most that may be. */
  readonly most: number;
  /** What was held when a look saw the most. */
  readonly at: Memory;
  /** The most that its control group was charged with, each figure by itself; undefined where there is none. */
  readonly group: GroupMemory | undefined;
  /** A minute after; undefined where the agent has ended. */
  readonly after: Memory | undefined;
  /** How long the load took. */
  readonly seconds: number;
  /** How often each outcome came. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Which bars are not kept. */
  readonly problems: readonly string[];
}

/** How to measure. */
export interface MeasureMemoryOptions {
  /** The agent's program. */
  readonly bundle: string;
  /** For V8. @default the image's */
  readonly v8Flags?: string;
  /** What of the load is done. @default 1 */
  readonly share?: number;
  /** The most that the agent's container may take, in MiB. @default no limit */
  readonly limit?: number | undefined;
  /** How time passes. */
  readonly held: Held;
}

/** Does a load; resolves when it is over. `after` resolves a minute later, with the whole. */
export async function measureLoad(
  name: string,
  load: Load,
  options: MeasureMemoryOptions,
): Promise<{ readonly after: Promise<Measured> }> {
  const { bundle, v8Flags, share = 1, limit, held } = options;
  await using stack = new AsyncDisposableStack();
  const logs = stack.use(await makeMemoryLogs());
  const agent = stack.use(await startMemoryAgent({ bundle, tree: logs.tree, root: logs.root, v8Flags, limit }));
  await held(SETTLE_MS);
  const idle = await agent.memory();
  let at = idle;
  let { group } = idle;
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver && agent.lastWords() === undefined) {
      const now = await agent.memory();
      if (now.rss > at.rss) at = now;
      group = group && now.group && mostOf(group, now.group);
      await held(LOOK_MS);
    }
  };
  const start = performance.now();
  /** What fails once the agent has ended is no failure of its own. */
  const unlessEnded = async (error: unknown): Promise<void> => {
    await Promise.race([agent.ended, held(LOOK_MS)]);
    if (agent.lastWords() === undefined) throw error;
  };
  const looking = look().catch(unlessEnded);
  const { port, identity } = agent;
  const done = await load.run({ port, identity, logs, share, held }).catch(unlessEnded);
  const outcomes = Object.fromEntries(done ?? []);
  const seconds = (performance.now() - start) / 1000;
  isOver = true;
  await looking;
  const peak = agent.lastWords() === undefined ? (await agent.memory()).peak : at.peak;
  const made = stack.move();

  async function left(): Promise<Measured> {
    await using _ = made;
    await held(BACK_MS);
    const after = agent.lastWords() === undefined ? await agent.memory() : undefined;
    const lastWords = agent.lastWords();
    const problems: string[] = [];
    if (group !== undefined && group.kept > CONTAINER) problems.push(`more than ${CONTAINER} kept`);
    if (peak > load.most) problems.push(`peak over ${load.most}`);
    if (after !== undefined && after.anonymous > idle.anonymous + MOST_LEFT) {
      problems.push(`more than ${MOST_LEFT} left`);
    }
    if (lastWords !== undefined) problems.push(lastWords);
    return { name, idle, peak, most: load.most, at, group, after, seconds, outcomes, problems };
  }
  return { after: left() };
}
