import assert from "#assert";
import { createManualChanges } from "../../../tests/fakes/manual_changes.ts";
import { withCalls } from "../../../tests/support/called_file.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { createRandom, type Random } from "../../../tests/support/random.ts";
import { createManualTimer } from "../../../tests/support/manual_timer.ts";
import { LOG_KINDS } from "../../../tests/support/rotation_names.ts";
import { type ChangeKind, createLogChanges, type LogChanges } from "../../logs/log_changes.ts";
import { createPoller } from "../../scheduling/poller.ts";
import { type LogFolders, LogNotFoundError, openLog } from "../../logs/log_file.ts";
import { streamBackward } from "../scan/backward.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { followLog } from "./follow.ts";
import { LogLossError } from "./log_loss.ts";
import { streamForward } from "../scan/forward.ts";
import { historyBackward, historyForward } from "../history/history.ts";

const PROGRAMS = Number(Deno.env.get("PROGRAMS") ?? 5000);
/** `deno task follow-soak`: not so many programs, but for so long, and other ones each time. */
const SOAK_SECONDS = Number(
  Deno.env.get("SOAK_SECONDS") ?? (Deno.env.has("SOAK") && !Deno.env.has("PROGRAMS") ? 600 : 0),
);
const FIRST_SEED = Number(Deno.env.get("SEED") ?? (SOAK_SECONDS > 0 ? Math.floor(Math.random() * 1e9) : 1));
/** Programs that run at the same time. */
const AT_ONCE = 16;
/** One program in so many has the events of the system. */
const REAL_SHARE = 16;
/** How long something may take that is bound to come. */
const DEADLINE_MS = 60_000;

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
  notify(kind?: ChangeKind): void;
  /** Has something happen right after one of the next calls of the first file, and then an event; until disposed of. */
  strike(what: () => void): Disposable;
  /**
   * Has something happen right before one of the next files is opened, which were listed by then; until disposed of.
   */
  strikeOpen(what: () => void): Disposable;
  /** Lets time go by. */
  pass(ms: number): void;
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
  rotate: ({ world, follower }) => world.rotate({ delivered: follower.got }),
  rotateLate: ({ world, random, follower }) => world.rotate({ late: random.int(5), delivered: follower.got }),
  rotateBack: ({ world, random, notify }) => world.rotateBack(random.oneIn(2) ? () => notify() : undefined),
  compress: ({ world }) => world.compress(),
  // What a file that was never seen has held is gone with it: each of these is done to files that were.
  recreate: async ({ world, random, follower, notify }) => {
    await follower.idle();
    world.recreate(random.oneIn(2) ? () => notify() : undefined);
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
  detour: ({ world, notify }) => {
    world.detour(() => {
      world.write();
      notify("event");
      world.write();
    });
    notify("event");
  },
  readForward: (program) => compareRead(program, "forward"),
  readBackward: (program) => compareRead(program, "backward"),
  pause: ({ follower }) => follower.pause(),
  resume: ({ follower }) => follower.resume(),
  notify: ({ notify }) => notify(),
  idle: async ({ follower }) => {
    await follower.idle();
  },
  tick: () => new Promise((resolve) => setImmediate(resolve)),
  strikeWrite: (program) => strike(program, ({ world }) => world.write()),
  strikeHalf: (program) => strike(program, ({ world }) => world.writeHalf()),
  strikeRotate: (program) =>
    strike(program, ({ world, follower }) => world.rotate({ late: 1, delivered: follower.got })),
  strikeCompress: (program) => strikeOpen(program, ({ world }) => world.compress()),
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
  strikeVanish: (program) => strikeOpen(program, ({ world, follower }) => world.removeOldest(follower.got)),
  copyAndCut: ({ world, follower }) => world.copyAndCut({ delivered: follower.got }),
  copyAndCutLate: ({ world, random, follower }) => world.copyAndCut({ late: random.int(3), delivered: follower.got }),
  strikeCopyAndCut: (program) =>
    strike(program, ({ world, follower }) => world.copyAndCut({ delivered: follower.got })),
  /** A client that takes nothing for longer than files are held for it. */
  stall: ({ world, follower, pass, notify }) => {
    // The follow of a log that is deleted for so long ends.
    if (world.isDeleted()) return;
    follower.pause();
    pass(60_000);
    notify("poll");
  },
  /** More rotations at once than files are kept. */
  rotateMany: ({ world, random, follower }) => {
    for (let n = 2 + random.int(3); n > 0; n--) {
      world.write();
      world.rotate({ delivered: follower.got });
    }
    if (random.oneIn(2)) world.compress();
    while (world.rotated().length > 1 + random.int(3)) world.removeOldest(follower.got);
  },
};
const ENDING: typeof ACTIONS = { cancel: ({ cancel }) => cancel() };

