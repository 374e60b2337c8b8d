import assert from "#assert";
import { createBell } from "../../tests/support/bell.ts";
import { withCalls } from "../../tests/support/called_file.ts";
import { createLogWorld, type LogWorld } from "../../tests/support/log_world.ts";
import { keepingSink } from "../../tests/support/memory_log.ts";
import { createRandom, type Random } from "../../tests/support/random.ts";
import type { Ring } from "../logs/log_changes.ts";
import { LogNotFoundError, openLog } from "../logs/log_file.ts";
import { streamBackward } from "./backward.ts";
import { createBlockPool } from "./block_pool.ts";
import { followLog } from "./follow.ts";
import { streamForward } from "./forward.ts";
import { historyBackward, historyForward } from "./history.ts";

const PROGRAMS = Number(Deno.env.get("PROGRAMS") ?? 5000);
/** `deno task soak`: not so many programs, but for so long, and other ones each time. */
const SOAK_SECONDS = Number(
  Deno.env.get("SOAK_SECONDS") ?? (Deno.env.has("SOAK") && !Deno.env.has("PROGRAMS") ? 600 : 0),
);
const FIRST_SEED = Number(Deno.env.get("SEED") ?? (SOAK_SECONDS > 0 ? Math.floor(Math.random() * 1e9) : 1));
/** Programs that run at the same time. */
const AT_ONCE = 16;

const pool = createBlockPool({ blockBytes: 4096 });

/** A reader under test: what it got, and ways to hold it up. */
interface Follower {
  readonly got: readonly string[];
  /** Resolves when all that is known of has been read. */
  idle(): Promise<void>;
  pause(): void;
  resume(): void;
}

interface Program {
  readonly about: string;
  readonly world: LogWorld;
  readonly random: Random;
  readonly follower: Follower;
  ring(kind?: Ring): void;
  /** Has something happen right after one of the next calls of the first file, and then an event; until disposed of. */
  strike(what: () => void): Disposable;
  /** The client leaves; nothing more happens. */
  cancel(): void;
}

