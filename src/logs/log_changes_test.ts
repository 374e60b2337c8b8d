import assert from "#assert";
import { createManualTimer } from "../../tests/support/manual_timer.ts";
import { type ChangeKind, createLogChanges } from "./log_changes.ts";
import { createPoller } from "../scheduling/poller.ts";

async function makeFolders(): Promise<AsyncDisposable & { readonly links: string; readonly logs: string }> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "changes-" }));
  const [links, logs] = [`${dir}/links`, `${dir}/logs`];
  for (const folder of [links, logs]) await Deno.mkdir(folder);
  return { links, logs, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

/** Resolves at the first call of this kind. */
function firstRing(kind: ChangeKind): { readonly listener: (ring: ChangeKind) => void; readonly rung: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { listener: (ring) => ring === kind && resolve(), rung: promise };
}

/** In the place of `Deno.watchFs`, where there are no watchers left. */
function noWatcher(): Deno.FsWatcher {
  throw new Error("OS file watch limit reached");
}

/** In the place of `Deno.watchFs`: a watcher that tells of one event. */
function watcherOf(event: Deno.FsEvent): Deno.FsWatcher {
  return Object.assign(ReadableStream.from([event]).values(), {
    close: () => {},
    [Symbol.dispose]: () => {},
  }) as unknown as Deno.FsWatcher;
}

Deno.test("watch() tells of what is written to a log", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  using changes = createLogChanges({ poller: createPoller({ everyMs: 1e9 }), settleMs: 0 });
  const { promise, resolve } = Promise.withResolvers<void>();
  let rings = 0;
  // The first call says that the folder is watched now.
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => {
    if (++rings === 1) Deno.writeTextFileSync(`${logs}/0.log`, "line\n");
    else resolve();
  });
  await promise;
  watch[Symbol.dispose]();
});

Deno.test("watch() calls in rounds when there are no events, and says so once", async () => {
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
    const { listener, rung } = firstRing("round");
    using watch = changes.watch({ link: `${links}/${name}.log`, folder: logs }, listener);
    await rung;
    await new Promise((resolve) => setTimeout(resolve, 0));
    watch[Symbol.dispose]();
  }
  assert.deepEqual(problems, [
    "Cannot watch log folders, looking at them in turns instead: OS file watch limit reached",
  ]);
});

Deno.test("watch() looks once in a round for all who wait at the same link", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const looks: string[] = [];
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    stat: (link) => {
      looks.push(link.slice(links.length + 1));
      return { kind: "no link" };
    },
    watchFs: noWatcher,
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  using stack = new DisposableStack();
  let rounds = 0;
  for (const name of ["a", "b", "a", "c"]) {
    stack.use(changes.watch({ link: `${links}/${name}`, folder: logs }, (ring, look) => {
      if (ring !== "round") return;
      look();
      if (name === "c" && ++rounds === 3) resolve();
    }));
  }
  await promise;
  assert.deepEqual(looks.slice(0, 9), ["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
});

Deno.test("watch() does not look in a round where others have since it last did", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const asked: number[] = [];
  const looks: string[] = [];
  const done = Promise.withResolvers<void>();
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    settleMs: 1e9,
    watchFs: noWatcher,
    stat: (link) => {
      looks.push(link);
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
    stack.use(changes.watch({ link: `${links}/${name}`, folder: logs }, (_ring, look) => {
      found.push(look().kind);
      if (found.length === 4) done.resolve();
    }));
  }
  await done.promise;
  assert.deepEqual(found.slice(0, 4), ["no target", "no link", "no target", "no link"]);
  assert.deepEqual(looks.slice(0, 2), [`${links}/unseen`, `${links}/unseen`]);
  const [first = NaN, , second = NaN] = asked;
  assert(first === 0 && second > 0, "what was seen before the last round is not news");
});

