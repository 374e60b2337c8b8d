import assert from "#assert";
import fs from "node:fs";
import { createManualTimer } from "../../tests/support/manual_timer.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { type ChangeKind, createLogChanges, type LogChangesOptions } from "./log_changes.ts";
import { createPoller } from "../scheduling/poller.ts";
import { ticks } from "../../tests/support/ticks.ts";

async function makeFolders(): Promise<AsyncDisposable & { readonly links: string; readonly logs: string }> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "changes-" }));
  const [links, logs] = [`${dir}/links`, `${dir}/logs`];
  for (const folder of [links, logs]) await Deno.mkdir(folder);
  return { links, logs, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

/** Resolves at the first call of this kind. */
function firstCall(
  kind: ChangeKind,
): { readonly listener: (kind: ChangeKind) => void; readonly called: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { listener: (its) => its === kind && resolve(), called: promise };
}

/** In place of `Deno.watchFs`, where there are no watchers left. */
function noWatcher(): Deno.FsWatcher {
  throw new Error("OS file watch limit reached");
}

/** In place of `Deno.watchFs`: a watcher with one event. */
function watcherOf(event: Deno.FsEvent): Deno.FsWatcher {
  return Object.assign(ReadableStream.from([event]).values(), {
    close: () => {},
    [Symbol.dispose]: () => {},
  }) as unknown as Deno.FsWatcher;
}

Deno.test("watch() reports what is written to a log", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  using changes = createLogChanges({ poller: createPoller({ everyMs: 1e9 }), settleMs: 0 });
  const { promise, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  // The first call says that the folder is watched now.
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => {
    if (++calls === 1) Deno.writeTextFileSync(`${logs}/0.log`, "line\n");
    else resolve();
  });
  await promise;
  watch[Symbol.dispose]();
});

Deno.test("watch() polls when there are no events, and reports that once", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const problems: string[] = [];
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    settleMs: 0,
    onProblem: (message) => problems.push(message),
    watchFs: noWatcher,
  });
  for (const name of ["a", "b"]) {
    const { listener, called } = firstCall("poll");
    using watch = changes.watch({ link: `${links}/${name}.log`, folder: logs }, listener);
    await called;
    await ticks();
    watch[Symbol.dispose]();
  }
  assert.deepEqual(problems, [
    "Cannot watch log folders, polling them instead: OS file watch limit reached",
  ]);
});

Deno.test("one poll stats a link once for all who wait at it", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const stats: string[] = [];
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    stat: (link) => {
      stats.push(link.slice(links.length + 1));
      return { kind: "no link" };
    },
    watchFs: noWatcher,
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  using stack = new DisposableStack();
  let polls = 0;
  for (const name of ["a", "b", "a", "c"]) {
    stack.use(changes.watch({ link: `${links}/${name}`, folder: logs }, (kind, stat) => {
      if (kind !== "poll") return;
      stat();
      if (name === "c" && ++polls === 3) resolve();
    }));
  }
  await promise;
  assert.deepEqual(stats.slice(0, 9), ["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
});

Deno.test("a poll does not stat a link that others have since it last did", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const asked: number[] = [];
  const stats: string[] = [];
  const done = Promise.withResolvers<void>();
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    settleMs: 1e9,
    watchFs: noWatcher,
    stat: (link) => {
      stats.push(link);
      return { kind: "no link" };
    },
    seenAt: (link, sinceMs) => {
      asked.push(sinceMs);
      return link.endsWith("/seen") ? { kind: "no target" } : undefined;
    },
  });
  const found: string[] = [];
  using stack = new DisposableStack();
  for (const name of ["seen", "unseen"]) {
    stack.use(changes.watch({ link: `${links}/${name}`, folder: logs }, (_kind, stat) => {
      found.push(stat().kind);
      if (found.length === 4) done.resolve();
    }));
  }
  await done.promise;
  assert.deepEqual(found.slice(0, 4), ["no target", "no link", "no target", "no link"]);
  assert.deepEqual(stats.slice(0, 2), [`${links}/unseen`, `${links}/unseen`]);
  const [first = NaN, , second = NaN] = asked;
  assert(first === 0 && second > 0, "what was seen before the last poll is old");
});

