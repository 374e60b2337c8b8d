/**
 * The mixed load of a soak: streams of every kind, of several identities on several connections, each watched by its
 * oracle; some are cancelled, some read slowly, and connections break.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { callHeaders } from "../bench/grpc_call.ts";
import { connectHttp2, type Headers, type Http2Connection } from "../bench/http2_connection.ts";
import { createRandom, type Random } from "../support/random.ts";
import { STEP } from "./lines.ts";
import type { SlotKind, SoakOrder } from "./load_order.ts";
import { OUTAGE_TAIL_MS } from "./outages.ts";
import { messageOf, MessageReader } from "./messages.ts";
import { StreamOracle } from "./oracle.ts";
import { type LogProgress, progressOf } from "./writer.ts";

/** Half of it is given back after a while, again and again. */
const SLOW_WINDOW_BYTES = 64 * 1024;
/** A connection is made anew so long after it is gone. */
const RECONNECT_MS = 100;
/** A follow that is so far behind for so long has stalled. */
const STALLED_MS = 20_000;
const UNAVAILABLE = "14";
const DATA_LOSS = "15";
/** In the moment between two files of a log there is none; a runtime makes the next one soon, and not at once. */
const NOT_FOUND = "5";
/** Not more of what went wrong is kept. */
const MOST_PROBLEMS = 50;

/** What became of the load so far. */
export interface LoadReport {
  /** Streams that are open now. */
  readonly open: number;
  /** Streams that have begun, by kind. */
  readonly begun: Readonly<Record<string, number>>;
  /** How they ended, by status or reason. */
  readonly endings: Readonly<Record<string, number>>;
  /** Lines that were checked. */
  readonly lines: number;
  /** Messages of lists and watches. */
  readonly events: number;
  /** What must not be; the first ones in full. */
  readonly problems: readonly string[];
  /** How many there were. */
  readonly problemCount: number;
}

interface OpenStream {
  readonly kind: SlotKind;
  readonly log: number;
  readonly oracle: StreamOracle;
  behindSince: number | undefined;
}

/** Runs the slots of an order until it is stopped. */
export class StreamLoad {
  readonly #order: SoakOrder;
  readonly #random: Random;
  readonly #progress: LogProgress | undefined;
  readonly #connections: (Http2Connection | undefined)[] = [];
  readonly #open = new Set<OpenStream>();
  readonly #begun: Record<string, number> = {};
  readonly #endings: Record<string, number> = {};
  readonly #problems: string[] = [];
  #problemCount = 0;
  #lines = 0;
  #events = 0;
  #outageEnd = 0;
  #stop = new AbortController();

  /** Nothing is called before `run`. */
  constructor(order: SoakOrder) {
    this.#order = order;
    this.#random = createRandom(order.seed);
    this.#progress = order.progress === undefined ? undefined : progressOf(order.progress);
  }

