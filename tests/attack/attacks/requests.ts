/**
 * Requests that are not what they should be: their headers, their form, their size, and what they name.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { services } from "../../../src/rpc/descriptor.ts";
import { drawHostile } from "../../support/hostile_requests.ts";
import { createRandom } from "../../support/random.ts";
import { callHeaders, fourBytes, frameBytes, grpcMessage, headerBlock } from "../../support/raw_http2.ts";
import { type Attack, type AttackOutcome, type AttackScene, tally } from "../attack.ts";
import { type AttackCheck, countCheck } from "../checks.ts";
import { connectHostile, dataFrames, headerFrames, type HostileCallOptions } from "../hostile_connection.ts";
import { allWithin, reasonOf } from "../many.ts";
import { nameOf, recordsRequest } from "../../support/records_request.ts";
import { recordsBody } from "../world.ts";

const { StreamForward: { path: FORWARD, requestSerialize }, StreamBackward: { path: BACKWARD } } = services.logRecords;
const HEALTH = services.health.Check.path;
/** No call of these may take longer. */
const NO_END = { ms: 30_000, late: { how: "no end", bytes: 0 } };

type Call = HostileCallOptions & { readonly path: string };

/** Makes calls, 20 at a time, on a connection that is made anew when it is cut off; how each ended. */
async function callAll(scene: AttackScene, calls: readonly Call[]): Promise<string[]> {
  const endings: string[] = [];
  for (let from = 0; from < calls.length; from += 20) {
    try {
      using connection = await connectHostile(scene);
      const batch = calls.slice(from, from + 20).map(({ path, ...call }) => connection.call(path, call).ending);
      const ended = await allWithin(batch, NO_END);
      endings.push(...ended.map(({ how }, at) => how === NO_END.late.how ? `${how} of call ${from + at}` : how));
    } catch (error) {
      endings.push(`refused: ${reasonOf(error)}`);
    }
  }
  return endings;
}

/** Each of these has to end, and none may have been answered with `wrong`. */
function endChecks(endings: readonly string[], wrong: readonly string[] = []): AttackCheck[] {
  return [
    countCheck("without end", endings.filter((how) => how.startsWith(NO_END.late.how)).length, { atMost: 0 }),
    countCheck("answered", endings.filter((how) => wrong.includes(how)).length, { atMost: 0 }),
  ];
}

