/**
 * One client's connection, from the end of its TLS handshake on: sees each byte before HTTP/2 does, and cuts the
 * connection off where it is abused.
 *
 * @module
 */
import { constants, type Http2Session, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { TLSSocket } from "node:tls";
import { bytesInFlight } from "./bytes_in_flight.ts";
import type { Clock } from "./clock.ts";
import { startAge } from "./connection_age.ts";
import { controlLimit } from "./control_limit.ts";
import { type PeerIdentity, peerIdentity } from "./credentials.ts";
import { withoutResets } from "./inbound_frames.ts";
import { type Keepalive, startKeepalive } from "./keepalive.ts";
import type { ConnectionSlot } from "./connection_slots.ts";
import { throttleInbound } from "./inbound_throttle.ts";
import type { OnLimit, TransportLimitName } from "./refusal.ts";
import { createStreamHeads, type HeadLimit, type StreamHeads } from "./stream_heads.ts";
import { createStreamResets, type StreamResets } from "./stream_resets.ts";
import { FIXED_LIMITS, type TransportLimits } from "./transport_limits.ts";
import { bytesRead, unreadLimit } from "./unread_limit.ts";

/** Why a connection was cut off, as the operator is told. */
export type CutCause =
  | "too many streams reset before they were answered"
  | "the client reads no answers"
  | "the client does not answer"
  | "too many pings and settings"
  | "the client sends more than is served"
  | "the client reads nothing while the agent ends"
  | typeof EVICTED;

/** The cause at the limit of connections, for one without a call whose address has more than that of a new one. */
export const EVICTED = "too many connections, of which this one had no call and its address the most";

/** The limit that each cause is about, where it is about one. */
const LIMITS: Readonly<Partial<Record<CutCause, TransportLimitName>>> = {
  "too many streams reset before they were answered": "resets",
  "the client reads no answers": "unread_answers",
  "too many pings and settings": "pings",
  "the client sends more than is served": "waiting_bytes",
  [EVICTED]: "connections",
};

/** A connection that was cut off. */
export interface ConnectionCut {
  /** The reason. */
  readonly cause: CutCause;
  /** The limit that was reached, where it was one. */
  readonly limit?: TransportLimitName | undefined;
  /** Whom it came from. */
  readonly peer: PeerIdentity;
}

/** What is not the connection's own. */
export interface ClientConnectionOptions {
  /** Takes each connection that is cut off, once. */
  readonly onCut: (cut: ConnectionCut) => void;
  /** Takes each stream that HTTP/2 refuses. */
  readonly onLimit: OnLimit;
  /** Is called when HTTP/2 has begun. */
  readonly onBegin: () => void;
  /** The connection's place; undefined where places are not counted. */
  readonly slot: ConnectionSlot | undefined;
  /** What is allowed. */
  readonly limits: TransportLimits;
  /** Tells the time. */
  readonly clock: Clock;
}

/** A connection. */
export interface ClientConnection {
  /** Whom it comes from. */
  readonly peer: PeerIdentity;
  /** The TLS socket. The one that HTTP/2 shows throws when its session is over. */
  readonly socket: TLSSocket;
  /** Fires when the connection has reached its age; undefined where there is none. */
  readonly aged: AbortSignal | undefined;
  /** Takes the session that HTTP/2 has made of it. */
  begin(session: ServerHttp2Session): void;
  /** Takes a stream that the client has opened. */
  open(stream: ServerHttp2Stream): void;
  /** Reports whether the client has reset many streams lately before they were answered. */
  hasManyResets(): boolean;
  /**
   * To be called every now and then while the server ends: cuts the connection off where all is answered, and its
   * client has read nothing for a second.
   */
  cutIfUnread(): void;
  /** Ends it now, whatever is under way. */
  end(): void;
}

/** For so long a client may read nothing of the last answers. */
const LAST_READ_MS = 1_000;

const ignore = (): void => {};
const connectionKey = Symbol("client connection");

/** Takes a connection whose handshake is over. */
export function acceptConnection(socket: TLSSocket, options: ClientConnectionOptions): void {
  Object.assign(socket, { [connectionKey]: new Connection(socket, options) });
}

class Connection implements ClientConnection {
  readonly peer: PeerIdentity;
  readonly socket: TLSSocket;
  readonly aged: AbortSignal | undefined;
  readonly #options: ClientConnectionOptions;
  readonly #resets: StreamResets;
  readonly #heads: StreamHeads;
  #session: ServerHttp2Session | undefined;
  #isCut = false;
  #hasBegun = false;
  /** How many bytes the client had read, and when that was first seen. */
  #lastRead: { readonly bytes: number; readonly at: number } | undefined;

  constructor(socket: TLSSocket, options: ClientConnectionOptions) {
    const { clock, limits, slot, onLimit } = options;
    this.#options = options;
    this.socket = socket;
    this.peer = peerIdentity(socket);
    this.#resets = createStreamResets({
      onAbuse: () => this.#cut("too many streams reset before they were answered", constants.NGHTTP2_ENHANCE_YOUR_CALM),
      now: clock.now,
    });
    this.#heads = createStreamHeads({
      maxStreams: limits.maxStreamsPerConnection,
      onRefused: (limit) => onLimit({ limit, peer: this.peer, reason: HEAD_REASONS[limit](limits) }),
    });
    const keepalive = startKeepalive({
      ping: () => this.#session?.ping(ignore),
      onGone: () => this.#cut("the client does not answer", constants.NGHTTP2_NO_ERROR),
      clock,
    });
    const age = limits.connectionAgeMs === 0 ? undefined : startAge({ limits, clock, onEnd: () => this.end() });
    this.aged = age?.signal;
    age?.signal.addEventListener("abort", () => this.#session?.close());
    const counted = bytesInFlight.addSocket(socket);
    socket.once("close", () => {
      keepalive[Symbol.dispose]();
      counted[Symbol.dispose]();
      age?.[Symbol.dispose]();
      slot?.release();
    });
    this.#watchInput(keepalive);
  }

  begin(session: ServerHttp2Session): void {
    this.#session = session;
  }

  open(stream: ServerHttp2Stream): void {
    const { slot } = this.#options;
    slot?.beginStream();
    this.#heads.open(stream.id ?? 0);
    stream.once("close", () => {
      slot?.endStream();
      this.#heads.close();
    });
    this.#resets.open(stream);
  }

  hasManyResets(): boolean {
    return this.#resets.areMany();
  }

  end(): void {
    this.#end(constants.NGHTTP2_NO_ERROR);
  }

  cutIfUnread(): void {
    const { now } = this.#options.clock;
    const bytes = bytesRead(this.socket);
    if (this.#lastRead === undefined || bytes !== this.#lastRead.bytes || this.#resets.hasUnanswered()) {
      this.#lastRead = { bytes, at: now() };
    } else if (now() - this.#lastRead.at >= LAST_READ_MS) {
      this.#cut("the client reads nothing while the agent ends", constants.NGHTTP2_NO_ERROR);
    }
  }

  /** Has each byte seen here before HTTP/2 gets it. */
  #watchInput(keepalive: Keepalive): void {
    const { socket } = this;
    const { clock } = this.#options;
    const calm = constants.NGHTTP2_ENHANCE_YOUR_CALM;
    const push = socket.push.bind(socket);
    const unread = unreadLimit(socket, { onStuck: () => this.#cut("the client reads no answers", calm), clock });
    const countControl = controlLimit({ onAbuse: () => this.#cut("too many pings and settings", calm), clock });
    const take = withoutResets({
      pass: push,
      reset: this.#resets.reset,
      head: this.#heads.head,
      control: () => {
        this.#onBegin();
        unread.owe();
        countControl();
      },
    });
    socket.push = (chunk) => chunk === null ? push(null) : take(chunk);
    throttleInbound(socket, {
      onOverflow: () => this.#cut("the client sends more than is served", calm),
      isHeldBack: unread.isHeldBack,
    });
    const takePieces = socket.push;
    socket.push = (chunk) => {
      keepalive.heard();
      return takePieces.call(socket, chunk);
    };
  }

  /** The client's settings have come. */
  #onBegin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#options.onBegin();
    this.#options.slot?.ready((reason) => {
      if (reason === "largest address") this.#cut(EVICTED, constants.NGHTTP2_NO_ERROR);
      else this.end();
    });
  }

  #cut(cause: CutCause, code: number): void {
    if (this.#isCut || this.socket.destroyed) return;
    this.#isCut = true;
    this.#options.onCut({ cause, limit: LIMITS[cause], peer: this.peer });
    this.#end(code);
  }

  #end(code: number): void {
    this.#session?.destroy(undefined, code);
    // The session would wait until its client has read everything. Two ticks later, so that GOAWAY goes out.
    setImmediate(() => setImmediate(() => this.socket.destroy()));
  }
}

/** Why HTTP/2 refuses a stream. */
const HEAD_REASONS: Readonly<Record<HeadLimit, (limits: TransportLimits) => string>> = {
  "streams_per_connection": ({ maxStreamsPerConnection }) =>
    `${maxStreamsPerConnection} streams are open on the connection, more are not allowed (limits.streams-per-connection)`,
  "metadata_size": () =>
    `the metadata is malformed, has more than ${FIXED_LIMITS.headerPairs.value} entries, or is far larger than allowed`,
};

/** The private members of sockets that are relied on; `http2_server_test.ts` fails where they are others. */
interface OpenTlsSocket {
  readonly _parent?: Socket;
}

/** The TCP connection below a TLS socket. */
export function tcpConnection(socket: TLSSocket): OpenTlsSocket["_parent"] {
  return (socket as unknown as OpenTlsSocket)._parent;
}

/** The connection of a session; undefined where it did not come by TLS. */
export function connectionOf(session: Http2Session): ClientConnection | undefined {
  // What HTTP/2 shows of the socket has the properties of the socket.
  return session.socket === undefined ? undefined : Reflect.get(session.socket, connectionKey);
}