Deno.test("a poll takes nothing that was seen before the last event", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const asked = Promise.withResolvers<number>();
  let notifiedMs = NaN;
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    settleMs: 0,
    watchFs: () => watcherOf({ kind: "other", paths: [], flag: "rescan" }),
    seenAt: (_link, sinceMs) => {
      if (!Number.isNaN(notifiedMs)) asked.resolve(sinceMs);
      return undefined;
    },
  });
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, (kind, stat) => {
    if (kind === "event" && Number.isNaN(notifiedMs)) notifiedMs = performance.now();
    stat();
  });
  assert(await asked.promise >= notifiedMs);
  watch[Symbol.dispose]();
});

Deno.test("watch() makes one watcher for all, not recursive, without the folders that are not there", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const made: string[][] = [];
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    watchFs: (paths, options) => {
      assert.deepEqual(options, { recursive: false });
      made.push(paths.toSorted());
      return Deno.watchFs(paths, options);
    },
  });
  const calls = [firstCall("event"), firstCall("event")];
  using first = changes.watch({ link: `${links}/a.log`, folder: logs }, calls[0]?.listener ?? (() => {}));
  using second = changes.watch({ link: `${links}/b.log`, folder: `${logs}/none` }, calls[1]?.listener ?? (() => {}));
  await Promise.all(calls.map(({ called }) => called));
  assert.deepEqual(made, [[links, logs]]);
  first[Symbol.dispose]();
  second[Symbol.dispose]();
});

Deno.test("watch() has the roots that logs lie under before all other folders, as far as they are there", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const pod = `${logs}/pod/container`;
  await Deno.mkdir(pod, { recursive: true });
  await Deno.mkdir(`${logs}X`);
  const made = Promise.withResolvers<readonly string[]>();
  using changes = createLogChanges({
    roots: [links, `${logs}X`, `${logs}/none`, logs],
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    watchFs: (paths, options) => {
      made.resolve(paths);
      return Deno.watchFs(paths, options);
    },
  });
  using watch = changes.watch({ link: `${links}/a.log`, folder: pod }, () => {});
  assert.deepEqual(await made.promise, [logs, links, pod]);
  watch[Symbol.dispose]();
});

Deno.test("watch() reports what is done in the root of all folders", async () => {
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    watchFs: () => watcherOf({ kind: "create", paths: ["/b.log"] }),
  });
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  // The first call says that the watcher is there.
  using watch = changes.watch({ link: "/a.log", folder: "/" }, () => ++calls === 2 && resolve());
  await promise;
  watch[Symbol.dispose]();
});

Deno.test("an overflow calls every listener", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    watchFs: () => watcherOf({ kind: "other", paths: [], flag: "rescan" }),
  });
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  // The first call says that the watcher is there.
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => ++calls === 2 && resolve());
  await promise;
  watch[Symbol.dispose]();
});

Deno.test("watch() distinguishes writing to a log's file from changing its name", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const file = `${logs}/0.log`;
  await Deno.writeTextFile(file, "");
  using changes = createLogChanges({ poller: createPoller({ everyMs: 1e9 }), settleMs: 0 });
  const reported: ChangeKind[] = [];
  using _watch = changes.watch({ link: `${links}/a.log`, folder: logs, file }, (kind) => {
    reported.push(kind);
  });
  /** Returns what is reported of an act, up to the first of the kind that is waited for. */
  const reportedBy = async (kind: ChangeKind, act: () => void): Promise<ChangeKind[]> => {
    reported.length = 0;
    act();
    await eventually(`"${kind}" is reported`, () => reported.includes(kind));
    return [...reported];
  };
  // The first says that the folder is watched now.
  await reportedBy("event", () => {});
  assert.deepEqual(
    new Set(await reportedBy("written", () => Deno.writeTextFileSync(file, "line\n", { append: true }))),
    new Set(["written"]),
  );
  const renamed = await reportedBy("event", () => Deno.renameSync(file, `${file}.1`));
  assert.equal(renamed[0], "event");
});

