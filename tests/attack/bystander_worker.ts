/**
 * The ordinary caller beside an attack, in a thread of its own: health checks, one grep, one follow, new connections.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { callHeaders } from "../bench/grpc_call.ts";
import { countFrames, createFrameCounter } from "../bench/frame_counter.ts";
import { connectHttp2, type Http2Connection } from "../bench/http2_connection.ts";
import type { BystanderFigures, BystanderOrder, CallFailure } from "./bystander.ts";

/** No call waits longer. */
const CALL_LIMIT_MS = 20_000;
/** So long the last line of the follow is waited for. */
const LAST_LINE_MS = 10_000;
const LINE = /n=(\d+);/;

interface Answer {
  /** When it was there, in milliseconds since 1970. */
  readonly atMs: number;
  readonly ms: number;
  readonly frames: number;
  readonly failure: string | undefined;
}

interface Scope {
  onmessage: (event: MessageEvent<BystanderOrder | "take" | "stop">) => void;
  postMessage(message: BystanderFigures | "up"): void;
}

const scope = globalThis as unknown as Scope;

/** What was seen since it was taken last. */
let seen: Record<"health" | "grep" | "fresh", Answer[]> = { health: [], grep: [], fresh: [] };
let delays: number[] = [];
let isStopped = false;

/** One call to its end; what it took, and what came. */
function call(connection: Http2Connection, path: string, { order, body }: CallParts): Promise<Answer> {
  const start = performance.now();
  const counter = createFrameCounter();
  let failure: string | undefined = "no status";
  return new Promise((resolve) => {
    const limit = setTimeout(() => cancel(`no end within ${CALL_LIMIT_MS} ms`), CALL_LIMIT_MS);
    const cancel = connection.call({ headers: callHeaders(path, order.identity), body }, {
      headers: ({ "grpc-status": status }) => {
        if (status !== undefined) failure = status === "0" ? undefined : `status ${status}`;
      },
      data: (bytes) => countFrames(counter, bytes),
      end: (reason) => {
        clearTimeout(limit);
        resolve({
          atMs: Date.now(),
          ms: performance.now() - start,
          frames: counter.frames,
          failure: reason ?? failure,
        });
      },
    });
  });
}

interface CallParts {
  readonly order: BystanderOrder;
  readonly body: Uint8Array;
}

/** Calls again and again, on a connection that is made anew when it is gone. */
async function callOften(
  kind: "health" | "grep",
  { order, body, path, everyMs }: CallParts & { readonly path: string; readonly everyMs: number },
): Promise<void> {
  let connection: Http2Connection | undefined;
  for (; !isStopped; await pause(everyMs)) {
    const start = performance.now();
    try {
      if (connection === undefined || connection.isClosed) {
        connection = await connectHttp2(order.port, order.identity);
      }
      seen[kind].push(await call(connection, path, { order, body }));
    } catch (error) {
      seen[kind].push({ atMs: Date.now(), ms: performance.now() - start, frames: 0, failure: String(error) });
    }
  }
}

/** A new connection for each check. */
async function connectOften({ order, body }: CallParts): Promise<void> {
  for (; !isStopped; await pause(250)) {
    const start = performance.now();
    try {
      const connection = await connectHttp2(order.port, order.identity);
      const answer = await call(connection, order.healthPath, { order, body });
      seen.fresh.push({ ...answer, ms: performance.now() - start });
      connection.close();
    } catch (error) {
      seen.fresh.push({ atMs: Date.now(), ms: performance.now() - start, frames: 0, failure: String(error) });
    }
  }
}

/** Writes numbered lines to a log, and follows it: each line once and in order. */
class OwnFollow {
  #written = 0;
  #received = 0;
  #taken = 0;
  #ended: string | undefined;
  #problems: string[] = [];
  #isPaused = false;
  #rest = new Uint8Array();
  readonly #order: BystanderOrder;
  readonly #decoder = new TextDecoder();

  constructor(order: BystanderOrder) {
    this.#order = order;
  }

  /** Follows the log from its start. */
  async begin(): Promise<void> {
    const { port, identity, forwardPath, followRequest } = this.#order;
    const connection = await connectHttp2(port, identity);
    connection.call({ headers: callHeaders(forwardPath, identity), body: followRequest }, {
      headers: ({ "grpc-status": status }) => {
        if (status !== undefined) this.#ended = `status ${status}`;
      },
      data: (chunk) => this.#take(chunk),
      end: (reason) => this.#ended ??= reason ?? "the end",
    });
  }