/** An attack of calls that all are to be refused with a status other than `wrong`. */
function callAttack(
  { name, what, calls, wrong = [] }: {
    readonly name: string;
    readonly what: string;
    readonly calls: (scene: AttackScene) => readonly Call[];
    readonly wrong?: readonly string[];
  },
): Attack {
  return {
    name,
    what,
    run: async (scene): Promise<AttackOutcome> => {
      const all = calls(scene);
      const endings = await callAll(scene, all);
      return { done: `${all.length} calls`, endings: tally(endings), checks: endChecks(endings, wrong) };
    },
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const USER = ["x-remote-user", "hostile"] as const;

const HUGE_KIB: readonly number[] = [12, 60, 1_024];

const hugeMetadata = callAttack({
  name: "huge-metadata",
  what: "240 calls with headers of 12 KiB, 60 KiB and 1 MiB, each kind on connections of its own",
  calls: (scene) =>
    times(scene.scale(240, 60), (index) => ({
      path: HEALTH,
      extra: [USER, ["x-huge", "v".repeat((HUGE_KIB[Math.floor(index / 20) % HUGE_KIB.length] ?? 0) * 1_024)]] as const,
    })),
});

const manyPairs = callAttack({
  name: "many-pairs",
  what: "100 calls with 10,000 pairs of metadata",
  calls: (scene) =>
    times(scene.scale(100, 6), () => ({
      path: HEALTH,
      extra: [USER, ...times(10_000, (at) => ["x-pair", String(at)] as const)],
    })),
});

const manyGroups = callAttack({
  name: "many-groups",
  what: "200 requests for records by a user in 1,000 groups",
  calls: (scene) =>
    times(scene.scale(200, 12), () => ({
      path: BACKWARD,
      extra: [USER, ...times(1_000, (at) => ["x-remote-group", `group-${at}`] as const)],
      body: recordsBody(scene.log, { grep: "nothing" }),
    })),
});

const ODD_TIMEOUTS: readonly string[] = [
  "",
  "0S",
  "-1S",
  "1",
  "S",
  "1n",
  "0n",
  "99999999H",
  "999999999H",
  "99999999999999999999S",
  "1.5S",
  "1S1S",
  "1 S",
  "NaNS",
  "1Y",
  "٣S",
  "0x1S",
  "1e9S",
];

const oddTimeouts = callAttack({
  name: "odd-timeouts",
  what: "grpc-timeout in 18 odd forms, on health checks and greps",
  calls: (scene) =>
    ODD_TIMEOUTS.flatMap((timeout) => [
      { path: HEALTH, extra: [USER, ["grpc-timeout", timeout]] as const },
      {
        path: BACKWARD,
        extra: [USER, ["grpc-timeout", timeout]] as const,
        body: recordsBody(scene.log, { grep: "no" }),
      },
    ]),
});

/** A message that says it is compressed: some 50 KB that hold 48 MiB. */
function bomb(): Uint8Array {
  const packed = gzipSync(Buffer.alloc(48 * 1024 * 1024));
  return Buffer.concat([Buffer.from([1]), fourBytes(packed.length), packed]);
}

const gzipBomb = callAttack({
  name: "gzip-bomb",
  what: "200 requests of 48 KB that hold 48 MiB",
  calls: (scene) => {
    const body = bomb();
    return times(scene.scale(200, 10), (index) => ({
      path: index % 2 === 0 ? HEALTH : FORWARD,
      extra: [USER, ["grpc-encoding", "gzip"]] as const,
      body,
    }));
  },
  wrong: ["grpc 0"],
});

const wrongType = callAttack({
  name: "wrong-content-type",
  what: "500 calls of another content type, method or form",
  calls: (scene) => {
    const base = (method: string, type: string): Uint8Array =>
      headerBlock([
        [":method", method],
        [":scheme", "https"],
        [":authority", "localhost"],
        [":path", HEALTH],
        ["content-type", type],
      ]);
    const blocks = [
      base("POST", "application/json"),
      base("POST", ""),
      base("GET", "application/grpc"),
      base("POST", "text/html"),
      base("PUT", "application/grpc+json"),
    ];
    return times(
      scene.scale(500, 25),
      (index) => ({ path: HEALTH, block: blocks[index % blocks.length] ?? new Uint8Array() }),
    );
  },
  wrong: ["no status"],
});

const unknownMethods = callAttack({
  name: "unknown-methods",
  what: "1,000 calls of methods that are not there",
  calls: (scene) =>
    times(scene.scale(1_000, 40), (index) => ({
      path: [
        "/no.Service/Method",
        "/",
        "/LogRecordsService/StreamForward",
        "/cluster_agent.LogRecordsService/",
        `/a${"/b".repeat(index)}`,
        "/%00",
      ][index % 6] ?? "/",
      extra: [USER],
    })),
  wrong: ["grpc 0"],
});

const twoMessages = callAttack({
  name: "two-messages",
  what: "300 calls with two request messages, or half of one, where one is taken",
  calls: (scene) => {
    const request = recordsBody(scene.log, { grep: "nothing" });
    const bodies = [Buffer.concat([request, request]), request.subarray(0, request.length - 3), Buffer.alloc(0)];
    return times(
      scene.scale(300, 12),
      (index) => ({ path: FORWARD, extra: [USER], body: bodies[index % 3] ?? request }),
    );
  },
  wrong: ["grpc 0"],
});

const OUTSIDE: readonly string[] = [
  "../../../../etc/passwd",
  "..",
  ".",
  "/etc/passwd",
  "..\\..\\etc",
  "a/../../b",
  "%2e%2e%2f",
  "pod\0",
  "*",
  "",
  "a".repeat(5_000),
  "~root",
  "ns_../x",
];

const outsideNames = callAttack({
  name: "names-that-lead-out",
  what: "names of namespaces, pods, containers and ids that lead out of the folder",
  calls: (scene) => {
    const usual = recordsRequest(scene.log);
    return OUTSIDE.flatMap((name) =>
      Object.keys(nameOf(scene.log)).map((field) => ({
        path: FORWARD,
        extra: [USER],
        body: grpcMessage(
          requestSerialize({ ...usual, [field]: name }),
        ),
      }))
    );
  },
  wrong: ["grpc 0"],
});

const randomRequests: Attack = {
  name: "random-requests",
  what: "300 requests by chance: long texts, many elements, odd bytes, large headers; 4 MiB at most",
  run: async (scene): Promise<AttackOutcome> => {
    const random = createRandom(7);
    const count = scene.scale(300, 15);
    const endings: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const { path, frame, headers } = drawHostile(random, scene.log);
      const extra = Object.entries(headers).flatMap(([name, value]) =>
        (typeof value === "string" ? [value] : value).map((each) => [name, each] as const)
      );
      endings.push(await sendLong(scene, { path, extra: [USER, ...extra], body: frame }));
    }
    return { done: `${count} requests`, endings: tally(endings), checks: endChecks(endings) };
  },
};

/** One call whose body may be longer than the window: what does not fit is not sent. */
async function sendLong(scene: AttackScene, { path, extra = [], body = new Uint8Array() }: Call): Promise<string> {
  const WINDOW = 60_000;
  try {
    using connection = await connectHostile(scene);
    if (body.length <= WINDOW) {
      const [ending] = await allWithin([connection.call(path, { extra, body }).ending], NO_END);
      return ending?.how ?? "no end";
    }
    // The begin of the message tells its length; the rest would have to wait for the window.
    const stream = connection.nextStream();
    const frames = [...headerFrames(stream, callHeaders(path, extra)), ...dataFrames(stream, body.subarray(0, WINDOW))];
    const open = frames.map((frame, at) => at < frames.length - 1 ? frame : { ...frame, flags: 0 });
    await connection.raw.write(Buffer.concat(open.map(frameBytes)));
    await scene.pause(20);
    return "sent in part";
  } catch (error) {
    return `refused: ${reasonOf(error)}`;
  }
}

/** Attacks by requests. */
export const requestAttacks: readonly Attack[] = [
  hugeMetadata,
  manyPairs,
  manyGroups,
  oddTimeouts,
  gzipBomb,
  wrongType,
  unknownMethods,
  twoMessages,
  outsideNames,
  randomRequests,
];