/** A watcher without events until it is ended, or fails. */
interface OpenWatcher extends Deno.FsWatcher {
  end(error?: Error): void;
}

function openWatcher(): OpenWatcher {
  const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Deno.FsEvent>>();
  const events: AsyncIterator<Deno.FsEvent> = { next: () => promise };
  return {
    ...events,
    [Symbol.asyncIterator]: () => events,
    end: (error?: Error) => error === undefined ? resolve({ done: true, value: undefined }) : reject(error),
    close: () => {
      throw new Deno.errors.BadResource("Bad resource ID");
    },
    [Symbol.dispose]: () => {},
  } as unknown as OpenWatcher;
}

for (const how of [undefined, new Error("Input/output error")]) {
  Deno.test(`a watcher that ${how === undefined ? "ends" : "fails"} by itself is reported, and polling goes on`, async () => {
    await using folders = await makeFolders();
    const { links, logs } = folders;
    const watcher = openWatcher();
    const problem = Promise.withResolvers<string>();
    const timer = createManualTimer();
    using changes = createLogChanges({
      poller: createPoller({ later: timer.later }),
      settleMs: 0,
      onProblem: problem.resolve,
      watchFs: () => watcher,
    });
    const made = Promise.withResolvers<void>();
    const polled = Promise.withResolvers<void>();
    using _watch = changes.watch({ link: `${links}/a.log`, folder: logs }, (kind) => {
      if (kind === "event") made.resolve();
      if (kind === "poll") polled.resolve();
    });
    await made.promise;
    watcher.end(how);
    const reason = how === undefined ? "the watcher has ended" : how.message;
    assert.equal(await problem.promise, `Cannot watch log folders, polling them instead: ${reason}`);
    timer.fire();
    await polled.promise;
  });
}

Deno.test("a folder that is removed while the watcher is made loses no events: another watcher is made at once", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  let attempts = 0;
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    onProblem: (message) => assert.fail(message),
    watchFs: (paths, options) => {
      if (attempts++ === 0) throw new Deno.errors.NotFound("No path was found");
      return Deno.watchFs(paths, options);
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  // The first two calls say that a watcher was tried for.
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => {
    if (++calls === 2) Deno.writeTextFileSync(`${logs}/0.log`, "line\n");
    if (calls > 2) resolve();
  });
  await promise;
  watch[Symbol.dispose]();
  assert.equal(attempts, 2);
});

interface GuardedWatchFs extends Pick<Required<LogChangesOptions>, "watchFs">, Disposable {
  /** The folders of each call. */
  readonly made: string[][];
  /** Whether a watcher was closed while that would not return. */
  isClosed: boolean;
  /** Whether the watcher's thread is blocked. */
  isBlocked: boolean;
}

/**
 * Counts calls of `Deno.watchFs`, and gives one that would never return an error instead. Disposing closes what is
 * open.
 */
function guardWatchFs(): GuardedWatchFs {
  const open = new Set<Deno.FsWatcher>();
  const guard: GuardedWatchFs = {
    made: [],
    isClosed: false,
    isBlocked: false,
    watchFs: (folders, options) => {
      guard.made.push(folders);
      if (guard.isBlocked) throw new Error("Deno.watchFs would wait for the watcher's thread");
      const watcher = Deno.watchFs(folders, options);
      const close = watcher.close.bind(watcher);
      open.add(watcher);
      return Object.assign(watcher, {
        close: () => {
          if (guard.isBlocked) return void (guard.isClosed = true);
          open.delete(watcher);
          close();
        },
      });
    },
    [Symbol.dispose]: () => {
      guard.isBlocked = false;
      for (const watcher of open) watcher.close();
    },
  };
  return guard;
}

