/**
 * Connections that stand and ask for nothing, or for half of something.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { services } from "../../../src/rpc/descriptor.ts";
import { callHeaders } from "../../support/raw_http2.ts";
import { frameFlags, frameTypes } from "../../support/http2_types.ts";
import { type Attack, type AttackOutcome, type AttackScene, tally } from "../attack.ts";
import { timingCheck } from "../checks.ts";
import { connectHostile, type HostileConnection } from "../hostile_connection.ts";
import { addressOf, many } from "../many.ts";

const KIB = 1024;
/** What a connection may cost. */
const MOST_KIB_EACH = 40;
const BACKWARD = services.logRecords.StreamBackward.path;

/** Waits until no more than `left` connections are open, at most so long; resolves with how many are. */
async function openAfter(
  connections: readonly HostileConnection[],
  { scene, ms }: { readonly scene: AttackScene; readonly ms: number },
): Promise<number> {
  const deadline = performance.now() + ms;
  const open = (): number => connections.filter(({ raw }) => !raw.isClosed()).length;
  while (open() > 0 && performance.now() < deadline) await scene.pause(100);
  return open();
}

function close(connections: readonly HostileConnection[]): void {
  for (const connection of connections) connection[Symbol.dispose]();
}

const idle: Attack = {
  name: "idle-connections",
  what: "2,000 TLS connections that send the preface and nothing else, for 10 s",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(2_000, 100);
    const before = await scene.rss();
    const { made, refused } = await many(count, (index) => connectHostile({ ...scene, from: addressOf(index) }));
    await scene.pause(scene.scale(10_000, 500));
    const each = (await scene.rss() - before) / KIB / count;
    const states = made.map((connection) => connection.state());
    close(made);
    return {
      done: `${count} connections`,
      endings: tally([...states, ...refused]),
      // Few connections do not tell what one costs.
      checks: scene.quick ? [] : [timingCheck("KiB each", each, { atMost: MOST_KIB_EACH })],
    };
  },
};

const halfSent: Attack = {
  name: "half-sent-requests",
  what: "1,000 requests on 10 connections: a body of 4 MiB is announced, 100 bytes come",
  run: async (scene): Promise<AttackOutcome> => {
    const [connections, streams] = [10, scene.scale(100, 20)];
    const { made, refused } = await many(connections, () => connectHostile(scene));
    const begin = Buffer.alloc(105);
    begin.writeUInt32BE(4 * KIB * KIB, 1);
    for (const { raw, nextStream } of made) {
      for (let count = 0; count < streams; count += 1) {
        const stream = nextStream();
        await raw.send(
          { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: callHeaders(BACKWARD) },
          { type: frameTypes.data, stream, payload: begin },
        );
      }
    }
    await openAfter(made, { scene, ms: scene.scale(20_000, 500) });
    const states = made.map((connection) => connection.state());
    close(made);
    return { done: `${made.length * streams} requests`, endings: tally([...states, ...refused]) };
  },
};

const noBody: Attack = {
  name: "headers-without-body",
  what: "1,000 requests on 10 connections of which only the headers come",
  run: async (scene): Promise<AttackOutcome> => {
    const [connections, streams] = [10, scene.scale(100, 20)];
    const { made, refused } = await many(connections, () => connectHostile(scene));
    for (const { raw, nextStream } of made) {
      for (let count = 0; count < streams; count += 1) {
        const payload = callHeaders(BACKWARD);
        await raw.send({ type: frameTypes.headers, flags: frameFlags.endHeaders, stream: nextStream(), payload });
      }
    }
    await openAfter(made, { scene, ms: scene.scale(20_000, 500) });
    const states = made.map((connection) => connection.state());
    close(made);
    return { done: `${made.length * streams} requests`, endings: tally([...states, ...refused]) };
  },
};

const slowHeaders: Attack = {
  name: "slow-headers",
  what: "200 connections whose headers come a few bytes at a time and never end",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(200, 20);
    const { made, refused } = await many(count, (index) => connectHostile({ ...scene, from: addressOf(index) }));
    const block = callHeaders(BACKWARD, [["x-slow", "s".repeat(2_000)]]);
    for (const { raw } of made) await raw.send({ type: frameTypes.headers, stream: 1, payload: block.subarray(0, 9) });
    const steps = scene.scale(40, 3);
    for (let step = 1; step <= steps; step += 1) {
      const payload = block.subarray(9 * step, 9 * step + 9);
      for (const { raw } of made) {
        if (!raw.isClosed()) await raw.send({ type: frameTypes.continuation, stream: 1, payload });
      }
      await scene.pause(scene.scale(500, 100));
    }
    const states = made.map((connection) => connection.state());
    close(made);
    return { done: `${count} connections`, endings: tally([...states, ...refused]) };
  },
};

/** Attacks by connections that are let in. */
export const connectionAttacks: readonly Attack[] = [idle, halfSent, noBody, slowHeaders];
