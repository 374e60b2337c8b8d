/**
 * A follow of a world's log, on a clock that stands still until a test says otherwise.
 *
 * @module
 */
import { openLog } from "../../src/logs/log_file.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import type { ChangeKind } from "../../src/logs/log_changes.ts";
import { followLog, type FollowOptions } from "../../src/records/follow/follow.ts";
import type { RecordQuery } from "../../src/records/query.ts";
import { createManualChanges, type ManualChanges } from "../fakes/manual_changes.ts";
import { withCalls } from "./called_file.ts";
import type { LogWorld } from "./log_world.ts";
import { keepingSink } from "./memory_log.ts";

/** The follow. */
export interface FollowedWorld extends AsyncDisposable {
  /** The world whose log is followed. */
  readonly world: LogWorld;
  /** What the follow waits for. */
  readonly changes: ManualChanges;
  /** Settles as the follow does. */
  readonly over: Promise<void>;
  /** Each reported reason for which it cannot go on. */
  readonly problems: string[];
  /** Each reported loss. */
  readonly gaps: string[];
  /** How often the log was cut. */
  cuts(): number;
  got(): string[];
  /** Signals a change, an event by default, and waits until all that is known of has been read. */
  idle(kind?: ChangeKind): Promise<void>;
  /** Lets time go by, and signals a poll. */
  pass(ms: number): void;
  /** The client takes nothing until the function is called. */
  pause(): () => void;
}

const pool = createBlockPool({ blockBytes: 4096 });

/** What can be set beside the options of a follow. */
export interface FollowWorldOptions extends Partial<FollowOptions> {
  /** What is wanted. @default {everything} */
  readonly query?: RecordQuery;
  /** Called after each call of the first file. */
  readonly afterCall?: () => void;
}

/** Begins to follow, and resolves when all that is there has been read. */
export async function followWorld(world: LogWorld, options: FollowWorldOptions = {}): Promise<FollowedWorld> {
  const { query = {}, afterCall = () => {} } = options;
  const changes = createManualChanges();
  const sink = keepingSink();
  const cancel = new AbortController();
  const problems: string[] = [];
  const gaps: string[] = [];
  let cuts = 0;
  let clockMs = 0;
  let gate: Promise<void> | undefined;
  let idle = Promise.withResolvers<void>();
  const over = followLog(withCalls(openLog(world.fileName, world.folders), afterCall), query, {
    from: "start",
    fileName: world.fileName,
    folders: world.folders,
    changes,
    clock: () => clockMs,
    now: () => clockMs,
    pool,
    signal: cancel.signal,
    sink: { send: (batch) => sink.send(batch), ready: () => gate ?? Promise.resolve() },
    onIdle: () => idle.resolve(),
    onCut: () => cuts++,
    onGap: (_path, reason) => gaps.push(reason),
    onProblem: (_path, reason) => problems.push(reason),
    ...options,
  });
  over.catch(() => {});
  await Promise.race([idle.promise, over]);
  return {
    world,
    changes,
    over,
    problems,
    gaps,
    cuts: () => cuts,
    got: () => sink.records.map(({ message }) => message),
    idle: async (kind = "event") => {
      idle = Promise.withResolvers<void>();
      changes.notify(kind);
      await Promise.race([idle.promise, over]);
    },
    pass: (ms) => {
      clockMs += ms;
      changes.notify("poll");
    },
    pause: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
    [Symbol.asyncDispose]: async () => {
      cancel.abort(new Error("over"));
      await over.catch(() => {});
      if (changes.waiting() > 0) throw new Error("A follow that is over still waits for changes");
    },
  };
}