  #take(chunk: Uint8Array): void {
    const bytes = Uint8Array.from([...this.#rest, ...chunk]);
    const heads = new DataView(bytes.buffer);
    let at = 0;
    while (bytes.length >= at + 5 && bytes.length >= at + 5 + heads.getUint32(at + 1)) {
      const end = at + 5 + heads.getUint32(at + 1);
      const number = Number(LINE.exec(this.#decoder.decode(bytes.subarray(at + 5, end)))?.[1]);
      if (number !== this.#received) this.#problems.push(`line ${number} in place of ${this.#received}`);
      this.#received = number + 1;
      at = end;
    }
    this.#rest = bytes.slice(at);
  }

  /** Writes a line every so often. */
  async write(): Promise<void> {
    using file = await Deno.open(this.#order.followPath, { append: true });
    const encoder = new TextEncoder();
    for (; !isStopped; await pause(50)) {
      if (this.#isPaused) continue;
      const number = this.#written++;
      await file.write(encoder.encode(`${new Date().toISOString()} stdout F n=${number};\n`));
    }
  }

  /** What came of the lines since the last time, the newest one included. */
  async figures(): Promise<BystanderFigures["follow"]> {
    this.#isPaused = true;
    const deadline = performance.now() + LAST_LINE_MS;
    while (this.#received < this.#written && this.#ended === undefined && performance.now() < deadline) await pause(5);
    const figures = {
      written: this.#written - this.#taken,
      received: this.#received - this.#taken,
      problems: this.#problems.slice(0, 3),
      ended: this.#ended,
    };
    this.#taken = this.#written;
    this.#problems = [];
    if (figures.ended !== undefined) {
      this.#ended = undefined;
      this.#received = 0;
      this.#rest = new Uint8Array();
      await this.begin();
    }
    this.#isPaused = false;
    return figures;
  }
}

/** How late timers are in this thread: what the machine, and not the agent, adds to each time. */
async function ownDelays(): Promise<void> {
  while (!isStopped) {
    const start = performance.now();
    await pause(10);
    delays.push(performance.now() - start - 10);
  }
}

/** All since the last time. */
async function figures(order: BystanderOrder, ownFollow: OwnFollow): Promise<BystanderFigures> {
  const follow = await ownFollow.figures();
  const { health, grep, fresh } = seen;
  const ownDelayMs = delays;
  seen = { health: [], grep: [], fresh: [] };
  delays = [];
  const failures = (answers: readonly Answer[]): CallFailure[] =>
    answers.flatMap(({ atMs, failure }) => failure === undefined ? [] : [{ atMs, text: failure }]);
  return {
    healthMs: health.map(({ ms }) => ms),
    freshMs: fresh.map(({ ms }) => ms),
    grepMs: grep.map(({ ms }) => ms),
    wrongGreps: grep.filter(({ frames, failure }) => failure === undefined && frames !== order.grepRecords).length,
    failures: { health: failures(health), grep: failures(grep), fresh: failures(fresh) },
    follow,
    ownDelayMs,
  };
}

/** Resolves when each kind of call has been answered once. */
async function whenSeen(): Promise<void> {
  const deadline = performance.now() + CALL_LIMIT_MS;
  while (Object.values(seen).some((answers) => answers.length === 0) && performance.now() < deadline) await pause(5);
}

async function begin(order: BystanderOrder): Promise<void> {
  const ownFollow = new OwnFollow(order);
  await ownFollow.begin();
  const body = new Uint8Array(5);
  const { healthPath, forwardPath, grepRequest } = order;
  scope.onmessage = ({ data }): void => {
    if (data === "stop") isStopped = true;
    if (data === "take") void figures(order, ownFollow).then((all) => scope.postMessage(all));
  };
  await Promise.all([
    whenSeen().then(() => scope.postMessage("up")),
    ownFollow.write(),
    callOften("health", { order, body, path: healthPath, everyMs: 20 }),
    callOften("grep", { order, body: grepRequest, path: forwardPath, everyMs: 200 }),
    connectOften({ order, body }),
    ownDelays(),
  ]);
}

scope.onmessage = ({ data }): void => {
  if (data !== "take" && data !== "stop") void begin(data);
};