Deno.test("watch() takes nothing for news in a round that was seen before the last event", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const asked = Promise.withResolvers<number>();
  let toldMs = NaN;
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 0 }),
    settleMs: 0,
    watchFs: () => watcherOf({ kind: "other", paths: [], flag: "rescan" }),
    seenAt: (_link, sinceMs) => {
      if (!Number.isNaN(toldMs)) asked.resolve(sinceMs);
      return undefined;
    },
  });
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, (ring, look) => {
    if (ring === "event" && Number.isNaN(toldMs)) toldMs = performance.now();
    look();
  });
  assert(await asked.promise >= toldMs);
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
  const rings = [firstRing("event"), firstRing("event")];
  using first = changes.watch({ link: `${links}/a.log`, folder: logs }, rings[0]?.listener ?? (() => {}));
  using second = changes.watch({ link: `${links}/b.log`, folder: `${logs}/none` }, rings[1]?.listener ?? (() => {}));
  await Promise.all(rings.map(({ rung }) => rung));
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

Deno.test("watch() tells of what is done in the root of all folders", async () => {
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    watchFs: () => watcherOf({ kind: "create", paths: ["/b.log"] }),
  });
  let rings = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  // The first call says that the watcher is there.
  using watch = changes.watch({ link: "/a.log", folder: "/" }, () => ++rings === 2 && resolve());
  await promise;
  watch[Symbol.dispose]();
});

Deno.test("an overflow calls everybody", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  using changes = createLogChanges({
    poller: createPoller({ everyMs: 1e9 }),
    settleMs: 0,
    watchFs: () => watcherOf({ kind: "other", paths: [], flag: "rescan" }),
  });
  let rings = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  // The first call says that the watcher is there.
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => ++rings === 2 && resolve());
  await promise;
  watch[Symbol.dispose]();
});

Deno.test("watch() tells what is written to a log's file apart from what is done to its name", async () => {
  await using folders = await makeFolders();
  const { links, logs } = folders;
  const file = `${logs}/0.log`;
  await Deno.writeTextFile(file, "");
  using changes = createLogChanges({ poller: createPoller({ everyMs: 1e9 }), settleMs: 0 });
  const told: ChangeKind[] = [];
  let heard = Promise.withResolvers<void>();
  using _watch = changes.watch({ link: `${links}/a.log`, folder: logs, file }, (ring) => {
    told.push(ring);
    heard.resolve();
  });
  /** What is told of an act, up to the first of the kind that is waited for. */
  const toldOf = async (kind: ChangeKind, act: () => void): Promise<ChangeKind[]> => {
    told.length = 0;
    act();
    while (!told.includes(kind)) {
      heard = Promise.withResolvers<void>();
      await heard.promise;
    }
    return [...told];
  };
  // The first says that the folder is watched now.
  await toldOf("event", () => {});
  assert.deepEqual(
    new Set(await toldOf("written", () => Deno.writeTextFileSync(file, "line\n", { append: true }))),
    new Set(["written"]),
  );
  const renamed = await toldOf("event", () => Deno.renameSync(file, `${file}.1`));
  assert.equal(renamed[0], "event");
});

/** A watcher that tells of nothing until it is ended, or fails. */
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
  Deno.test(`a watcher that ${how === undefined ? "ends" : "fails"} by itself is told, and the rounds go on`, async () => {
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
    const round = Promise.withResolvers<void>();
    using _watch = changes.watch({ link: `${links}/a.log`, folder: logs }, (ring) => {
      if (ring === "event") made.resolve();
      if (ring === "round") round.resolve();
    });
    await made.promise;
    watcher.end(how);
    const reason = how === undefined ? "the watcher has ended" : how.message;
    assert.equal(await problem.promise, `Cannot watch log folders, looking at them in turns instead: ${reason}`);
    timer.fire();
    await round.promise;
  });
}

Deno.test("a folder that is removed while the watcher is made costs no events: another one is made at once", async () => {
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
  let rings = 0;
  // The first two calls say that a watcher was tried for.
  using watch = changes.watch({ link: `${links}/a.log`, folder: logs }, () => {
    if (++rings === 2) Deno.writeTextFileSync(`${logs}/0.log`, "line\n");
    if (rings > 2) resolve();
  });
  await promise;
  watch[Symbol.dispose]();
  assert.equal(attempts, 2);
});