const CUTS = ["truncate", "strikeTruncate", "strikeRewrite", "copyAndCut", "copyAndCutLate", "strikeCopyAndCut"];
const KEPT = Object.keys(ACTIONS);
const ALL = [...KEPT, ...Object.keys(LOSING)];

/** What a follow does in one go is not one step to those who write. */
async function strike(program: Program, what: (program: Program) => void): Promise<void> {
  program.world.write();
  using _ = program.strike(() => what(program));
  await program.follower.idle();
}

/** What was listed is not there any more when it is opened. */
async function strikeOpen(program: Program, what: (program: Program) => void): Promise<void> {
  const { world, follower } = program;
  for (let n = 0; n < 3; n++) {
    world.write();
    world.rotate({ delivered: follower.got });
  }
  world.write();
  using _ = program.strikeOpen(() => what(program));
  await follower.idle();
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
  assertSame(got, wanted, `${about}: read ${direction}`);
  assert.deepEqual(gaps, [], `${about}: read ${direction}`);
}

/** Messages are long; their numbers are enough. */
function shortened(message: string): string {
  return message.replace(/ x*\.$/, "");
}

function assertSame(got: readonly string[], wanted: readonly string[], about: string): void {
  const at = got.findIndex((message, n) => message !== wanted[n]);
  if (at < 0 && got.length === wanted.length) return;
  const [has, should] = [got, wanted].map((all) =>
    all.slice(Math.max(0, at - 2), at < 0 ? undefined : at + 6).map(shortened)
  );
  assert.fail(
    `${about}: got ${has?.join(", ")} in the place of ${should?.join(", ")}; ${got.length} of ${wanted.length}`,
  );
}

/** How a follow has ended. */
interface Ending {
  readonly got: readonly string[];
  readonly wanted: readonly string[];
  /** How often a loss was reported. */
  readonly reported: number;
  /** Whether the container was gone at the end: what was written has come then. */
  readonly isOver: boolean;
  /** What it has ended with, and how much had been written by then. */
  readonly loss: { readonly error: LogLossError; readonly written: number } | undefined;
}

/**
 * Compares what a follow got with what was written; one that has ended before its container may lack what came last.
 */
function compare({ about, world }: Program, { got, wanted, reported, isOver, loss }: Ending): void {
  const has = new Set(got);
  const last = got.findLast((message) => !world.late.has(message)) ?? "";
  const end = isOver ? wanted.length : wanted.indexOf(last) + 1;
  const missed = wanted.slice(0, end).filter((message) => !has.has(message));
  const lost = missed.filter((message) => !world.optional.has(message)).map(shortened);
  assert.deepEqual(lost, [], `${about}: lost`);
  const again = got.filter((message, at) => got.indexOf(message) < at).map(shortened);
  assert.deepEqual(again, [], `${about}: twice`);
  const inOrder = (messages: readonly string[]): string[] =>
    messages.filter((message) => has.has(message) && !world.late.has(message));
  assertSame(inOrder(got), inOrder(wanted.slice(0, end)), `${about}: order`);
  const silent = missed.filter((message) => world.optional.get(message) === "reported");
  if (isOver && reported === 0) assert.deepEqual(silent, [], `${about}: lost in silence`);
  if (loss === undefined) return;
  const isAny = world.written.slice(world.written.length - wanted.length, loss.written).some((one) => !has.has(one));
  assert(isAny || world.wasReplaced(), `${about}: nothing is lost, and it says: ${loss.error.message}`);
}

