import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { openLog } from "../logs/log_file.ts";
import { keepingSink } from "../../tests/support/memory_log.ts";
import { createLogWorld, type LogWorld } from "../../tests/support/log_world.ts";
import { createRandom, type Random } from "../../tests/support/random.ts";
import { createBlockPool } from "./scan/block_pool.ts";
import { followStart, type LogPosition } from "./log_position.ts";
import type { CatchUpOptions } from "./catch_up.ts";
import { storedForward } from "./stored_records.ts";
import type { RecordSink } from "./record_sink.ts";

const { signal } = new AbortController();
const LINE = /^\S+\.(\d{9})Z \S+ . (.*)$/;

/** A record, and the time that tells it from others. */
interface Line {
  readonly nanos: number;
  readonly message: string;
}

const messagesOf = (lines: readonly Line[]): string[] => lines.map(({ message }) => message);

/**
 * Sends a world's log. `onReady` is called after each batch, and may write to it. Resolves to the records and the end.
 */
async function past(
  world: LogWorld,
  options: Pick<CatchUpOptions, "follows" | "unfinishedMs"> & {
    readonly batchRows?: number;
    readonly onReady?: (sent: number) => Promise<void> | void;
  },
): Promise<{ records: Line[]; end: LogPosition | undefined }> {
  const { fileName, folders } = world;
  const { batchRows = Infinity, onReady, follows, unfinishedMs = Infinity } = options;
  const kept = keepingSink({ batchRows });
  const sink: RecordSink = {
    send: (batch) => kept.send(batch),
    ready: async () => await onReady?.(kept.records.length),
  };
  const pool = createBlockPool({ blocks: 1, blockBytes: 4096 });
  let end: LogPosition | undefined;
  using file = openLog(fileName, folders);
  const onEnd = (position: LogPosition): void => void (end = position);
  const catchUpWith = { fileName, follows, unfinishedMs, onEnd };
  await storedForward(file, {}, { sink, pool, signal, folders, catchUpWith });
  return { records: kept.records.map(({ nanos, message }) => ({ nanos, message })), end };
}