  /** Runs all slots; resolves when `stop` was called and each has ended. */
  async run(): Promise<void> {
    const { kinds } = this.#order;
    const slots = Object.entries(kinds).flatMap(([kind, count]) =>
      Array.from({ length: count }, () => kind as SlotKind)
    );
    await Promise.all([
      ...slots.map((kind, at) => this.#runSlot(kind, at)),
      this.#breakConnections(),
    ]);
    for (const connection of this.#connections) connection?.destroy();
  }

  /** Ends every stream by a cancel. */
  stop(): void {
    this.#stop.abort();
  }

  /** Tells that the API server is away, or back. */
  setOutage(isAway: boolean): void {
    this.#outageEnd = isAway ? Infinity : performance.now() + OUTAGE_TAIL_MS;
  }

  /** What became of it so far; looks for follows that have stalled. */
  report(): LoadReport {
    this.#findStalled();
    return {
      open: this.#open.size,
      begun: this.#begun,
      endings: this.#endings,
      lines: this.#lines,
      events: this.#events,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #tell(problem: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(`${new Date().toISOString()} ${problem}`);
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #runSlot(kind: SlotKind, at: number): Promise<void> {
    // Not all at once.
    await this.#wait(this.#random.int(3_000));
    while (!this.#isStopped) {
      // The last connection is for those that read slowly: its windows are small.
      const { connections } = this.#order;
      const isSlow = kind.endsWith("slow");
      const connection = await this.#connection(isSlow ? connections - 1 : at % Math.max(1, connections - 1));
      if (connection !== undefined) {
        await this.#runStream(kind, { connection, user: `soak-${at % this.#order.identities}` });
      }
      await this.#wait(pauses[kind](this.#random));
    }
  }

  async #connection(at: number): Promise<Http2Connection | undefined> {
    const known = this.#connections[at];
    if (known !== undefined && !known.isClosed) return known;
    try {
      const isForSlow = at === this.#order.connections - 1 && at > 0;
      const options = isForSlow ? { streamWindowBytes: SLOW_WINDOW_BYTES } : {};
      const made = await connectHttp2(this.#order.port, this.#order.identity, options);
      const other = this.#connections[at];
      if (other !== undefined && !other.isClosed) {
        made.close();
        return other;
      }
      return this.#connections[at] = made;
    } catch (error) {
      this.#tell(`cannot connect: ${error}`);
      await this.#wait(RECONNECT_MS);
      return undefined;
    }
  }

  /** One stream, to its end. */
  async #runStream(
    kind: SlotKind,
    { connection, user }: { readonly connection: Http2Connection; readonly user: string },
  ): Promise<void> {
    const log = this.#random.int(this.#order.logs);
    const request = this.#order.requests[kind][log] ?? new Uint8Array(5);
    const isGrep = kind.includes("grep");
    const direction = kind.startsWith("backward") ? -1 : 1;
    const oracle = new StreamOracle({ log, direction, step: isGrep ? STEP : 1 });
    const stream: OpenStream = { kind, log, oracle, behindSince: undefined };
    const isRecords = kind !== "list" && kind !== "watch";
    const written = this.#progress?.written(log);
    const isFollow = kind.startsWith("follow");
    const isSlow = kind.endsWith("slow");
    const { promise, resolve } = Promise.withResolvers<void>();
    let status: string | undefined;
    let isCancelled = false;
    let begunAtHeaders: number | undefined;
    let trailers: Headers = {};
    const reader = new MessageReader((record) => {
      if (!isRecords) {
        this.#events += 1;
        return;
      }
      const isFirst = oracle.lines === 0;
      oracle.take(messageOf(record));
      this.#lines += 1;
      if (isFirst && isFollow && oracle.first !== undefined) this.#checkBegin(stream, begunAtHeaders);
    });
    const headers = callHeaders(this.#order.paths[kind], {
      ...this.#order.identity,
      metadata: { "x-remote-user": user },
    });
    this.#open.add(stream);
    this.#begun[kind] = (this.#begun[kind] ?? 0) + 1;
    const cancel = connection.call({ headers, body: request }, {
      headers: (fields) => {
        begunAtHeaders ??= this.#progress?.begun(log);
        if (fields["grpc-status"] === undefined) return;
        status = fields["grpc-status"];
        trailers = fields;
      },
      data: (bytes) => reader.take(bytes),
      ...isSlow ? { hold: () => this.#wait(100 + this.#random.int(1_500)) } : {},
      end: (reason) => {
        const how = status ?? (isCancelled ? "cancelled" : reason ?? "no status");
        this.#endings[how] = (this.#endings[how] ?? 0) + 1;
        this.#checkEnd(stream, { how, trailers, written, reason: reason ?? "" });
        this.#open.delete(stream);
        resolve();
      },
    });
    const cancelNow = (): void => {
      isCancelled = true;
      cancel("cancelled");
    };
    const life = lives[kind](this.#random);
    const timer = life === undefined ? undefined : setTimeout(cancelNow, life);
    this.#stop.signal.addEventListener("abort", cancelNow);
    await promise;
    clearTimeout(timer);
    this.#stop.signal.removeEventListener("abort", cancelNow);
  }

  /**
   * A follow begins at the log's oldest line; one of what comes next begins with what is written after its headers
   * have come, or before: where an earlier stream of the same log has ended, so that the two lose nothing.
   */
  #checkBegin({ kind, log, oracle }: OpenStream, begunAtHeaders: number | undefined): void {
    const first = oracle.first ?? 0;
    if (this.#progress === undefined || begunAtHeaders === undefined) return;
    const { step } = oracle.expected;
    const latest = kind.includes("end") ? begunAtHeaders : this.#progress.oldest(log);
    if (first >= latest + step) this.#tell(`${kind} of log ${log}: begins at ${first}, and it has to hold ${latest}`);
  }

  #checkEnd(
    { kind, log, oracle }: OpenStream,
    end: {
      readonly how: string;
      readonly trailers: Headers;
      readonly written: number | undefined;
      readonly reason: string;
    },
  ): void {
    const { how, trailers, written, reason } = end;
    const what = `${kind} of log ${log}`;
    const isLossTold = trailers["log-gap"] !== undefined || how === DATA_LOSS;
    const isBroken = how === "cancelled" || /connection|ECONN|EPIPE|socket|write after end/.test(reason);
    if (kind !== "list" && kind !== "watch") {
      const problem = oracle.end({
        isWhole: how === "0" && !kind.startsWith("follow"),
        isLossTold,
        isTellable: !isBroken,
        oldest: this.#progress?.oldest(log),
        written,
      });
      if (problem !== undefined) this.#tell(`${what}: ${problem} (${how})`);
    }
    if (how === "0" && kind.startsWith("follow")) this.#tell(`${what}: ends OK while its log goes on`);
    if (how === "0" || isBroken) return;
    if (how === NOT_FOUND) return;
    if (how === UNAVAILABLE && performance.now() < this.#outageEnd) return;
    // Who reads slowly, or not at all for a while, may be told of a loss, or be cut off.
    if (this.#order.mayLose || (how === DATA_LOSS && kind.endsWith("slow"))) return;
    const text = trailers["grpc-message"] ?? reason;
    this.#tell(`${what}: ended with ${how}: ${decodeURIComponent(text).slice(0, 200)}`);
  }

  /** A follow that is read at once may not be behind for long. */
  #findStalled(): void {
    if (this.#progress === undefined) return;
    const now = performance.now();
    for (const stream of this.#open) {
      const { kind, log, oracle } = stream;
      if (!kind.startsWith("follow") || kind.endsWith("slow") || oracle.last === undefined) continue;
      const isBehind = this.#progress.written(log) - oracle.last > this.#order.mostLinesBehind;
      if (!isBehind) stream.behindSince = undefined;
      else if (now - (stream.behindSince ??= now) > STALLED_MS) {
        this.#tell(`${kind} of log ${log}: is at ${oracle.last}, and ${this.#progress.written(log)} is written`);
        stream.behindSince = now;
      }
    }
  }

  async #breakConnections(): Promise<void> {
    while (!this.#isStopped) {
      await this.#wait(5_000 + this.#random.int(10_000));
      const at = this.#random.int(this.#order.connections);
      if (this.#random.oneIn(2)) this.#connections[at]?.destroy();
      else this.#connections[at]?.close();
    }
  }

  /** Waits, or until the load is stopped. */
  async #wait(ms: number): Promise<void> {
    try {
      await pause(ms, undefined, { signal: this.#stop.signal });
    } catch (error) {
      if (!this.#isStopped) throw error;
    }
  }
}

const seconds = (random: Random, from: number, to: number): number => from * 1_000 + random.int((to - from) * 1_000);

/** After how long a stream is cancelled; undefined: never. */
const lives: Readonly<Record<SlotKind, (random: Random) => number | undefined>> = {
  "follow-end": (random) => seconds(random, 5, 90),
  "follow-end-grep": (random) => seconds(random, 5, 90),
  "follow-all": (random) => seconds(random, 10, 120),
  "follow-all-slow": (random) => seconds(random, 20, 120),
  "forward": (random) => random.oneIn(4) ? random.int(200) : undefined,
  "forward-slow": (random) => random.oneIn(4) ? seconds(random, 5, 20) : undefined,
  "forward-grep": (random) => random.oneIn(4) ? random.int(100) : undefined,
  "backward": (random) => random.oneIn(2) ? random.int(200) : undefined,
  "backward-grep": (random) => random.oneIn(4) ? random.int(100) : undefined,
  "list": () => undefined,
  "watch": (random) => seconds(random, 10, 60),
};

const short = (random: Random): number => 500 + random.int(3_000);
const none = (random: Random): number => random.int(500);

/** How long a slot waits between two streams. */
const pauses: Readonly<Record<SlotKind, (random: Random) => number>> = {
  "follow-end": none,
  "follow-end-grep": none,
  "follow-all": none,
  "follow-all-slow": none,
  "forward": short,
  "forward-slow": none,
  "forward-grep": short,
  "backward": short,
  "backward-grep": short,
  "list": short,
  "watch": none,
};
