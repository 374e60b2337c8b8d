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
 * - There are limits to connections, requests and metadata, see `transport_limits.ts`.
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
import { type ConnectionAdmission, createConnectionAdmission } from "./connection_admission.ts";
import { AgentCredentials, type PeerIdentity } from "./credentials.ts";
import { endInOwnTick } from "../../scheduling/own_tick.ts";
import { enterStream, type IncomingStream } from "./incoming_streams.ts";
import { type RefusedStream, refusedStream } from "./refused_stream.ts";
import { HEADROOM, metadataBytes } from "./metadata_size.ts";
import "./missing_constants.ts";
import type { OnLimit, Refusal } from "./refusal.ts";
import { refuseStream } from "./refuse_stream.ts";
import { createStreamAdmission } from "./stream_admission.ts";
import { alpnFailure, protocolFailure, sessionFailure, type TlsFailure, tlsFailure } from "./tls_failure.ts";
import { DEFAULT_TRANSPORT_LIMITS, FIXED_LIMITS, type TransportLimits } from "./transport_limits.ts";
import { createUnfinishedRequests, requestReason, type UnfinishedRequests } from "./unfinished_requests.ts";

/** grpc-js's server with the two private members that are relied on; `Pick` leaves out the declarations of the rest. */
interface OpenServer extends Pick<Server, keyof Server> {
  /** The options for every HTTP/2 server that it makes. */
  readonly commonServerOptions: SecureServerOptions & { strictFieldWhitespaceValidation?: boolean };
  /** Makes the HTTP/2 server for one address. */
  createHttp2Server(credentials: ServerCredentials): Http2Server;
}

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
  /** Takes each connection and stream that is refused because of a limit. */
  readonly onLimit?: OnLimit | undefined;
  /** What is allowed. @default DEFAULT_TRANSPORT_LIMITS */
  readonly limits?: TransportLimits | undefined;
  /** Tells the time of connections. @default processClock */
  readonly clock?: Clock | undefined;
}

const OpenServer = Server as unknown as new (options: ServerOptions) => OpenServer;

/** A gRPC server that survives its clients. */
export class AgentHttp2Server extends OpenServer {
  readonly #admission: ConnectionAdmission;
  /** Streams that were refused here. */
  readonly #refused = new WeakSet<ServerHttp2Stream>();
  readonly #unfinished: UnfinishedRequests<ServerHttp2Stream>;
  readonly #sessions = new Map<Http2Session, ClientConnection | undefined>();
  readonly #onTlsFailure: (failure: TlsFailure) => void;
  readonly #onRefused: (refused: RefusedStream) => void;
  readonly #onCut: (cut: ConnectionCut) => void;
  readonly #onLimit: OnLimit;
  readonly #limits: TransportLimits;
  readonly #clock: Clock;
  #closing = false;

