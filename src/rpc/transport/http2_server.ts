/**
 * The one subclass of grpc-js's server: what has to be changed between grpc-js and Deno's HTTP/2.
 *
 * It overrides the private method that makes the HTTP/2 server, and sees each session and stream before grpc-js does:
 *
 * - Sessions end in a tick of their own, see `scheduling/own_tick.ts`.
 * - Streams are entered in `incoming_streams.ts` with their headers as sent: grpc-js would join the values of a
 *   repeated entry by commas, and drop those that are not ASCII.
 * - Few streams begin in a tick, and the bytes of a connection are read in pieces, see `stream_admission.ts` and
 *   `inbound_throttle.ts`: a thousand calls of one client do not keep others waiting.
 * - A client may reset as many answered calls as it likes; a connection that is abused is cut off, see
 *   `client_connection.ts` and `stream_resets.ts`.
 * - Header values may begin and end with blanks, as the callers of HTTP/2 libraries less strict than nghttp2 send them.
 * - Errors of a stream that is already over are ignored; grpc-js listens for the first one only.
 * - A TLS session that is resumed counts only while its client's certificate does, see `resumed_sessions.ts`.
 * - Clients that vanish are noticed, see `keepalive.ts`; those that never finish their handshake are cut off here.
 * - It can end: grpc-js waits for every TCP connection, also for those that never got to speak, and without channelz –
 *   which costs memory and nobody reads – its `forceShutdown` forgets the sessions.
 *
 * `http2_server_test.ts` fails when another grpc-js or Deno breaks what this relies on.
 *
 * @module
 */

