import assert from "#assert";
import fs from "node:fs";
import { replaced } from "../../tests/support/replaced.ts";
import { createManualChanges } from "../../tests/fakes/manual_changes.ts";
import { createLogWorld, type LogWorld } from "../../tests/support/log_world.ts";
import { keepingSink, memoryLog } from "../../tests/support/memory_log.ts";
import { openLog } from "../logs/log_file.ts";
import { compileSearch } from "../search/search.ts";
import type { Handoff } from "./handoff.ts";
import type { LogPosition } from "./log_position.ts";
import type { RecordSink } from "./record_sink.ts";
import { createBlockPool } from "./scan/block_pool.ts";
import { isFollow, streamBytes, streamLog, type StreamOptions, type StreamQuery } from "./stream.ts";

const DEADLINE_MS = 60_000;
const pool = createBlockPool({ blockBytes: 4096 });

/** A handoff that remembers what it is given. */
interface KeptHandoff extends Handoff {
  /** What happened, in order. */
  readonly events: string[];
  /** Where follows have begun. */
  readonly open: LogPosition[];
  /** The end that the next follow is told. */
  recent: LogPosition | undefined;
}

function createKeptHandoff(): KeptHandoff {
  const events: string[] = [];
  const open: LogPosition[] = [];
  return {
    events,
    open,
    recent: undefined,
    beginFollow: ({ offset }) => {
      events.push(`follow from ${offset}`);
      return { [Symbol.dispose]: () => void events.push("follow over") };
    },
    openFollows: () => {
      events.push("follows asked for");
      return open;
    },
    noteEnd: ({ offset }) => void events.push(`end at ${offset}`),
    recentEnd(): LogPosition | undefined {
      return this.recent;
    },
  };
}

/** A stream of a world's log that goes on. */
interface Running {
  readonly over: Promise<void>;
  readonly changes: ReturnType<typeof createManualChanges>;
  readonly gaps: string[];
  /** The messages that were sent. */
  messages(): string[];
  /** Resolves when so many records were sent. */
  sent(count: number): Promise<void>;
  /** How often the file that it was given was closed. */
  closed(): number;
  stop(): void;
}

function start(world: LogWorld, query: StreamQuery, options: Partial<StreamOptions> = {}): Running {
  const cancel = new AbortController();
  const changes = createManualChanges();
  const gaps: string[] = [];
  let closed = 0;
  let wake = Promise.withResolvers<void>();
  const sink = keepingSink({ onBatch: () => wake.resolve() });
  const { fileName, folders } = world;
  const file = openLog(fileName, folders);
  const close = file[Symbol.dispose].bind(file);
  const counted = Object.assign(file, {
    [Symbol.dispose]: () => {
      closed++;
      close();
    },
  });
  const over = streamLog(counted, query, {
    sink,
    pool,
    changes,
    fileName,
    folders,
    signal: cancel.signal,
    onGap: (path, reason, lost) => gaps.push(`${path} ${reason} ${lost?.lostBytes}`),
    ...options,
  });
  over.catch(() => {});
  return {
    over,
    changes,
    gaps,
    closed: () => closed,
    messages: () => sink.records.map(({ message }) => message),
    sent: async (count) => {
      const deadline = AbortSignal.timeout(DEADLINE_MS);
      const failed = new Promise<void>((_, reject) =>
        deadline.addEventListener("abort", () => reject(new Error(`${sink.records.length} of ${count} records`)))
      );
      failed.catch(() => {});
      const early = over.then(() => Promise.reject(new Error(`over after ${sink.records.length} of ${count} records`)));
      early.catch(() => {});
      while (sink.records.length < count) {
        wake = Promise.withResolvers();
        await Promise.race([wake.promise, early, failed]);
      }
    },
    stop: () => cancel.abort(new Error("stopped")),
  };
}

async function read(world: LogWorld, query: StreamQuery, options?: Partial<StreamOptions>): Promise<Running> {
  const running = start(world, query, options);
  await running.over;
  assert.equal(running.closed(), 1, "the file is closed once");
  return running;
}

/** A log of three lines that was rotated once, after the first two. */
function createRotated(): LogWorld {
  const world = createLogWorld();
  world.write();
  world.write();
  world.rotate();
  world.write();
  return world;
}