  /** `options` are grpc-js's; channelz is always off. */
  constructor(options: ServerOptions, own: Http2ServerOptions = {}) {
    const { onTlsFailure = ignore, onCut = ignore, onRefused = ignore, onLimit = ignore, clock = processClock } = own;
    const { limits = DEFAULT_TRANSPORT_LIMITS } = own;
    super({
      ...options,
      "grpc.enable_channelz": 0,
      "grpc.max_concurrent_streams": limits.maxStreamsPerConnection,
    });
    this.#onTlsFailure = onTlsFailure;
    this.#onRefused = onRefused;
    this.#onCut = onCut;
    this.#onLimit = onLimit;
    this.#limits = limits;
    this.#clock = clock;
    this.#admission = createConnectionAdmission({ limits, onLimit, onFailure: onTlsFailure, onCut, clock });
    this.#unfinished = createUnfinishedRequests<ServerHttp2Stream>({
      limits,
      refuse: (stream, limit) =>
        this.#refuse(stream, { limit, peer: this.#peerOf(stream), reason: requestReason(limit, limits) }),
      clock,
    });
    this.commonServerOptions.strictFieldWhitespaceValidation = false;
    // The default is 128.
    this.commonServerOptions.maxHeaderListPairs = FIXED_LIMITS.headerPairs.value;
    this.commonServerOptions.settings = {
      ...this.commonServerOptions.settings,
      maxHeaderListSize: HEADROOM * limits.maxMetadataBytes,
    };
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#admission.size();
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
      if (this.#sessions.size === 0) this.#admission.cutAll();
    };
    this.#closing = true;
    this.tryShutdown(() => closed.resolve());
    if (this.#sessions.size === 0) this.#admission.cutAll();
    if (signal.aborted) cut();
    else signal.addEventListener("abort", cut);
    const check = (): void => {
      for (const connection of this.#sessions.values()) connection?.cutIfUnread();
      timer = this.#clock.later(check, CHECK_MS);
    };
    let timer = this.#clock.later(check, CHECK_MS);
    await closed.promise;
    this.#unfinished[Symbol.dispose]();
    timer[Symbol.dispose]();
    signal.removeEventListener("abort", cut);
  }

  /** Makes the HTTP/2 server as grpc-js does, with our listeners before its own. */
  override createHttp2Server(credentials: ServerCredentials): Http2Server {
    const server = super.createHttp2Server(credentials);
    const ours = credentials instanceof AgentCredentials ? credentials : undefined;
    const accepts = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      // Before anything of TLS is done for it.
      if (!this.#admission.admit(socket)) return;
      ours?.begin(socket);
      for (const accept of accepts) accept.call(server, socket);
    });
    server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      const failure = this.#admission.hasEnded(socket) ? undefined : tlsFailure(error, socket);
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
      const admitted = this.#admission.secure(socket);
      acceptConnection(socket, {
        onCut: this.#onCut,
        onLimit: this.#onLimit,
        onBegin: () => admitted?.onBegin(),
        slot: admitted?.slot,
        limits: this.#limits,
        clock: this.#clock,
      });
      if (ours?.accepts(socket, { tcp: tcpConnection(socket) }) === false) {
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
        if (this.#closing && this.#sessions.size === 0) this.#admission.cutAll();
      });
      if (this.#closing) session.destroy();
    });
    this.#takeStreams(server);
    return server;
  }

  /** Has streams seen here before grpc-js gets them. */
  #takeStreams(server: Http2Server): void {
    const begins = server.listeners("stream");
    const admit = createStreamAdmission();
    const onUntaken = (incoming: IncomingStream): void => {
      // That one was told as what it was.
      if (this.#refused.has(incoming.stream)) return;
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
      if (stream.closed) return; // Its reset has come before it.
      const peer = connection?.peer ?? nobody;
      const bytes = metadataBytes(rawHeaders);
      const { maxMetadataBytes } = this.#limits;
      if (bytes > maxMetadataBytes) {
        return this.#refuse(stream, {
          limit: "metadata_size",
          peer,
          reason:
            `Cannot take the call: ${bytes} bytes of metadata, ${maxMetadataBytes} are allowed (limits.metadata-size)`,
        });
      }
      this.#unfinished.begin(stream);
      admit(stream, () => {
        const { socket, aged } = connection ?? {};
        enterStream(stream, { headers, rawHeaders, peer, socket, aged, onUntaken });
        const hasEnded = stream.readableEnded;
        for (const begin of begins) begin.call(server, stream, headers, flags, rawHeaders);
        // A request of no bytes may have ended while its stream waited, and grpc-js has not heard of it.
        if (hasEnded) stream.emit("end");
      }, { mayBeReset: connection?.hasManyResets() });
    });
  }

  #peerOf({ session }: ServerHttp2Stream): PeerIdentity {
    return session && this.#sessions.get(session)?.peer || nobody;
  }

  #refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
    this.#onLimit(refusal);
    this.#refused.add(stream);
    refuseStream(stream, refusal.reason);
  }
}
