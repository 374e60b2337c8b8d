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
import type { Clock } from "./clock.ts";
import { controlLimit } from "./control_limit.ts";
import { type PeerIdentity, peerIdentity } from "./credentials.ts";
import { withoutResets } from "./inbound_frames.ts";
import { startKeepalive } from "./keepalive.ts";
import { limitRequestTime } from "./request_time.ts";
import { throttleInbound } from "./inbound_throttle.ts";
import { createStreamResets } from "./stream_resets.ts";
import { bytesRead, unreadLimit } from "./unread_limit.ts";

/** Why a connection was cut off, as the operator is told. */
export type CutCause =
  | "too many streams reset before they were answered"
  | "the client reads no answers"
  | "the client does not answer"
  | "too many pings and settings"
  | "the client sends more than is served"
  | "the client reads nothing while the agent ends";

/** A connection that was cut off. */
export interface ConnectionCut {
  /** The reason. */
  readonly cause: CutCause;
  /** Whom it came from. */
  readonly peer: PeerIdentity;
}

/** What is not the connection's own. */
export interface ClientConnectionOptions {
  /** Takes each connection that is cut off, once. */
  readonly onCut: (cut: ConnectionCut) => void;
  /** Tells the time. */
  readonly clock: Clock;
}

/** A connection. */
export interface ClientConnection {
  /** Whom it comes from. */
  readonly peer: PeerIdentity;
  /** The TLS socket. The one that HTTP/2 shows throws when its session is over. */
  readonly socket: TLSSocket;
  /** Takes the session that HTTP/2 has made of it. */
  begin(session: ServerHttp2Session): void;
  /** Takes a stream that the client has opened. */
  open(stream: ServerHttp2Stream): void;
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
export function acceptConnection(socket: TLSSocket, { onCut, clock }: ClientConnectionOptions): void {
  const peer = peerIdentity(socket);
  let session: ServerHttp2Session | undefined;
  let isCut = false;
  /** How many bytes the client had read, and when that was first seen. */
  let last: { readonly bytes: number; readonly at: number } | undefined;

  const cut = (cause: CutCause, code: number): void => {
    if (isCut || socket.destroyed) return;
    isCut = true;
    onCut({ cause, peer });
    end(code);
  };
  const end = (code: number): void => {
    session?.destroy(undefined, code);
    // The session would wait until its client has read everything. Two ticks later, so that GOAWAY goes out.
    setImmediate(() => setImmediate(() => socket.destroy()));
  };
  const resets = createStreamResets({
    onAbuse: () => cut("too many streams reset before they were answered", constants.NGHTTP2_ENHANCE_YOUR_CALM),
    now: clock.now,
  });
  const keepalive = startKeepalive({
    ping: () => session?.ping(ignore),
    onGone: () => cut("the client does not answer", constants.NGHTTP2_NO_ERROR),
    clock,
  });
  socket.once("close", () => keepalive[Symbol.dispose]());
  const push = socket.push.bind(socket);
  const control = controlLimit({
    onAbuse: () => cut("too many pings and settings", constants.NGHTTP2_ENHANCE_YOUR_CALM),
    clock,
  });
  const take = withoutResets({ pass: push, reset: resets.reset, control });
  socket.push = (chunk) => chunk === null ? push(null) : take(chunk);
  throttleInbound(socket, {
    onOverflow: () => cut("the client sends more than is served", constants.NGHTTP2_ENHANCE_YOUR_CALM),
    isHeldBack: unreadLimit(socket, {
      onStuck: () => cut("the client reads no answers", constants.NGHTTP2_ENHANCE_YOUR_CALM),
      clock,
    }),
  });
  const takePieces = socket.push;
  socket.push = (chunk) => {
    keepalive.heard();
    return takePieces.call(socket, chunk);
  };

  const connection: ClientConnection = {
    peer,
    socket,
    begin: (begun) => {
      session = begun;
    },
    open: (stream) => {
      limitRequestTime(stream, clock);
      resets.open(stream);
    },
    end: () => end(constants.NGHTTP2_NO_ERROR),
    cutIfUnread: () => {
      const bytes = bytesRead(socket);
      if (last === undefined || bytes !== last.bytes || resets.hasUnanswered()) last = { bytes, at: clock.now() };
      else if (clock.now() - last.at >= LAST_READ_MS) {
        cut("the client reads nothing while the agent ends", constants.NGHTTP2_NO_ERROR);
      }
    },
  };
  Object.assign(socket, { [connectionKey]: connection });
}

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