/** Lets a thread go on that waits for a FIFO's writer, and removes the FIFO. Fails if none comes to wait. */
async function removeFifo(path: string): Promise<void> {
  const descriptors: number[] = [];
  await eventually(`a reader waits at ${path}`, () => {
    try {
      descriptors.push(fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
      return true;
    } catch {
      // ENXIO: nobody has it open for reading yet.
      return false;
    }
  });
  await Deno.remove(path);
  // Not before: the events of closing it are read as well.
  for (const descriptor of descriptors) fs.closeSync(descriptor);
}

async function makeFifo(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert(success);
}

for (const when of ["followed", "no longer followed"]) {
  Deno.test(`a FIFO in a folder that is ${when} blocks nothing: logs are polled from then on`, async () => {
    await using folders = await makeFolders();
    const { links, logs } = folders;
    const problems: string[] = [];
    using watching = guardWatchFs();
    const timer = createManualTimer();
    using changes = createLogChanges({
      poller: createPoller({ later: timer.later }),
      settleMs: 0,
      retryMs: 0,
      onProblem: (message) => problems.push(message),
      watchFs: watching.watchFs,
    });
    const first = firstCall("event");
    using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, first.listener);
    await first.called;
    // The watcher's thread blocks when it opens the path of the event.
    watching.isBlocked = true;
    let fifo = `${logs}/fifo`;
    await makeFifo(fifo);
    // Before the watcher is closed, whatever happens.
    await using _released = { [Symbol.asyncDispose]: () => removeFifo(fifo) };
    await Deno.mkdir(`${logs}/other`);
    if (when !== "followed") watch[Symbol.dispose]();
    const polled = firstCall("poll");
    using _second = changes.watch({ link: `${links}/b.log`, folder: `${logs}/other` }, polled.listener);
    await eventually("the FIFO is reported", () => problems.length > 0);
    assert.deepEqual(problems, [
      `Cannot watch log folders, polling them instead: ${logs}/fifo is a FIFO, ` +
      "the watcher may wait for its writer until a restart",
    ]);
    timer.fire();
    await polled.called;
    // That it is gone does not mean that the thread goes on.
    await Deno.rename(fifo, `${logs}/../fifo`);
    fifo = `${logs}/../fifo`;
    timer.fire();
    await eventually("polling goes on", () => timer.isSet());
    changes[Symbol.dispose]();
    assert.equal(watching.made.length, 1);
    assert(!watching.isClosed);
  });
}

Deno.test("a folder with a FIFO is polled, others are watched; once it is gone, all are", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const problems: string[] = [];
  using watching = guardWatchFs();
  const timer = createManualTimer();
  await makeFifo(`${logs}/fifo`);
  using changes = createLogChanges({
    poller: createPoller({ later: timer.later }),
    settleMs: 0,
    retryMs: 0,
    onProblem: (message) => problems.push(message),
    watchFs: watching.watchFs,
  });
  using _watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => {});
  await eventually("a watcher is made", () => watching.made.length > 0);
  assert.deepEqual(watching.made, [[links]]);
  assert.deepEqual(problems, [`Cannot watch log folder ${logs}, polling it instead: there is a FIFO in it`]);
  await Deno.remove(`${logs}/fifo`);
  await eventually("another watcher is made", () => {
    timer.fire();
    return watching.made.some((paths) => paths.includes(logs));
  });
});

Deno.test("one that comes while the watcher is made is watched as well", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  await Deno.mkdir(`${logs}/other`);
  using watching = guardWatchFs();
  using changes = createLogChanges({ poller: createPoller({ everyMs: 1e9 }), settleMs: 0, watchFs: watching.watchFs });
  using stack = new DisposableStack();
  stack.use(changes.watch({ link: `${links}/a.log`, folder: logs }, () => {}));
  let isBegun = false;
  // The timer of the watcher comes first; it then waits for the folders' names.
  setTimeout(() => {
    stack.use(changes.watch({ link: `${links}/b.log`, folder: `${logs}/other` }, () => {}));
    isBegun = true;
  }, 0);
  await eventually("both are watched", () => isBegun && watching.made.some((paths) => paths.includes(`${logs}/other`)));
});
