import assert from "#assert";
import { ticks } from "../../../tests/support/ticks.ts";
import { createManualTimer } from "../../../tests/support/manual_timer.ts";
import { createIdleGc, type IdleGc } from "./idle_gc.ts";

const MIB = 1024 * 1024;

interface TestGc extends IdleGc {
  /** Has been collected; whatever comes after that is done. */
  settled(): Promise<void>;
  /** The time of a check has come. */
  check(): void;
  /** What was done. */
  readonly done: string[];
  /** What the process holds, in MiB. */
  holds(mib: number): void;
  /** So many connections are open. */
  connect(count: number): void;
}

/** At 70 MiB, without a stream, after the collection that follows the start. */
function testGc(): TestGc {
  const gc = startedGc();
  times(2, gc.check);
  gc.done.length = 0;
  return gc;
}

/** Has started at 70 MiB, without a stream. */
function startedGc(): TestGc {
  const timer = createManualTimer();
  const done: string[] = [];
  let resident = 70 * MIB;
  let connections = 0;
  const idleGc = createIdleGc({
    forget: () => done.push("forget"),
    collect: () => void done.push("collect"),
    trim: () => done.push("trim"),
    residentBytes: () => resident,
    connections: () => connections,
    later: timer.later,
  });
  idleGc.start();
  return {
    ...idleGc,
    done,
    check: timer.fire,
    settled: ticks,
    holds: (mib) => resident = mib * MIB,
    connect: (count) => connections = count,
  };
}

/** At 70 MiB, without a stream, as the collection after the start has left it; no check has come since. */
async function settledGc(): Promise<TestGc> {
  const gc = startedGc();
  gc.check();
  await gc.settled();
  gc.done.length = 0;
  return gc;
}

function times(count: number, act: () => void): void {
  for (let i = 0; i < count; i++) act();
}

const ONCE = ["forget", "collect"];

Deno.test("what starting has left is collected once, unless calls have come meanwhile", () => {
  const idle = startedGc();
  times(4, idle.check);
  assert.deepEqual(idle.done, ["collect"]);
  const called = startedGc();
  called.begin();
  called.end();
  times(4, called.check);
  assert.deepEqual(called.done, []);
});

Deno.test("garbage is collected once when a crowd has come, and once when it has gone", () => {
  const { begin, end, check, done } = testGc();
  times(1000, begin);
  check();
  assert.deepEqual(done, [], "it was not quiet since the check before");
  times(3, check);
  assert.deepEqual(done, ONCE);
  times(900, end);
  times(3, check);
  assert.deepEqual(done, [...ONCE, ...ONCE]);
  times(5, check);
  done.length = 0;
  times(100, end);
  times(3, check);
  assert.deepEqual(done, []);
});

Deno.test("garbage is collected after a crowd that has gone before there was quiet", () => {
  const { begin, end, check, done } = testGc();
  times(128, begin);
  times(128, end);
  times(2, check);
  assert.deepEqual(done, ONCE);
});

Deno.test("what many connections leave is collected once when they have closed, however busy the agent is", () => {
  const { begin, end, check, connect, done } = testGc();
  const call = (): void => {
    times(100, begin);
    times(100, end);
    check();
  };
  connect(1_000);
  times(3, call);
  assert.deepEqual(done, [], "they are there");
  connect(10);
  call();
  assert.deepEqual(done, [], "others may come");
  times(5, call);
  assert.deepEqual(done, ONCE);
  connect(137);
  times(3, call);
  connect(10);
  times(3, call);
  assert.deepEqual(done, ONCE, "so few are not many");
});

Deno.test("what many connections leave is collected where the process has not grown since they were there", () => {
  const { check, connect, holds, done } = testGc();
  connect(1_000);
  holds(130);
  times(3, check);
  assert.deepEqual(done, ONCE);
  connect(0);
  times(3, check);
  assert.deepEqual(done, [...ONCE, ...ONCE]);
});