const STOPPED = { seconds: Date.parse("2025-03-04T05:06:08Z") / 1000, nanos: 0 };

Deno.test("a stream sends the history and the log in its direction, or the log alone", async () => {
  using world = createRotated();
  const { written } = world;
  assert.deepEqual((await read(world, { direction: "forward" })).messages(), written);
  assert.deepEqual((await read(world, { direction: "backward" })).messages(), written.toReversed());
  assert.deepEqual((await read(world, { direction: "forward", history: false })).messages(), written.slice(2));
  assert.deepEqual((await read(world, { direction: "backward", history: false })).messages(), written.slice(2));
});

Deno.test("a small log is read without another thread, which takes as long as a tenth of such a stream", async () => {
  using world = createLogWorld();
  for (let line = 0; line < 3; line++) world.write();
  const { read } = fs;
  let handedOver = 0;
  const counting = (...given: unknown[]): void => {
    handedOver++;
    (read as unknown as (...given: unknown[]) => void)(...given);
  };
  using _ = replaced(fs, "read", counting as unknown as typeof fs.read);
  for (const direction of ["forward", "backward"] as const) {
    const running = start(world, { direction }, { handoff: createKeptHandoff() });
    await running.over;
    assert.equal(running.messages().length, 3);
    assert.equal(handedOver, 0, direction);
  }
});

Deno.test("a follow from the start sends the history, the log, and what is written then", async () => {
  for (const history of [true, false]) {
    using world = createRotated();
    const from = history ? 0 : 2;
    const running = start(world, { direction: "forward", follow: "start", history });
    await running.sent(3 - from);
    world.write();
    running.changes.notify();
    await running.sent(4 - from);
    assert.deepEqual(running.messages(), world.written.slice(from));
    running.stop();
    await assert.rejects(running.over, { message: "stopped" });
    assert.equal(running.closed(), 1);
  }
});

Deno.test("a follow from the end sends only what is written, whatever its time bounds are", async () => {
  using world = createRotated();
  const query = { direction: "forward", follow: "end", stop: STOPPED, search: compileSearch("[46]") } as const;
  const start0 = { seconds: STOPPED.seconds + 1, nanos: 0 };
  const running = start(world, { ...query, start: start0 });
  for (let line = 0; line < 3; line++) world.write();
  running.changes.notify();
  await running.sent(2);
  assert.deepEqual(running.messages(), ["line 4 .", "line 6 ."]);
  running.stop();
  await assert.rejects(running.over, { message: "stopped" });
  assert.equal(running.closed(), 1);
});

Deno.test("a follow from the start whose stop has passed ends like a stream without a follow", async () => {
  using world = createRotated();
  const handoff = createKeptHandoff();
  const query = { direction: "forward", follow: "start", stop: STOPPED } as const;
  const { messages } = await read(world, query, { handoff });
  assert.deepEqual(messages(), world.written);
  assert.deepEqual(handoff.events, [], "no later record can be wanted");
});

Deno.test("isFollow() knows the follows of a forward stream, by the node's clock", () => {
  const at = (ms: number): { now: () => number } => ({ now: () => STOPPED.seconds * 1000 + ms });
  const forward = { direction: "forward" } as const;
  assert(!isFollow(forward));
  assert(!isFollow({ ...forward, follow: "none" }));
  assert(isFollow({ ...forward, follow: "start" }));
  assert(isFollow({ ...forward, follow: "start", stop: STOPPED }, at(0)));
  assert(!isFollow({ ...forward, follow: "start", stop: STOPPED }, at(1)));
  assert(isFollow({ ...forward, follow: "end", stop: STOPPED }, at(1)));
  for (const follow of ["none", "start", "end"] as const) {
    assert(!isFollow({ direction: "backward", follow }));
  }
});

Deno.test("a backward stream does not follow, whatever is asked", async () => {
  using world = createRotated();
  const { messages } = await read(world, { direction: "backward", follow: "end" });
  assert.deepEqual(messages(), world.written.toReversed());
});