/** What can happen, more than once what happens often. `loses` may lose what was not read by then. */
const ACTIONS: Readonly<Record<string, (program: Program) => Promise<void> | void>> = {
  write: ({ world, random }) => world.write({ padding: random.int(60) }),
  writeMany: ({ world, random }) => {
    for (let n = random.int(40); n > 0; n--) world.write({ padding: random.int(200) });
  },
  writeLong: ({ world, random }) => world.write({ padding: 3000 + random.int(9000) }),
  writeStderr: ({ world }) => world.write({ stream: "stderr" }),
  writePart: ({ world }) => world.write({ tag: "P" }),
  writeHalf: ({ world }) => world.writeHalf(),
  rotate: ({ world }) => world.rotate(),
  rotateLate: ({ world, random }) => world.rotate({ late: random.int(5) }),
  rotateBack: ({ world, random, ring }) => world.rotateBack(random.oneIn(2) ? () => ring() : undefined),
  compress: ({ world }) => world.compress(),
  // What a file that was never seen has held is gone with it: each of these is done to files that were.
  recreate: async ({ world, random, follower, ring }) => {
    await follower.idle();
    world.recreate(random.oneIn(2) ? () => ring() : undefined);
    await follower.idle();
  },
  replace: async ({ world, follower }) => {
    await follower.idle();
    world.replace();
  },
  delete: async ({ world, follower }) => {
    await follower.idle();
    world.delete();
  },
  create: ({ world }) => world.create(),
  swapLink: async ({ world, follower }) => {
    world.swapLink();
    await follower.idle();
  },
  detour: ({ world, ring }) => {
    world.detour(() => {
      world.write();
      ring("event");
      world.write();
    });
    ring("event");
  },
  readForward: (program) => compareRead(program, "forward"),
  readBackward: (program) => compareRead(program, "backward"),
  pause: ({ follower }) => follower.pause(),
  resume: ({ follower }) => follower.resume(),
  ring: ({ ring }) => ring(),
  idle: async ({ follower }) => {
    await follower.idle();
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  strikeWrite: (program) => strike(program, ({ world }) => world.write()),
  strikeHalf: (program) => strike(program, ({ world }) => world.writeHalf()),
  strikeRotate: (program) => strike(program, ({ world }) => world.rotate({ late: 1 })),
};
const LOSING: typeof ACTIONS = {
  truncate: ({ world, follower }) => world.truncate(follower.got),
  strikeTruncate: (program) => strike(program, ({ world, follower }) => world.truncate(follower.got)),
  strikeRewrite: (program) =>
    strike(program, ({ world, random, follower }) => {
      world.truncate(follower.got);
      for (let n = random.int(4); n >= 0; n--) world.write();
    }),
  removeOldest: ({ world, follower }) => world.removeOldest(follower.got),
  /** More rotations at once than files are kept. */
  rotateMany: ({ world, random, follower }) => {
    for (let n = 2 + random.int(3); n > 0; n--) {
      world.write();
      world.rotate();
    }
    if (random.oneIn(2)) world.compress();
    while (world.rotated().length > 1 + random.int(3)) world.removeOldest(follower.got);
  },
};
const ENDING: typeof ACTIONS = { cancel: ({ cancel }) => cancel() };

const CUTS = ["truncate", "strikeTruncate", "strikeRewrite"];
const KEPT = Object.keys(ACTIONS);
const ALL = [...KEPT, ...Object.keys(LOSING)];

/** What a follow does in one go is not one step to those who write. */
async function strike(program: Program, what: (program: Program) => void): Promise<void> {
  program.world.write();
  using _ = program.strike(() => what(program));
  await program.follower.idle();
}

/** Reads the log and its history, and compares. */
async function compareRead({ about, world, random }: Program, direction: "forward" | "backward"): Promise<void> {
  if (world.isDeleted()) {
    assert.throws(() => openLog(world.fileName, world.folders), LogNotFoundError, about);
    return;
  }
  using file = openLog(world.fileName, world.folders);
  const keeper = keepingSink({ batchRows: random.pick([1, 3, Infinity]) });
  const gaps: string[] = [];
  const onGap = (path: string, reason: string): void => void gaps.push(`${path}: ${reason}`);
  const options = { folders: world.folders, pool, signal: new AbortController().signal, sink: keeper, onGap };
  if (direction === "forward") {
    await historyForward(file, {}, options);
    await streamForward(file, {}, options);
  } else {
    await streamBackward(file, {}, options);
    await historyBackward(file, {}, options);
  }
  const got = keeper.records.map(({ message }) => message);
  if (direction === "backward") got.reverse();
  const wanted = world.present();
  // Of a line that is being written, what is there is sent, if that is a record yet.
  const half = world.half();
  if (half !== undefined && got.length > wanted.length) assert(half.startsWith(got.pop() ?? "?"), about);
  assert.deepEqual(got, wanted, `${about}: read ${direction}`);
  assert.deepEqual(gaps, [], `${about}: read ${direction}`);
}

/** Compares what a follow got with what was written; one that was cancelled may lack what came last. */
function compare(
  { about, world }: Program,
  { got, wanted, told, isOver }: {
    readonly got: readonly string[];
    readonly wanted: readonly string[];
    /** How often it was told that something is lost. */
    readonly told: number;
    readonly isOver: boolean;
  },
): void {
  const has = new Set(got);
  const end = isOver ? wanted.length : wanted.indexOf(got.at(-1) ?? "") + 1;
  const missed = wanted.slice(0, end).filter((message) => !has.has(message));
  assert.deepEqual(missed.filter((message) => !world.optional.has(message)), [], `${about}: lost`);
  assert.deepEqual(got, wanted.slice(0, end).filter((message) => has.has(message)), `${about}: order`);
  const silent = missed.filter((message) => world.optional.get(message) === "told");
  if (isOver && told === 0) assert.deepEqual(silent, [], `${about}: lost in silence`);
}

/** Runs the program of a seed, and compares. */
async function run(seed: number): Promise<void> {
  const random = createRandom(seed);
  const steps = Array.from({ length: 4 + random.int(14) }, () => random.pick(random.oneIn(3) ? ALL : KEPT));
  // A log that is cut while its name is elsewhere is read once, but not always in this order.
  if (steps.includes("detour")) steps.splice(0, Infinity, ...steps.filter((step) => !CUTS.includes(step)));
  if (random.oneIn(8)) steps.splice(random.int(steps.length), Infinity, "cancel");
  const about = `seed ${seed}: ${steps.join(" ")}`;
  using world = createLogWorld();
  using bell = createBell();
  for (let n = random.int(4); n > 0; n--) world.write();
  for (let n = random.oneIn(2) ? 0 : random.int(4); n > 0; n--) {
    world.rotate();
    world.write();
  }
  if (random.oneIn(2)) world.compress();
  const from = random.pick(["start", "end"] as const);
  const expected = from === "start" ? 0 : world.written.length;
  const keeper = keepingSink({ batchRows: random.pick([1, 3, Infinity]) });
  let clockMs = 0;
  let told = 0;
  let gate: PromiseWithResolvers<void> | undefined;
  let idle = Promise.withResolvers<void>();
  const over = new AbortController();
  let callsToStrike = Infinity;
  let struck: (() => void) | undefined;
  const file = withCalls(openLog(world.fileName, world.folders), () => {
    if (callsToStrike-- > 0) return;
    callsToStrike = Infinity;
    struck?.();
    queueMicrotask(() => bell.ring("event"));
  });
  const onGap = (): void => void told++;
  const following = followLog(file, {}, {
    from,
    fileName: world.fileName,
    folders: world.folders,
    changes: bell,
    clock: () => clockMs,
    pool,
    signal: over.signal,
    sink: { send: (count) => keeper.send(count), ready: () => gate?.promise ?? Promise.resolve() },
    before: (options) => historyForward(file, {}, { ...options, folders: world.folders, onGap }),
    onIdle: () => idle.resolve(),
    onCut: () => told++,
    onGap,
  });
  const messages = (): string[] => keeper.records.map(({ message }) => message);
  const follower: Follower = {
    get got() {
      return messages();
    },
    idle: async () => {
      follower.resume();
      idle = Promise.withResolvers<void>();
      bell.ring("event");
      await Promise.race([idle.promise, following]);
    },
    pause: () => void (gate ??= Promise.withResolvers<void>()),
    resume: () => {
      gate?.resolve();
      gate = undefined;
    },
  };
  const program: Program = {
    about,
    world,
    random,
    follower,
    ring: (kind = random.oneIn(2) ? "event" : "round") => bell.ring(kind),
    strike: (what) => {
      callsToStrike = random.int(24);
      struck = what;
      return { [Symbol.dispose]: () => void (callsToStrike = Infinity) };
    },
    cancel: () => over.abort(new Error("cancelled")),
  };
  try {
    await follower.idle();
    for (const step of steps) await (ACTIONS[step] ?? LOSING[step] ?? ENDING[step])?.(program);
    if (over.signal.aborted) {
      await assert.rejects(following, /cancelled/);
    } else {
      world.write();
      await follower.idle();
      world.removeLink();
      bell.ring("round");
      clockMs += 3000;
      bell.ring("round");
      await following;
    }
  } catch (error) {
    throw new Error(about, { cause: error });
  } finally {
    over.abort();
    follower.resume();
    await following.catch(() => {});
  }
  assert.equal(bell.waiting(), 0, about);
  const isOver = steps.at(-1) !== "cancel";
  compare(program, { got: messages(), wanted: world.written.slice(expected), told, isOver });
}

const extent = SOAK_SECONDS > 0 ? `for ${SOAK_SECONDS} s` : `${PROGRAMS} programs`;

Deno.test(`a follow and a reader get what was written, whatever is done to the files: ${extent} from seed ${FIRST_SEED}`, async () => {
  const until = SOAK_SECONDS > 0 ? performance.now() + SOAK_SECONDS * 1000 : Infinity;
  const end = SOAK_SECONDS > 0 ? Infinity : FIRST_SEED + PROGRAMS;
  let next = FIRST_SEED;
  let isFailed = false;
  const runner = async (): Promise<void> => {
    while (!isFailed && next < end && performance.now() < until) {
      const seed = next++;
      try {
        await run(seed);
      } catch (error) {
        isFailed = true;
        throw new Error(`SEED=${seed} PROGRAMS=1 gives this again`, { cause: error });
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, runner));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
});
