/**
 * Clients that never get as far as HTTP/2: half a handshake, bytes that are none, and certificates of a stranger.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import tls from "node:tls";
import { createRandom } from "../../support/random.ts";
import { type Attack, type AttackOutcome, type AttackScene, tally } from "../attack.ts";
import { countCheck, timingCheck } from "../checks.ts";
import { connectHostile } from "../hostile_connection.ts";
import { connectTcp } from "../loopback.ts";
import { addressOf, many, reasonOf } from "../many.ts";

/** The begin of a ClientHello: a record that announces more than comes. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

/** Opens connections that send `bytes` and wait; how many the agent has closed after so long. */
async function silent(
  scene: AttackScene,
  { count, bytes, holdMs }: { readonly count: number; readonly bytes: Uint8Array; readonly holdMs: number },
): Promise<AttackOutcome> {
  const { made, refused } = await many(count, async (index): Promise<Socket> => {
    const socket = await connectTcp({ port: scene.port, from: addressOf(index) });
    if (bytes.length > 0) socket.write(bytes);
    return socket;
  });
  const deadline = performance.now() + holdMs;
  while (made.some(({ destroyed }) => !destroyed) && performance.now() < deadline) await scene.pause(100);
  const endings = tally([...made.map(({ destroyed }) => destroyed ? "closed by the agent" : "open"), ...refused]);
  for (const socket of made) socket.destroy();
  return { done: `${count} connections`, endings };
}

const halfOpen: Attack = {
  name: "half-open-handshakes",
  what: "500 connections that send a part of a ClientHello; the agent has 30 s to close them",
  run: async (scene): Promise<AttackOutcome> => {
    const outcome = await silent(scene, {
      count: scene.scale(500, 50),
      bytes: HALF_HELLO,
      holdMs: scene.scale(30_000, 300),
    });
    if (scene.quick) return outcome;
    return { ...outcome, checks: [countCheck("open after 30 s", outcome.endings["open"] ?? 0, { atMost: 0 })] };
  },
};

const silentTcp: Attack = {
  name: "silent-tcp",
  what: "2,000 TCP connections that send nothing, for 10 s",
  run: (scene) =>
    silent(scene, { count: scene.scale(2_000, 100), bytes: new Uint8Array(), holdMs: scene.scale(10_000, 300) }),
};

const garbage: Attack = {
  name: "garbage-tls",
  what: "500 connections that send 2 KiB by chance in place of a handshake",
  run: async (scene): Promise<AttackOutcome> => {
    const random = createRandom(1);
    const bytes = Uint8Array.from({ length: 2_048 }, () => random.int(256));
    const outcome = await silent(scene, { count: scene.scale(500, 50), bytes, holdMs: 5_000 });
    return { ...outcome, checks: [countCheck("left open", outcome.endings["open"] ?? 0, { atMost: 0 })] };
  },
};

const plainHttp: Attack = {
  name: "plain-http",
  what: "200 requests of HTTP/1.1 without TLS",
  run: async (scene): Promise<AttackOutcome> => {
    const bytes = Buffer.from("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const outcome = await silent(scene, { count: scene.scale(200, 20), bytes, holdMs: 5_000 });
    return { ...outcome, checks: [countCheck("left open", outcome.endings["open"] ?? 0, { atMost: 0 })] };
  },
};

/** One TLS connection of a client that offers no h2, and asks by HTTP/1.1; resolves with how it ended. */
function askHttp1({ port, ca, leaf }: AttackScene): Promise<string> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      servername: "localhost",
      port,
      ca,
      cert: leaf.certPem,
      key: leaf.keyPem,
      ALPNProtocols: ["http/1.1"],
    });
    const limit = setTimeout(() => finish("open after 5 s"), 5_000);
    let answer = "";
    const finish = (how: string): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answer === "" ? how : `answered ${answer.split("\r\n", 1)[0]}`);
    };
    socket.on("secureConnect", () => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.on("data", (chunk: Buffer) => answer += chunk.toString("latin1"));
    socket.on("error", (error) => finish(`refused: ${reasonOf(error)}`));
    socket.on("close", () => finish("closed by the agent"));
  });
}

const http1: Attack = {
  name: "http1-over-tls",
  what: "200 TLS connections that offer HTTP/1.1 only",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(200, 20);
    const { made } = await many(count, () => askHttp1(scene));
    const left = made.filter((how) => how.startsWith("open")).length;
    return { done: `${count} requests`, endings: tally(made), checks: [countCheck("left open", left, { atMost: 0 })] };
  },
};

const stranger: Attack = {
  name: "certificate-of-another-ca",
  what: "200 handshakes with a certificate of an authority that the agent does not know",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(200, 20);
    const { made, refused } = await many(count, async () => {
      using connection = await connectHostile({ ...scene, leaf: scene.strangerLeaf });
      // With TLS 1.3 the client's side stands before the server has looked at the certificate.
      const { how } = await connection.call("/grpc.health.v1.Health/Check").ending;
      return how;
    });
    const answered = made.filter((how) => how !== "connection closed").length;
    return {
      done: `${count} handshakes`,
      endings: tally([...made, ...refused]),
      checks: [countCheck("answered", answered, { atMost: 0 })],
    };
  },
};

const storm: Attack = {
  name: "handshake-storm",
  what: "full TLS handshakes one after the other, 8 at a time, for 10 s",
  run: async (scene): Promise<AttackOutcome> => {
    const deadline = performance.now() + scene.scale(10_000, 1_000);
    const endings: string[] = [];
    await Promise.all(Array.from({ length: 8 }, async (_, at) => {
      while (performance.now() < deadline) {
        try {
          using connection = await connectHostile({ ...scene, from: addressOf(at) });
          endings.push(connection.state());
        } catch (error) {
          endings.push(`refused: ${reasonOf(error)}`);
        }
      }
    }));
    return { done: `${endings.length} handshakes`, endings: tally(endings) };
  },
};

const churn: Attack = {
  name: "connection-churn",
  what: "20,000 connections that make one call and leave, 8 at a time",
  run: async (scene): Promise<AttackOutcome> => {
    const count = scene.scale(20_000, 60);
    const endings: string[] = [];
    const memory: number[] = [];
    await Promise.all(Array.from({ length: 8 }, async (_, at) => {
      while (endings.length < count) {
        try {
          using connection = await connectHostile({ ...scene, from: addressOf(at) });
          endings.push((await connection.call("/grpc.health.v1.Health/Check").ending).how);
        } catch (error) {
          endings.push(`refused: ${reasonOf(error)}`);
        }
        if (endings.length % Math.ceil(count / 20) === 0) memory.push(await scene.rss());
      }
    }));
    const third = Math.floor(memory.length / 3);
    const grown = ((memory.at(-1) ?? NaN) - (memory[third] ?? NaN)) / (1024 * 1024);
    return {
      done: `${endings.length} connections`,
      endings: tally(endings),
      // A plateau: the last two thirds do not add to what the first has taken.
      checks: scene.quick ? [] : [timingCheck("MiB more in the last two thirds", grown, { atMost: 10 })],
    };
  },
};

/** Attacks before HTTP/2. */
export const handshakeAttacks: readonly Attack[] = [
  halfOpen,
  silentTcp,
  garbage,
  plainHttp,
  http1,
  stranger,
  storm,
  churn,
];
