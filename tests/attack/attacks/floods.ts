/**
 * Floods of frames, as fast as the connection takes them, on connections that are made anew when they are cut off.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { services } from "../../../src/rpc/descriptor.ts";
import { callHeaders, fourBytes, type Frame, frameBytes, grpcMessage } from "../../support/raw_http2.ts";
import { frameFlags, frameTypes } from "../../support/http2_types.ts";
import { type Attack, type AttackOutcome, type AttackScene, tally } from "../attack.ts";
import { countCheck } from "../checks.ts";
import { connectHostile, type HostileConnection, repeated } from "../hostile_connection.ts";
import { addressOf, reasonOf } from "../many.ts";
import { recordsBody } from "../world.ts";

const HEALTH = services.health.Check.path;
const BACKWARD = services.logRecords.StreamBackward.path;
/** So many connections at most; a client that is cut off waits as long between two. */
const MOST_CONNECTIONS = 100;
const RECONNECT_MS = 50;
/** A write that is not taken for so long is given up: the agent reads no more. */
const STUCK_MS = 1_000;

/** A flood. */
interface Flood {
  readonly name: string;
  readonly what: string;
  /** What a connection sends first. @default nothing */
  readonly first?: (scene: AttackScene) => readonly Frame[];
  /** The next piece to send, and how many frames or calls it holds. */
  readonly next: (
    connection: HostileConnection,
    scene: AttackScene,
  ) => { readonly bytes: Uint8Array; readonly count: number };
  /** Whether answers are read. @default {true} */
  readonly reads?: boolean;
  /** Whether the agent has to cut the client off. @default {true} */
  readonly isCut?: boolean;
}

/** Resolves when the piece is taken, the connection has closed, or it has taken too long; reports whether it went. */
async function sent(connection: HostileConnection, bytes: Uint8Array, scene: AttackScene): Promise<boolean> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), STUCK_MS);
  try {
    const result = await Promise.race([connection.raw.write(bytes), late.promise]);
    // The other side's frames are read between two pieces.
    await scene.pause(0);
    return result !== "late";
  } finally {
    clearTimeout(timer);
  }
}

function attackOf(flood: Flood): Attack {
  const { name, what, first = () => [], next, reads = true, isCut = true } = flood;
  return {
    name,
    what,
    run: async (scene): Promise<AttackOutcome> => {
      const deadline = performance.now() + scene.scale(10_000, 600);
      const endings: string[] = [];
      let count = 0;
      let stuck = 0;
      while (performance.now() < deadline && endings.length < MOST_CONNECTIONS) {
        try {
          using connection = await connectHostile({ ...scene, from: addressOf(endings.length) });
          if (!reads) connection.raw.stopReading();
          const frames = first(scene);
          if (frames.length > 0) await connection.raw.send(...frames);
          while (!connection.raw.isClosed() && performance.now() < deadline) {
            const piece = next(connection, scene);
            if (!await sent(connection, piece.bytes, scene)) {
              stuck += 1;
              continue;
            }
            count += piece.count;
          }
          endings.push(connection.state());
        } catch (error) {
          endings.push(`refused: ${reasonOf(error)}`);
        }
        await scene.pause(RECONNECT_MS);
      }
      const cut = endings.filter((how) => how !== "open").length;
      return {
        done: `${count} on ${endings.length} connections${stuck > 0 ? `, ${stuck} not taken` : ""}`,
        endings: tally(endings),
        // A client that reads nothing learns of its end late, and a short flood may be over before.
        checks: isCut && !scene.quick && reads ? [countCheck("cut off", cut, { atLeast: 1 })] : [],
      };
    },
  };
}

/** The same piece again and again. */
function same(frame: Frame, count = 500): Flood["next"] {
  const bytes = repeated(frame, count);
  return () => ({ bytes, count });
}

/** Calls that are reset as soon as they are sent. */
function resets(path: string, bodyOf: (scene: AttackScene) => Uint8Array | undefined): Flood["next"] {
  const block = callHeaders(path, [["x-remote-user", "hostile"]]);
  return ({ nextStream }, scene) => {
    const body = bodyOf(scene);
    const frames = Array.from({ length: 50 }, () => {
      const stream = nextStream();
      return [
        { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: block },
        ...body === undefined ? [] : [{ type: frameTypes.data, flags: frameFlags.endStream, stream, payload: body }],
        { type: frameTypes.reset, stream, payload: fourBytes(8) },
      ];
    }).flat();
    return { bytes: Buffer.concat(frames.map(frameBytes)), count: 50 };
  };
}

const openCall = (path: string) => (): readonly Frame[] => [
  { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1, payload: callHeaders(path) },
];
const PING: Frame = { type: frameTypes.ping, payload: Buffer.alloc(8) };
const SETTINGS: Frame = { type: frameTypes.settings, payload: Buffer.from([0, 4, 0, 0, 255, 255]) };

/** Attacks by frames. */
export const floods: readonly Attack[] = [
  {
    name: "rapid-reset",
    what: "health checks that are opened and reset, thousands a second",
    next: resets(HEALTH, () => undefined),
  },
  {
    name: "rapid-reset-records",
    what: "whole requests for records that are reset at once",
    next: resets(BACKWARD, ({ log }) => recordsBody(log)),
  },
  { name: "ping-flood", what: "PING, answers read", next: same(PING) },
  { name: "ping-unread", what: "PING, answers not read", next: same(PING), reads: false },
  { name: "settings-flood", what: "SETTINGS, answers read", next: same(SETTINGS) },
  { name: "settings-unread", what: "SETTINGS, answers not read", next: same(SETTINGS), reads: false },
  {
    name: "priority-flood",
    what: "PRIORITY",
    next: same({ type: frameTypes.priority, stream: 1, payload: Buffer.from([0, 0, 0, 0, 16]) }),
  },
  {
    name: "empty-data-flood",
    what: "DATA of no bytes on one call",
    first: openCall(BACKWARD),
    next: same({ type: frameTypes.data, stream: 1 }),
  },
  {
    name: "empty-message-flood",
    what: "gRPC messages of no bytes on one call that takes one",
    first: openCall(HEALTH),
    next: same({ type: frameTypes.data, stream: 1, payload: grpcMessage() }, 200),
  },
  {
    name: "continuation-flood",
    what: "CONTINUATION of no bytes without an end",
    first: () => [{ type: frameTypes.headers, stream: 1, payload: callHeaders(BACKWARD) }],
    next: same({ type: frameTypes.continuation, stream: 1 }, 100),
  },
  {
    name: "window-update-flood",
    what: "WINDOW_UPDATE of one byte",
    next: same({ type: frameTypes.windowUpdate, payload: fourBytes(1) }),
  },
  {
    name: "unknown-frame-flood",
    what: "frames of a type that nobody knows",
    next: same({ type: 0xaa, payload: Buffer.alloc(8) }),
  },
].map(attackOf);