import type {
  Http2Server,
  Http2Session,
  IncomingHttpHeaders,
  SecureServerOptions,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Server, type ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import {
  acceptConnection,
  type ClientConnection,
  type ConnectionCut,
  connectionOf,
  tcpConnection,
} from "./client_connection.ts";
import { type Clock, processClock } from "./clock.ts";
import { AgentCredentials, type PeerIdentity } from "./credentials.ts";
import { endInOwnTick } from "../../scheduling/own_tick.ts";
import { enterStream, type IncomingStream } from "./incoming_streams.ts";
import { type RefusedStream, refusedStream } from "./refused_stream.ts";
import { createStreamAdmission } from "./stream_admission.ts";
import { alpnFailure, protocolFailure, sessionFailure, type TlsFailure, tlsFailure } from "./tls_failure.ts";

/** grpc-js's server with the two private members that are relied on; `Pick` leaves out the declarations of the rest. */
interface OpenServer extends Pick<Server, keyof Server> {
  /** The options for every HTTP/2 server that it makes. */
  readonly commonServerOptions: SecureServerOptions & { strictFieldWhitespaceValidation?: boolean };
  /** Makes the HTTP/2 server for one address. */
  createHttp2Server(credentials: ServerCredentials): Http2Server;
}

/**
 * Room for somebody in a thousand groups; the default is 128. The bytes of all headers are limited to 64 KiB beside
 * that.
 */
const maxHeaderPairs = 1_100;

/**
 * Open streams of a connection: two for each of a node's 110 pods, for 45 users whose calls come over one. One that is
 * left open takes 7 KB.
 */
const MAX_STREAMS = 10_000;
/** A TLS handshake takes no longer, or its client has vanished or never meant to. */
const HANDSHAKE_MS = 10_000;
/** After so long a silence the kernel asks whether a peer is there. */
const TCP_SILENCE_MS = 60_000;
const keepsAlive = true;
/** So often connections are looked at while the server ends. */
const CHECK_MS = 250;

/** The peer of a connection without TLS, and of a stream whose connection is gone already. */
const nobody: PeerIdentity = { hasCertificate: false, commonName: undefined };

const ignore = (): void => {};

/** What a server does beside grpc-js's part. */
export interface Http2ServerOptions {
  /** Takes each TLS handshake that has failed. */
  readonly onTlsFailure?: ((failure: TlsFailure) => void) | undefined;
  /** Takes each call that is refused before it reaches a handler. */
  readonly onRefused?: ((refused: RefusedStream) => void) | undefined;
  /** Takes each connection that is cut off. */
  readonly onCut?: ((cut: ConnectionCut) => void) | undefined;
  /** Tells the time of connections. @default processClock */
  readonly clock?: Clock | undefined;
}

const OpenServer = Server as unknown as new (options: ServerOptions) => OpenServer;

/** A gRPC server that survives its clients. */
export class AgentHttp2Server extends OpenServer {
  readonly #sockets = new Set<Socket>();
  /** What ends a connection whose handshake takes too long. */
  readonly #handshakes = new WeakMap<Socket, Disposable>();
  readonly #sessions = new Map<Http2Session, ClientConnection | undefined>();
  readonly #onTlsFailure: (failure: TlsFailure) => void;
  readonly #onRefused: (refused: RefusedStream) => void;
  readonly #onCut: (cut: ConnectionCut) => void;
  readonly #clock: Clock;
  #closing = false;

  /** `options` are grpc-js's; channelz is always off. */
  constructor(
    options: ServerOptions,
    { onTlsFailure = ignore, onRefused = ignore, onCut = ignore, clock = processClock }: Http2ServerOptions = {},
  ) {
    super({ ...options, "grpc.enable_channelz": 0, "grpc.max_concurrent_streams": MAX_STREAMS });
    this.#onTlsFailure = onTlsFailure;
    this.#onRefused = onRefused;
    this.#onCut = onCut;
    this.#clock = clock;
    this.commonServerOptions.strictFieldWhitespaceValidation = false;
    this.commonServerOptions.maxHeaderListPairs = maxHeaderPairs;
  }

  /**
   * Closes the address and tells every client to go, and resolves when the last connection has closed – which an open
   * stream prevents, unless its client reads nothing. When the signal fires, connections are cut off.
   */
  async close({ signal }: { signal: AbortSignal }): Promise<void> {
    const closed = Promise.withResolvers<void>();
    const cut = (): void => {
      for (const [session, connection] of this.#sessions) {
        if (connection === undefined) session.destroy();
        else connection.end();
      }
      if (this.#sessions.size === 0) this.#cutSockets();
    };
    this.#closing = true;
    this.tryShutdown(() => closed.resolve());
    if (this.#sessions.size === 0) this.#cutSockets();
    if (signal.aborted) cut();
    else signal.addEventListener("abort", cut);
    const check = (): void => {
      for (const connection of this.#sessions.values()) connection?.cutIfUnread();
      timer = this.#clock.later(check, CHECK_MS);
    };
    let timer = this.#clock.later(check, CHECK_MS);
    await closed.promise;
    timer[Symbol.dispose]();
    signal.removeEventListener("abort", cut);
  }

  /** Makes the HTTP/2 server as grpc-js does, with our listeners before its own. */
  override createHttp2Server(credentials: ServerCredentials): Http2Server {
    const server = super.createHttp2Server(credentials);
    const ours = credentials instanceof AgentCredentials ? credentials : undefined;
    server.prependListener("connection", (socket: Socket) => {
      ours?.begin(socket);
      this.#sockets.add(socket);
      socket.setKeepAlive(keepsAlive, TCP_SILENCE_MS);
      const { remoteAddress: address } = socket;
      const handshake = this.#clock.later(() => {
        this.#onTlsFailure({
          message: "TLS handshake failed",
          address,
          reason: `no TLS handshake within ${HANDSHAKE_MS / 1_000} s`,
        });
        socket.destroy();
      }, HANDSHAKE_MS);
      this.#handshakes.set(socket, handshake);
      socket.once("close", () => {
        handshake[Symbol.dispose]();
        this.#sockets.delete(socket);
      });
    });
    server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      const failure = tlsFailure(error, socket);
      if (failure !== undefined) this.#onTlsFailure(failure);
    });
    server.on("sessionError", (error: Error, session: ServerHttp2Session) => {
      const failure = protocolFailure(error, { address: this.#sessions.get(session)?.peer.address });
      if (failure !== undefined) this.#onTlsFailure(failure);
    });
    // Whoever listens has to close it.
    server.on("unknownProtocol", (socket: TLSSocket) => {
      this.#onTlsFailure(alpnFailure(socket));
      socket.destroy();
    });
    server.prependListener("secureConnection", (socket: TLSSocket) => {
      const tcp = tcpConnection(socket);
      if (tcp !== undefined) this.#handshakes.get(tcp)?.[Symbol.dispose]();
      acceptConnection(socket, { onCut: this.#onCut, clock: this.#clock });
      if (ours?.accepts(socket, { tcp }) === false) {
        this.#onTlsFailure(sessionFailure(socket));
        socket.destroy();
      }
    });
    server.prependListener("session", (session: ServerHttp2Session) => {
      endInOwnTick(session);
      const connection = connectionOf(session);
      connection?.begin(session);
      this.#sessions.set(session, connection);
      session.once("close", () => {
        this.#sessions.delete(session);
        if (this.#closing && this.#sessions.size === 0) this.#cutSockets();
      });
      if (this.#closing) session.destroy();
    });
    const begins = server.listeners("stream");
    const admit = createStreamAdmission();
    const onUntaken = (incoming: IncomingStream): void => {
      const refused = refusedStream(incoming);
      if (refused !== undefined) this.#onRefused(refused);
    };
    server.removeAllListeners("stream");
    server.on("stream", (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      flags: number,
      rawHeaders: string[],
    ) => {
      stream.on("error", ignore);
      const connection = stream.session && this.#sessions.get(stream.session);
      connection?.open(stream);
      const peer = connection?.peer ?? nobody;
      admit(stream, () => {
        enterStream(stream, { headers, rawHeaders, peer, socket: connection?.socket, onUntaken });
        for (const begin of begins) begin.call(server, stream, headers, flags, rawHeaders);
      });
    });
    return server;
  }

  #cutSockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