/** What a follow gives that began at a place: the lines that begin there or later. */
async function after(world: LogWorld, begin: LogPosition): Promise<Line[]> {
  const paths = [...world.rotated(), world.path()];
  const first = paths.findIndex((path) => {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}` === begin.id;
  });
  assert.ok(first >= 0, "a follow began in a file of the log");
  const files = await Promise.all(paths.slice(first).map((path) => Deno.readFile(path)));
  const text = files.map((bytes, index) =>
    new TextDecoder().decode(index === 0 ? bytes.subarray(begin.offset) : bytes)
  );
  return text.join("").split("\n").flatMap((line) => {
    const [, nanos, message] = LINE.exec(line) ?? [];
    return message === undefined ? [] : { nanos: Number(nanos), message };
  });
}

/**
 * Joins both as a caller does: drops what is older than the last record of the past, and the first one of the same
 * time.
 */
function joined(past: readonly Line[], future: readonly Line[]): Line[] {
  const last = past.at(-1)?.nanos ?? -1;
  return [...past, ...future.filter(({ nanos }) => nanos > last)];
}

function beginFollow(world: LogWorld, recent: LogPosition | undefined): LogPosition {
  using live = openLog(world.fileName, world.folders);
  const { file, position } = followStart(live, recent, { folders: world.folders });
  if (file !== live) file[Symbol.dispose]();
  return position;
}

/** Has the writer of a renamed log write to the new one. */
const reopens = new WeakMap<LogWorld, () => void>();

function reopen(world: LogWorld): void {
  reopens.get(world)?.();
  reopens.delete(world);
}

/** Something that is done to a log. */
function act(world: LogWorld, random: Random): void {
  if (reopens.has(world)) { if (random.oneIn(3)) return reopen(world); }
  else if (random.oneIn(12)) return world.rotate({ late: random.int(3) });
  // The old writer goes on.
  else if (random.oneIn(11)) return void reopens.set(world, world.rename());
  if (random.oneIn(5)) return world.writeHalf();
  for (let lines = random.int(4); lines > 0; lines--) world.write({ padding: random.pick([0, 20, 3000]) });
}

Deno.test("a past and a follow that are asked for at about the same time give each line once, whatever happens to the log meanwhile", async () => {
  // A failure names its seed: SEED=n begins with that one; SEEDS=n looks at more of them than the gate has time for.
  const firstSeed = Number(Deno.env.get("SEED") ?? 1);
  const seeds = Number(Deno.env.get("SEEDS") ?? 400);
  const when = { before: 0, amid: 0, after: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const random = createRandom(seed);
    using world = createLogWorld();
    for (let lines = random.int(30); lines > 0; lines--) world.write();
    if (random.oneIn(4)) reopens.set(world, world.rename());
    const begins: LogPosition[] = [];
    const openAt = random.int(25);
    if (openAt === 0) begins.push(beginFollow(world, undefined));
    let steps = 0;
    let sentBefore = 0;
    const got = await past(world, {
      batchRows: 1 + random.int(5),
      follows: () => begins,
      onReady: async (sent) => {
        if (random.oneIn(3)) act(world, random);
        if (++steps === openAt) {
          begins.push(beginFollow(world, undefined));
          sentBefore = sent;
        }
        if (random.oneIn(3)) await setImmediate();
      },
    });
    const isLate = begins.length === 0;
    when[openAt === 0 ? "before" : isLate ? "after" : "amid"]++;
    if (isLate) { for (let acts = random.int(3); acts > 0; acts--) act(world, random); }
    const [begin = beginFollow(world, got.end)] = begins;
    for (let acts = random.int(3); acts > 0; acts--) act(world, random);
    reopen(world);
    world.write();
    const all = messagesOf(joined(got.records, await after(world, begin)));
    const wanted = [...world.written];
    // What was sent last before the follow began may be unfinished: nobody was known then to send the rest of it.
    const last = (isLate ? got.records.length : sentBefore) - 1;
    if (wanted[last]?.startsWith(all[last] ?? "?")) all[last] = wanted[last] ?? "";
    assert.deepEqual(all, wanted, `SEED=${seed}`);
  }
  assert.ok(seeds < 400 || Object.values(when).every((count) => count > 10), JSON.stringify(when));
});

Deno.test("a past ends, however fast its log is written, at what was there when it first came to the end", async () => {
  using world = createLogWorld();
  for (let line = 0; line < 10; line++) world.write();
  let written = 0;
  const { records } = await past(world, {
    batchRows: 1,
    onReady: () => {
      // Ten for each that is taken.
      for (let line = 0; line < 10 && written < 10_000; line++, written++) world.write();
    },
  });
  assert.ok(records.length >= 100 && records.length <= 120, `${records.length} of ${world.written.length}`);
});

Deno.test("an unfinished last line is left to a follow that begins before it, and else sent as far as it is there", async () => {
  using world = createLogWorld();
  world.write();
  const [whole = ""] = (await Deno.readTextFile(world.path())).split("\n");
  const writeOn = (text: string): Promise<void> => Deno.writeTextFile(world.path(), text, { append: true });
  await writeOn(whole.replace("1Z", "2Z"));
  assert.deepEqual(messagesOf((await past(world, {})).records), ["line 1 .", "line 1 ."]);
  const begin = beginFollow(world, undefined);
  assert.deepEqual(messagesOf((await past(world, { follows: () => [begin] })).records), ["line 1 ."]);
  // One that nobody writes on to for a while stays as it is: whoever was writing it is gone.
  const settled = await past(world, { follows: () => [begin], unfinishedMs: 0 });
  assert.deepEqual(messagesOf(settled.records), ["line 1 .", "line 1 ."]);
  await writeOn(" rest\n");
  assert.deepEqual(await after(world, begin), [{ nanos: 2, message: "line 1 . rest" }]);
  // One that is finished while it is looked at is whole.
  await writeOn(whole.replace("1Z", "3Z"));
  const finished = setImmediate().then(() => writeOn(" rest\n"));
  const { records } = await past(world, {});
  await finished;
  assert.match(records.at(-1)?.message ?? "", /^line 1 \.( rest)?$/);
});