/** What tells a follow that something may have changed. */
interface Signals extends Disposable {
  readonly changes: LogChanges;
  readonly isReal: boolean;
  notify(kind: ChangeKind): void;
  /** How many wait. */
  waiting(): number;
}

/** Signals that come when the program says so. */
function manualSignals(): Signals {
  const changes = createManualChanges();
  const { notify, waiting } = changes;
  return { changes, isReal: false, notify, waiting, [Symbol.dispose]: () => changes[Symbol.dispose]() };
}

/** Events of the system; polls that come when the program says so. */
function realSignals(): Signals {
  const timer = createManualTimer();
  const problems: string[] = [];
  const changes = createLogChanges({
    poller: createPoller({ later: timer.later }),
    settleMs: 0,
    onProblem: (message) => problems.push(message),
  });
  return {
    changes,
    isReal: true,
    notify: (kind) => kind === "poll" && timer.fire(),
    waiting: () => timer.isSet() ? 1 : 0,
    [Symbol.dispose]: () => {
      changes[Symbol.dispose]();
      assert.deepEqual(problems, []);
    },
  };
}

/** Something that is to happen at one of the next moments of a kind. */
interface Moments {
  /** One has come. */
  pass(): void;
  strike(after: number, what: () => void): Disposable;
}

function createMoments(): Moments {
  let left = Infinity;
  let happens = (): void => {};
  return {
    pass: () => {
      if (left-- > 0) return;
      left = Infinity;
      happens();
    },
    strike: (after, what) => {
      left = after;
      happens = what;
      return { [Symbol.dispose]: () => void (left = Infinity) };
    },
  };
}

/** A follow that is under way. */
interface Run extends AsyncDisposable {
  readonly program: Program;
  /** Lets the container go, if the follow has not ended before; resolves to how it has ended. */
  end(): Promise<Ending>;
}

