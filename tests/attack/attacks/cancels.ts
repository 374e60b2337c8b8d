/**
 * A caller that cancels what is being answered, at a rate that is within what the agent takes.
 *
 * @module
 */
import { services } from "../../../src/rpc/descriptor.ts";
import { type Attack, type AttackOutcome, tally } from "../attack.ts";
import { countCheck } from "../checks.ts";
import { connectHostile, type HostileCall } from "../hostile_connection.ts";
import { recordsBody } from "../world.ts";

const { StreamForward: { path: FORWARD }, StreamBackward: { path: BACKWARD } } = services.logRecords;
const FOLLOWS = 20;

const cancels: Attack = {
  name: "cancels-of-answered-calls",
  what: "100 tails a second that are cancelled when their first records are there, for 60 s, 20 follows beside them",
  run: async (scene): Promise<AttackOutcome> => {
    using connection = await connectHostile(scene);
    const extra: readonly [string, string][] = [["x-remote-user", "canceller"]];
    const followBody = recordsBody(scene.log, { followFrom: "END" });
    const follows = Array.from({ length: FOLLOWS }, () => connection.call(FORWARD, { extra, body: followBody }));
    const [count, rate] = [scene.scale(6_000, 150), 100];
    const body = recordsBody(scene.log);
    const endings: Promise<string>[] = [];
    const start = performance.now();
    for (let at = 0; at < count && !connection.raw.isClosed(); at += 1) {
      const call: HostileCall = connection.call(BACKWARD, { extra, body, onBytes: () => connection.cancel(call) });
      endings.push(call.ending.then(({ how }) => how));
      await scene.pause(Math.max(0, start + (at + 1) * 1_000 / rate - performance.now()));
    }
    // A line for the follows: each that lives gets it.
    await scene.log.append(["for the follows"]);
    const deadline = performance.now() + 5_000;
    const alive = (): number => follows.filter((call) => call.bytes() > 0).length;
    while (alive() < FOLLOWS && !connection.raw.isClosed() && performance.now() < deadline) await scene.pause(50);
    const state = connection.state();
    const living = alive();
    connection[Symbol.dispose]();
    return {
      done: `${endings.length} tails, ${living} of ${FOLLOWS} follows live`,
      endings: { ...tally(await Promise.all(endings)), [`the connection: ${state}`]: 1 },
      checks: [
        countCheck("follows alive", living, { atLeast: FOLLOWS }),
        countCheck("connection kept", state === "open" ? 1 : 0, { atLeast: 1 }),
      ],
    };
  },
};

/** Attacks by cancelling. */
export const cancelAttacks: readonly Attack[] = [cancels];
