/**
 * Streams that are asked for properly, and are too many, too heavy, or not read.
 *
 * @module
 */
import { services } from "../../../src/rpc/descriptor.ts";
import { ABUSE } from "../../support/abuse_patterns.ts";
import { type Attack, type AttackOutcome, tally } from "../attack.ts";
import { countCheck, timingCheck } from "../checks.ts";
import { type CallEnding, connectHostile, type HostileConnection } from "../hostile_connection.ts";
import { addressOf, allWithin, many } from "../many.ts";
import { recordsBody } from "../world.ts";

const { StreamForward: { path: FORWARD }, StreamBackward: { path: BACKWARD } } = services.logRecords;
/** What a caller may be told beside OK: a limit, by its status. */
const FAIR: readonly string[] = ["grpc 0", "grpc 8"];
const CALLS_LIMIT_MS = 120_000;

/** Waits for all calls; those that do not end in time are told as such. */
async function endingsOf(calls: readonly Promise<CallEnding>[]): Promise<string[]> {
  return (await allWithin(calls, { ms: CALLS_LIMIT_MS, late: { how: "no end", bytes: 0 } })).map(({ how }) => how);
}

const unread: Attack = {
  name: "unread-streams",
  what: "300 clients that ask for a log of 100 MiB and read nothing, for 15 s",
  mostMib: 160,
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(300, 30);
    const { made, refused } = await many(count, async (index): Promise<HostileConnection> => {
      const connection = await connectHostile({ ...scene, from: addressOf(index), reads: false });
      connection.call(FORWARD, { extra: [["x-remote-user", `unread-${index}`]], body: recordsBody(scene.longLog) });
      return connection;
    });
    // The begin of the answer has come, and then nothing is taken from the socket.
    await scene.pause(200);
    for (const { raw } of made) raw.stopReading();
    await scene.pause(scene.scale(15_000, 500));
    const states = made.map((connection) => connection.state());
    for (const connection of made) connection[Symbol.dispose]();
    return { done: `${count} streams`, endings: tally([...states, ...refused]) };
  },
};

const abusive: Attack = {
  name: "abusive-patterns",
  what: "100 greps at once with patterns that bring other engines down",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(100, 12);
    using connection = await connectHostile(scene);
    const calls = Array.from({ length: count }, (_, index) =>
      connection.call(FORWARD, {
        extra: [["x-remote-user", "abusive"]],
        body: recordsBody(scene.log, { grep: ABUSE[(index * 7) % ABUSE.length] ?? "" }),
      }).ending);
    const endings = scene.quick
      // So many seconds are not there; what is left is cancelled by the connection's end.
      ? (await scene.pause(1_500), connection[Symbol.dispose](), await endingsOf(calls))
      : await endingsOf(calls);
    const lost = endings.filter((how) => how === "no end").length;
    return {
      done: `${count} greps`,
      endings: tally(endings),
      checks: [countCheck("without end", lost, { atMost: 0 })],
    };
  },
};

const oneIdentity: Attack = {
  name: "streams-of-one-identity",
  what: "1,000 greps at once of one identity on 4 connections, beside the ordinary caller",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(1_000, 100);
    const { made } = await many(4, () => connectHostile(scene));
    const start = performance.now();
    const calls = Array.from({ length: count }, (_, index) => {
      const body = recordsBody(scene.log, { grep: `seq=${index * 3};` });
      const connection = made[index % made.length];
      return connection === undefined ? [] : [
        connection.call(index % 2 === 0 ? FORWARD : BACKWARD, { extra: [["x-remote-user", "one"]], body }).ending,
      ];
    }).flat();
    const endings = await endingsOf(calls);
    const seconds = (performance.now() - start) / 1_000;
    for (const connection of made) connection[Symbol.dispose]();
    return {
      done: `${calls.length} greps in ${seconds.toFixed(1)} s`,
      endings: tally(endings),
      checks: [
        countCheck("neither OK nor refused", endings.filter((how) => !FAIR.includes(how)).length, { atMost: 0 }),
        timingCheck("s in all", seconds, { atMost: 10 }),
      ],
    };
  },
};

const fullStreams: Attack = {
  name: "full-streams",
  what: "100 streams of a whole log of 10 MB on 4 connections",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(100, 4);
    const { made } = await many(4, () => connectHostile(scene));
    const calls = Array.from({ length: count }, (_, index) => {
      const body = recordsBody(scene.log);
      return made[index % made.length]?.call(FORWARD, { extra: [["x-remote-user", `full-${index % 5}`]], body }).ending;
    }).filter((call) => call !== undefined);
    const results = await Promise.all(calls);
    for (const connection of made) connection[Symbol.dispose]();
    const sizes = new Set(results.filter(({ how }) => how === "grpc 0").map(({ bytes }) => bytes));
    return {
      done: `${count} streams`,
      endings: tally(results.map(({ how }) => how)),
      checks: [
        countCheck("neither OK nor refused", results.filter(({ how }) => !FAIR.includes(how)).length, { atMost: 0 }),
        countCheck("different sizes", sizes.size, { atMost: 1 }),
      ],
    };
  },
};

const identities: Attack = {
  name: "distinct-identities",
  what: "2,000 identities that ask for a few records each, 100 at a time",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(2_000, 150);
    using connection = await connectHostile(scene);
    const endings: string[] = [];
    for (let from = 0; from < count; from += 100) {
      const calls = Array.from({ length: Math.min(100, count - from) }, (_, at) =>
        connection.call(BACKWARD, {
          extra: [["x-remote-user", `identity-${from + at}`]],
          body: recordsBody(scene.log, { grep: "seq=49999;" }),
        }).ending);
      endings.push(...await endingsOf(calls));
    }
    return {
      done: `${count} identities`,
      endings: tally(endings),
      checks: [countCheck("not OK", endings.filter((how) => how !== "grpc 0").length, { atMost: 0 })],
    };
  },
};

const follows: Attack = {
  name: "idle-follows",
  what: "2,000 follows of a log that stands still, on 20 connections, for 10 s",
  run: async (scene): Promise<AttackOutcome> => {
    const [count, connections] = [scene.scale(2_000, 100), scene.scale(20, 4)];
    const { made } = await many(connections, (index) => connectHostile({ ...scene, from: addressOf(index) }));
    const body = recordsBody(scene.longLog, { followFrom: "END" });
    const calls = Array.from({ length: count }, (_, index) => {
      const extra: readonly [string, string][] = [["x-remote-user", `follower-${index % 10}`]];
      return made[index % made.length]?.call(FORWARD, { extra, body }).ending;
    }).filter((call) => call !== undefined);
    await scene.pause(scene.scale(10_000, 500));
    for (const connection of made) connection[Symbol.dispose]();
    const endings = await endingsOf(calls);
    return { done: `${count} follows`, endings: tally(endings) };
  },
};

/** Attacks by streams. */
export const streamAttacks: readonly Attack[] = [unread, abusive, oneIdentity, fullStreams, identities, follows];