/** Begins a follow of a world's log, after some rotations of it. */
function begin(world: LogWorld, signals: Signals, { random, about }: Pick<Program, "random" | "about">): Run {
  const from = random.pick(["start", "end"] as const);
  const expected = from === "start" ? 0 : world.written.length;
  const keeper = keepingSink({ batchRows: random.pick([1, 3, Infinity]) });
  const over = new AbortController();
  const calls = createMoments();
  const opens = createMoments();
  const folders: LogFolders = {
    containerLogsDir: world.folders.containerLogsDir,
    get roots() {
      opens.pass();
      return world.folders.roots;
    },
  };
  let clockMs = 0;
  let reported = 0;
  let gate: PromiseWithResolvers<void> | undefined;
  let idle = Promise.withResolvers<void>();
  let loss: Ending["loss"];
  const file = withCalls(openLog(world.fileName, world.folders), calls.pass);
  const report = (): void => void reported++;
  const following = followLog(file, {}, {
    from,
    fileName: world.fileName,
    folders,
    changes: signals.changes,
    clock: () => clockMs,
    pool,
    signal: over.signal,
    sink: { send: (batch) => keeper.send(batch), ready: () => gate?.promise ?? Promise.resolve() },
    before: (options) => historyForward(file, {}, { ...options, folders: world.folders, onGap: report }),
    onIdle: () => idle.resolve(),
    onCut: report,
    onGap: report,
  });
  const ended = following.then(() => {}, (error: unknown) => {
    if (error instanceof LogLossError) loss = { error, written: world.written.length };
    else if (!over.signal.aborted) throw error;
  });
  ended.catch(() => {});
  let isEnded = false;
  ended.finally(() => void (isEnded = true)).catch(() => {});
  const got = (): string[] => keeper.records.map(({ message }) => message);
  const resume = (): void => {
    gate?.resolve();
    gate = undefined;
  };
  const untilAll = (by: "polls" | "events"): Promise<void> =>
    eventually(`${about}: all that was written has come`, () => {
      if (isEnded) return true;
      if (by === "polls") signals.notify("poll");
      const has = new Set(got());
      return world.written.slice(expected).every((message) => has.has(message) || world.optional.has(message));
    }, { deadlineMs: DEADLINE_MS });
  const program: Program = {
    about,
    world,
    random,
    follower: {
      get got() {
        return got();
      },
      idle: async () => {
        resume();
        if (signals.isReal) return await untilAll("polls");
        idle = Promise.withResolvers<void>();
        signals.notify("event");
        await Promise.race([idle.promise, ended]);
      },
      pause: () => void (gate ??= Promise.withResolvers<void>()),
      resume,
    },
    notify: (kind = random.oneIn(2) ? "event" : "poll") => signals.notify(kind),
    strike: (what) => calls.strike(random.int(24), () => struck(what)),
    strikeOpen: (what) => opens.strike(random.int(5), () => struck(what)),
    pass: (ms) => void (clockMs += ms),
    cancel: () => over.abort(new Error("cancelled")),
  };
  const struck = (what: () => void): void => {
    what();
    queueMicrotask(() => signals.notify("event"));
  };
  return {
    program,
    end: async () => {
      if (!isEnded && !over.signal.aborted) {
        world.write();
        if (signals.isReal) resume();
        await (signals.isReal ? untilAll("events") : program.follower.idle());
        world.removeLink();
        await eventually(`${about}: the follow of a log that is gone ends`, () => {
          signals.notify("poll");
          clockMs += 3000;
          return isEnded;
        }, { deadlineMs: DEADLINE_MS });
      }
      await ended;
      const isOver = loss === undefined && !over.signal.aborted;
      return { got: got(), wanted: world.written.slice(expected), reported, isOver, loss };
    },
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error("over"));
      resume();
      await ended.catch(() => {});
    },
  };
}

/** Runs the program of a seed, and compares. */
async function run(seed: number): Promise<void> {
  const random = createRandom(seed);
  const steps = Array.from({ length: 4 + random.int(14) }, () => random.pick(random.oneIn(3) ? ALL : KEPT));
  // A log that is cut while its name is elsewhere is read once, but not always in this order.
  if (steps.includes("detour")) steps.splice(0, Infinity, ...steps.filter((step) => !CUTS.includes(step)));
  if (random.oneIn(8)) steps.splice(random.int(steps.length), Infinity, "cancel");
  const kind = random.pick(LOG_KINDS);
  const isReal = random.oneIn(REAL_SHARE);
  // What came and went under the name before the follow checked is not known.
  if (isReal) steps.splice(0, Infinity, ...steps.filter((step) => step !== "detour"));
  const about = `seed ${seed}, ${kind}${isReal ? ", watched" : ""}: ${steps.join(" ")}`;
  using world = createLogWorld({ kind });
  using signals = isReal ? realSignals() : manualSignals();
  for (let n = random.int(4); n > 0; n--) world.write();
  for (let n = random.oneIn(2) ? 0 : random.int(4); n > 0; n--) {
    world.rotate();
    world.write();
  }
  if (random.oneIn(2)) world.compress();
  try {
    await using running = begin(world, signals, { random, about });
    const { program } = running;
    await program.follower.idle();
    for (const step of steps) await (ACTIONS[step] ?? LOSING[step] ?? ENDING[step])?.(program);
    compare(program, await running.end());
  } catch (error) {
    throw new Error(about, { cause: error });
  }
  assert.equal(signals.waiting(), 0, about);
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