Deno.test("garbage is collected when the process has grown, whatever has made it grow", () => {
  const { begin, end, check, done, holds } = testGc();
  holds(77);
  times(2, check);
  assert.deepEqual(done, []);
  holds(78);
  check();
  assert.deepEqual(done.splice(0), ONCE, "also with the streams of those who read a log");
  // What is left is held.
  holds(76);
  times(4, check);
  done.length = 0;
  holds(82);
  times(16, () => {
    begin();
    end();
  });
  check();
  assert.deepEqual(done, []);
  holds(84);
  check();
  assert.deepEqual(done, ONCE);
});

Deno.test("what was given back meanwhile counts as growth when it is taken again", () => {
  const { check, done, holds } = testGc();
  holds(60);
  check();
  holds(68);
  check();
  assert.deepEqual(done, ONCE);
});

Deno.test("nothing is collected while many streams begin and end", () => {
  const { begin, end, check, done, holds } = testGc();
  holds(200);
  times(10, () => {
    times(17, () => {
      begin();
      end();
    });
    check();
  });
  assert.deepEqual(done, []);
  check();
  assert.deepEqual(done, ONCE);
});

Deno.test("streams that come and go are no crowd", () => {
  const { begin, end, check, done } = testGc();
  times(1000, () => {
    begin();
    end();
  });
  times(127, begin);
  times(3, check);
  assert.deepEqual(done, []);
});

Deno.test("memory that is free is given back after garbage has been collected", async () => {
  const { check, done, holds, settled } = await settledGc();
  holds(78);
  check();
  assert.deepEqual(done, ONCE, "not before");
  await settled();
  assert.deepEqual(done, [...ONCE, "trim"]);
});

Deno.test("nothing is given back while so many streams are open that they hold most of it", async () => {
  const { begin, end, check, done, settled } = await settledGc();
  times(128, begin);
  times(2, check);
  await settled();
  assert.deepEqual(done, ONCE);
  times(128, end);
  times(2, check);
  await settled();
  assert.deepEqual(done, [...ONCE, ...ONCE, "trim"]);
});

Deno.test("a load that begins at once after a collection counts as growth", async () => {
  const { check, done, holds } = await settledGc();
  holds(130);
  check();
  assert.deepEqual(done, ONCE);
});

Deno.test("what streams hold while garbage is collected is collected once most of them have ended", async () => {
  const { begin, end, check, done, holds, settled } = await settledGc();
  // Each is followed by another one.
  const collected = async (): Promise<number> => {
    times(5, check);
    await settled();
    return done.splice(0).filter((what) => what === "collect").length;
  };
  times(10, begin);
  holds(130);
  assert.equal(await collected(), 2);
  times(4, end);
  assert.equal(await collected(), 0, "six of ten are open");
  end();
  assert.equal(await collected(), 2);
  times(5, end);
  assert.equal(await collected(), 2);
  assert.equal(await collected(), 0, "nothing has changed since");
  begin();
  end();
  assert.equal(await collected(), 0, "no collection has seen it");
  holds(77);
  times(10, begin);
  assert.equal(await collected(), 0);
});

Deno.test("what ends half a minute after a load is collected, too, once it is quiet", () => {
  const { begin, end, check, done, holds } = testGc();
  holds(130);
  check();
  assert.deepEqual(done.splice(0), ONCE);
  times(2, check);
  assert.deepEqual(done, []);
  times(17, () => {
    begin();
    end();
  });
  check();
  assert.deepEqual(done, [], "it is not quiet");
  check();
  assert.deepEqual(done.splice(0), ONCE);
  times(10, check);
  assert.deepEqual(done, []);
});

Deno.test("nothing is collected after the end", () => {
  const idleGc = testGc();
  times(500, idleGc.begin);
  idleGc[Symbol.dispose]();
  times(500, idleGc.end);
  times(3, idleGc.check);
  assert.deepEqual(idleGc.done, []);
});