Deno.test("streams of what is there note their end, and reach the follows that are open", async () => {
  using world = createRotated();
  const { size } = await Deno.stat(world.path());
  const backward = createKeptHandoff();
  await read(world, { direction: "backward" }, { handoff: backward });
  assert.deepEqual(backward.events, [`end at ${size}`]);
  const forward = createKeptHandoff();
  await read(world, { direction: "forward" }, { handoff: forward });
  assert.equal(forward.events.at(-1), `end at ${size}`);
  assert(forward.events.includes("follows asked for"));
  // A follow that has begun behind what is there when the stream begins is reached.
  const late = createKeptHandoff();
  const { dev, ino } = await Deno.stat(world.path());
  const sink = keepingSink({
    onBatch: () => {
      if (late.open.length > 0) return;
      world.write();
      late.open.push({ id: `${dev}:${ino}`, offset: Deno.statSync(world.path()).size });
    },
  });
  await read(world, { direction: "forward" }, { handoff: late, sink });
  assert.deepEqual(sink.records.map(({ message }) => message), world.written);
});

Deno.test("a follow from the end is open from where it begins until it is over, and begins where a stream has just ended", async () => {
  using world = createRotated();
  const { size, dev, ino } = await Deno.stat(world.path());
  const handoff = createKeptHandoff();
  handoff.recent = { id: `${dev}:${ino}`, offset: size };
  world.write();
  const running = start(world, { direction: "forward", follow: "end" }, { handoff });
  running.changes.notify();
  await running.sent(1);
  assert.deepEqual(running.messages(), ["line 4 ."], "written after the other stream has ended");
  assert.deepEqual(handoff.events, [`follow from ${size}`]);
  running.stop();
  await assert.rejects(running.over, { message: "stopped" });
  assert.deepEqual(handoff.events, [`follow from ${size}`, "follow over"]);
});

Deno.test("a follow that begins in a file that was rotated since closes the live one, too", async () => {
  using world = createLogWorld();
  world.write();
  const { size, dev, ino } = await Deno.stat(world.path());
  world.write();
  world.rotate();
  world.write();
  const handoff = createKeptHandoff();
  handoff.recent = { id: `${dev}:${ino}`, offset: size };
  const running = start(world, { direction: "forward", follow: "end" }, { handoff });
  assert.equal(running.closed(), 1);
  running.changes.notify();
  await running.sent(2);
  assert.deepEqual(running.messages(), world.written.slice(1));
  running.stop();
  await assert.rejects(running.over, { message: "stopped" });
  assert.equal(running.closed(), 1);
});

Deno.test("gaps of the history are reported in each kind of stream, and the stream goes on", async () => {
  for (
    const query of [
      { direction: "forward" },
      { direction: "backward" },
      { direction: "forward", follow: "start" },
    ] as const satisfies readonly StreamQuery[]
  ) {
    using world = createRotated();
    world.rotate();
    world.write();
    world.compress();
    const [damaged = ""] = world.rotated();
    assert.match(damaged, /\.gz$/);
    await Deno.writeFile(damaged, (await Deno.readFile(damaged)).fill(0xff, 20));
    const running = start(world, query);
    await running.sent(2);
    const sent = running.messages();
    assert.deepEqual(query.direction === "forward" ? sent : sent.toReversed(), world.written.slice(2));
    if (query.follow === undefined) await running.over;
    else running.stop();
    await running.over.catch(() => {});
    assert.equal(running.gaps.length, 1);
    assert(running.gaps[0]?.startsWith(`${damaged} it is damaged`), running.gaps[0]);
  }
});

Deno.test("a stream that fails closes its file", async () => {
  for (
    const query of [{ direction: "forward" }, { direction: "backward" }, {
      direction: "forward",
      follow: "start",
    }] as const
  ) {
    using world = createRotated();
    const sink: RecordSink = { send: ({ count }) => count, ready: () => Promise.reject(new Error("gone")) };
    const running = start(world, query, { sink });
    await assert.rejects(running.over, { message: "gone" });
    assert.equal(running.closed(), 1);
  }
});

Deno.test("bytes of any source are streamed in either direction", async () => {
  const lines = ["a", "b", "c"];
  const text = lines.map((line) => `2025-03-04T05:06:07Z stdout F ${line}\n`).join("");
  const { signal } = new AbortController();
  for (const [direction, expected] of [["forward", lines], ["backward", lines.toReversed()]] as const) {
    const sink = keepingSink();
    await streamBytes(memoryLog(new TextEncoder().encode(text)), { direction }, { sink, pool, signal });
    assert.deepEqual(sink.records.map(({ message }) => message), expected);
  }
});
